//! The world that a seed makes: who takes part, and what may go wrong.

use super::dice::Dice;

/// How the authorization server treats refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The fake Zoho: a refresh token stays, requests are counted, old access tokens are evicted.
    Zoho,
    /// A refresh token works once, and one that is used again takes all that came of it along (RFC 9700 4.14.2).
    Rotating,
}

/// A store's lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Locking {
    /// Milliseconds after which one that is not renewed is free.
    pub(super) lease: u64,
    /// Whether the store refuses saves of a holder whose lock was taken over.
    pub(super) fenced: bool,
}

/// What may go wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    /// Requests and answers are lost, late, damaged or doubled, and gateways answer instead of the server.
    pub(super) network: bool,
    /// The store is slow, or throws before or after it did its work.
    pub(super) store: bool,
    /// Processes die and come back with an empty memory.
    pub(super) crashes: bool,
    /// Processes stand still for up to a minute.
    pub(super) pauses: bool,
    /// Clocks jump.
    pub(super) clocks: bool,
    /// The user revokes, connects anew, disconnects.
    pub(super) user: bool,
    /// The resource server refuses tokens that are good.
    pub(super) refusals: bool,
}

/// One world.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) kind: Kind,
    pub(super) locking: Option<Locking>,
    pub(super) processes: u64,
    /// Calls of each process in a burst.
    pub(super) callers: u64,
    /// Seconds, as of a `TokenManager`.
    pub(super) leeway: i64,
    /// Seconds that an access token lives.
    pub(super) life: u64,
    /// Milliseconds from the beginning to each burst of calls, and to the end.
    pub(super) bursts: Vec<u64>,
    pub(super) faults: Faults,
}

const ZOHO_LIFE: u64 = 3600;

impl Setting {
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let kind = dice.pick(&[None, Some(Kind::Zoho), Some(Kind::Rotating)]).unwrap_or(Kind::Zoho);
        let lease = dice.pick(&[5_000, 30_000]);
        let fenced = dice.chance(700);
        let locking = dice.chance(600).then_some(Locking { lease, fenced });
        let life = if kind == Kind::Zoho { ZOHO_LIFE } else { dice.pick(&[600, ZOHO_LIFE]) };
        // Most worlds lack some kinds of fault, so that what holds only without them is put to the test.
        let faults = Faults {
            network: dice.chance(600),
            store: dice.chance(500),
            crashes: dice.chance(500),
            pauses: dice.chance(250),
            clocks: dice.chance(250),
            user: dice.chance(400),
            refusals: dice.chance(400),
        };
        Self {
            kind,
            locking,
            processes: dice.between(1, 4),
            callers: dice.between(1, 3),
            leeway: dice.pick(&[0, 60, 300, 300]),
            life,
            bursts: bursts(dice, life),
            faults,
        }
    }
}

/// Now and then many in a short time, so that budgets are spent; else such that tokens are due, nearly due, or long gone.
fn bursts(dice: &mut Dice, life: u64) -> Vec<u64> {
    let storm = dice.chance(250);
    let count = if storm { dice.between(10, 14) } else { dice.between(3, 6) };
    let mut at = 1_000_u64;
    let mut bursts = vec![at];
    for _ in 0..count {
        let seconds = if storm {
            dice.between(1, 75)
        } else {
            dice.pick(&[
                3,
                20,
                600,
                life.saturating_sub(300),
                life.saturating_sub(5),
                life,
                life.saturating_mul(2),
                172_800,
            ])
        };
        at = at.saturating_add(seconds.saturating_mul(1000));
        bursts.push(at);
    }
    bursts
}
