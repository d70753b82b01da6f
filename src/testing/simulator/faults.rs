//! How one request is delivered: how long it travels, and which fault of the network or of a gateway it meets.

use serde_json::{Value, json};

use super::world::World;
use crate::oauth::http::MAX_BODY;
use crate::testing::http::Response;

/// How one request and its response are delivered.
#[derive(Default)]
pub(super) struct Delivery {
    /// Milliseconds to the server.
    pub(super) there: u64,
    /// Milliseconds back.
    pub(super) back: u64,
    /// A duplicate arrives so much later.
    pub(super) duplicate: Option<u64>,
    pub(super) request: Loss,
    pub(super) response: Loss,
    /// A gateway responds, and the request does not reach the server.
    pub(super) gateway: Option<fn() -> Response>,
    pub(super) damage: Option<fn(&mut Response)>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    #[default]
    Arrives,
    /// It is lost, and nothing reports that.
    Vanishes,
    /// The connection is reset.
    Resets,
}

const GATEWAYS: [fn() -> Response; 5] = [
    || Response::html(500, "<!DOCTYPE html><h1>Internal Server Error</h1>".to_owned()),
    || Response::html(503, "<!DOCTYPE html><h1>Busy</h1>".to_owned()).header("retry-after", "120"),
    || Response::html(200, "<!DOCTYPE html><h1>Please wait</h1>".to_owned()),
    || Response::redirect("https://elsewhere.example/"),
    || Response::json(429, &json!({ "error": "slow_down" })).header("retry-after", "60"),
];

const DAMAGES: [fn(&mut Response); 6] = [
    |response| response.body.truncate(response.body.len() / 2),
    |response| response.body.clear(),
    |response| response.body = b"The request was served.".to_vec(),
    |response| *response = Response::html(502, "<!DOCTYPE html><h1>Bad Gateway</h1>".to_owned()),
    |response| response.body.resize(MAX_BODY.saturating_add(1), b' '),
    without_access_token,
];

/// Only the refresh token is of use.
fn without_access_token(response: &mut Response) {
    if let Ok(Value::Object(mut members)) = serde_json::from_slice(&response.body) {
        members.remove("access_token");
        response.body = Value::Object(members).to_string().into_bytes();
    }
}

impl Delivery {
    pub(super) fn draw(world: &mut World) -> Self {
        let rng = &mut world.rng;
        let mut delivery =
            Self { there: rng.between(10, 150), back: rng.between(10, 150), ..Self::default() };
        if !world.settings.faults.network || world.faults_are_over {
            return delivery;
        }
        let (fault, variant) = (rng.between(0, 99), rng.between(0, 59));
        let name = match fault {
            0..=5 => {
                delivery.request = rng.pick(&[Loss::Vanishes, Loss::Resets]);
                "requests lost"
            }
            6..=13 => {
                delivery.response = rng.pick(&[Loss::Vanishes, Loss::Resets]);
                "responses lost"
            }
            14..=19 => {
                delivery.gateway = nth(&GATEWAYS, variant);
                "responses of gateways"
            }
            20..=25 => {
                delivery.damage = nth(&DAMAGES, variant);
                "responses damaged"
            }
            26..=31 => {
                delivery.there = rng.between(1_000, 9_500);
                "requests slow"
            }
            32..=37 => {
                delivery.back = rng.between(1_000, 9_500);
                "responses slow"
            }
            38..=41 => {
                delivery.there = rng.between(9_500, 60_000);
                "requests late"
            }
            42..=44 => {
                delivery.back = rng.between(9_500, 60_000);
                "responses late"
            }
            45..=48 => {
                delivery.duplicate = Some(rng.between(0, 30_000));
                "requests duplicated"
            }
            _ => return delivery,
        };
        world.counts.count(name);
        delivery
    }
}

fn nth<T: Clone>(choices: &[T], index: u64) -> Option<T> {
    usize::try_from(index).ok().and_then(|index| choices.iter().cycle().nth(index)).cloned()
}
