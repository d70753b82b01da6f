//! What becomes of one request: how long it travels, and what the network and its gateways do to it.

use serde_json::json;

use super::world::World;
use crate::oauth::http::MAX_BODY;
use crate::testing::Response;

/// What becomes of one request.
#[derive(Default)]
pub(super) struct Fate {
    pub(super) there: u64,
    pub(super) back: u64,
    /// A second copy arrives so much later.
    pub(super) double: Option<u64>,
    pub(super) request: Loss,
    pub(super) answer: Loss,
    /// A gateway answers, and the server sees nothing.
    pub(super) instead: Option<fn() -> Response>,
    pub(super) damage: Option<fn(&mut Response)>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    #[default]
    Arrives,
    /// Nobody hears of it.
    Vanishes,
    /// Its sender is told.
    Resets,
}

const INSTEAD: [fn() -> Response; 5] = [
    || Response::html(500, "<!DOCTYPE html><h1>Internal Server Error</h1>".to_owned()),
    || Response::html(503, "<!DOCTYPE html><h1>Busy</h1>".to_owned()).header("retry-after", "120"),
    || Response::html(200, "<!DOCTYPE html><h1>Please wait</h1>".to_owned()),
    || Response::redirect("https://elsewhere.example/"),
    || Response::json(429, &json!({ "error": "slow_down" })).header("retry-after", "60"),
];

const DAMAGE: [fn(&mut Response); 5] = [
    |answer| answer.body.truncate(answer.body.len() / 2),
    |answer| answer.body.clear(),
    |answer| answer.body = b"The request was served.".to_vec(),
    |answer| *answer = Response::html(502, "<!DOCTYPE html><h1>Bad Gateway</h1>".to_owned()),
    |answer| answer.body.resize(MAX_BODY.saturating_add(1), b' '),
];

impl Fate {
    pub(super) fn draw(world: &mut World) -> Self {
        let dice = &mut world.dice;
        let mut fate = Self { there: dice.between(10, 150), back: dice.between(10, 150), ..Self::default() };
        if !world.setting.faults.network || world.is_calm {
            return fate;
        }
        let (name, one) = (dice.between(0, 99), dice.between(0, 4));
        let name = match name {
            0..=5 => {
                fate.request = dice.pick(&[Loss::Vanishes, Loss::Resets]);
                "requests lost"
            }
            6..=13 => {
                fate.answer = dice.pick(&[Loss::Vanishes, Loss::Resets]);
                "answers lost"
            }
            14..=19 => {
                fate.instead = nth(&INSTEAD, one);
                "gateways answer"
            }
            20..=25 => {
                fate.damage = nth(&DAMAGE, one);
                "answers damaged"
            }
            26..=31 => {
                fate.there = dice.between(1_000, 9_500);
                "requests slow"
            }
            32..=37 => {
                fate.back = dice.between(1_000, 9_500);
                "answers slow"
            }
            38..=41 => {
                fate.there = dice.between(9_500, 60_000);
                "requests late"
            }
            42..=44 => {
                fate.back = dice.between(9_500, 60_000);
                "answers late"
            }
            45..=48 => {
                fate.double = Some(dice.between(0, 30_000));
                "requests doubled"
            }
            _ => return fate,
        };
        world.counts.count(name);
        fate
    }
}

fn nth<T: Clone>(choices: &[T], index: u64) -> Option<T> {
    usize::try_from(index).ok().and_then(|index| choices.get(index)).cloned()
}
