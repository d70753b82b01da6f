//! The settings of a world, drawn from its seed: who takes part, and what may go wrong.

use super::release::Release;
use super::rng::Rng;

/// How the authorization server treats refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The fake Zoho: a refresh token stays, requests are counted, old access tokens are evicted.
    Zoho,
    /// A refresh token works once, and its reuse may revoke all tokens of the grant (RFC 9700 4.14.2).
    Rotating,
}

/// How a server treats refresh tokens that work once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rotation {
    /// Whether the use of a used refresh token revokes its grant. Some servers only refuse it.
    pub(super) detects_reuse: bool,
    /// Whether the revocation of a used refresh token revokes its grant. Some servers ignore it.
    pub(super) revokes_family: bool,
    /// Seconds in which a refresh token that was used works again, and brings the same successor.
    pub(super) grace: u64,
    /// Seconds after which a refresh token that is not used expires.
    pub(super) expires_after: Option<u64>,
}

/// A store's lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Locking {
    /// Milliseconds after which a lock that is not renewed is free.
    pub(super) lease: u64,
}

impl Faults {
    /// Whether calls of the store may fail.
    pub(super) const fn of_the_store(&self) -> bool {
        self.store || self.outages || self.silence || self.failovers
    }
}

/// What may go wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    /// Requests and responses are lost, late, damaged or duplicated, and gateways respond instead of the server.
    pub(super) network: bool,
    /// The store is slow, or throws before or after it did its work.
    pub(super) store: bool,
    /// The store is down for up to a minute and a half.
    pub(super) outages: bool,
    /// Calls of the store get no response.
    pub(super) silence: bool,
    /// The store fails over: its lock is lost, and its latest writes may be.
    pub(super) failovers: bool,
    /// Processes crash and restart with an empty memory.
    pub(super) crashes: bool,
    /// Processes pause for up to a minute.
    pub(super) pauses: bool,
    /// Clocks jump.
    pub(super) clocks: bool,
    /// The user revokes, connects again, disconnects.
    pub(super) user: bool,
    /// Idle instances of a vault are evicted.
    pub(super) evictions: bool,
    /// The resource server rejects valid tokens.
    pub(super) rejections: bool,
}

/// One world.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) kind: Kind,
    pub(super) rotation: Rotation,
    pub(super) locking: Option<Locking>,
    /// Whether failures are followed by pauses and an alarm refreshes ahead of expiry, as in a `TokenVault`. One instance
    /// of a Durable Object runs at a time and an older one can no longer write: here a lock with fencing, which refuses the
    /// writes of a holder whose lock was taken over, does the same.
    pub(super) vault: bool,
    pub(super) processes: u64,
    /// Managers in each process that share the store and the key. A vault has one.
    pub(super) managers: u64,
    /// Calls of each process in a burst.
    pub(super) callers: u64,
    /// Seconds, as of a `TokenManager`.
    pub(super) leeway: u64,
    /// The lifetime of an access token, in seconds.
    pub(super) lifetime: u64,
    /// Milliseconds from the start to each burst of calls.
    pub(super) bursts: Vec<u64>,
    pub(super) faults: Faults,
    /// Whether the application saves the tokens that an error of the store carries.
    pub(super) saves_errors: bool,
    /// Those that processes may be of.
    pub(super) releases: &'static [Release],
}

const ZOHO_LIFETIME: u64 = 3600;

impl Settings {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let kind = rng.pick(&[None, Some(Kind::Zoho), Some(Kind::Rotating)]).unwrap_or(Kind::Zoho);
        let vault = rng.chance(333);
        let lease = rng.pick(&[5_000, 30_000]);
        let locking = (rng.chance(600) || vault).then_some(Locking { lease });
        let lifetime = if kind == Kind::Zoho { ZOHO_LIFETIME } else { rng.pick(&[600, ZOHO_LIFETIME]) };
        // Most worlds lack some kinds of fault: some properties hold only without them.
        let faults = Faults {
            network: rng.chance(600),
            store: rng.chance(500),
            outages: rng.chance(250),
            silence: rng.chance(250),
            // The storage of a Durable Object loses no writes that it has confirmed.
            failovers: rng.chance(200) && !vault,
            crashes: rng.chance(500),
            pauses: rng.chance(250),
            clocks: rng.chance(250),
            user: rng.chance(400),
            evictions: vault && rng.chance(400),
            rejections: rng.chance(400),
        };
        let rotation = Rotation {
            detects_reuse: rng.chance(750),
            revokes_family: rng.chance(500),
            grace: rng.pick(&[0, 0, 0, 10, 60]),
            expires_after: rng.pick(&[None, None, None, Some(86_400), Some(14_400)]),
        };
        Self {
            kind,
            rotation,
            locking,
            vault,
            processes: rng.between(1, 4),
            managers: if vault { 1 } else { rng.pick(&[1, 1, 2, 3]) },
            callers: rng.between(1, 3),
            leeway: rng.pick(&[0, 60, 300, 300]),
            lifetime,
            bursts: bursts(rng, lifetime, vault),
            faults,
            saves_errors: rng.chance(500) && !vault,
            releases: if rng.chance(500) { rng.pick(&Release::FLEETS) } else { &[Release::Current] },
        }
    }
}

/// In a quarter of the worlds many in a short time, so that budgets are exhausted; else such that tokens are due, nearly
/// due, or long expired.
fn bursts(rng: &mut Rng, lifetime: u64, vault: bool) -> Vec<u64> {
    let storm = rng.chance(250);
    let count = if storm { rng.between(10, 14) } else { rng.between(3, 6) };
    // In two days the alarms of a vault take thousands of steps.
    let longest = if vault { 7_200 } else { 172_800 };
    let mut at = 1_000_u64;
    let mut bursts = vec![at];
    for _ in 0..count {
        let seconds = if storm {
            rng.between(1, 75)
        } else {
            rng.pick(&[
                3,
                20,
                600,
                lifetime.saturating_sub(300),
                lifetime.saturating_sub(5),
                lifetime,
                lifetime.saturating_mul(2),
                longest,
            ])
        };
        at = at.saturating_add(seconds.saturating_mul(1000));
        bursts.push(at);
    }
    bursts
}
