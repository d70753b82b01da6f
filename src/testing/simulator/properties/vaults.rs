//! Pauses after failures, and alarms.

use super::deadline::DEADLINE_SECONDS;
use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::ledger::Sent;
use crate::testing::simulator::process::unix_time;
use crate::testing::simulator::release::Release;
use crate::testing::simulator::world::World;

/// After failed requests in a row for one access token, a vault sends the next one after 5, 10, 20 seconds and so on, up
/// to 300, or after the time that the server names.
///
/// Holds if the pause is always saved: without faults of the store, crashes, pauses and wrong clocks.
pub(super) fn failures_are_followed_by_pauses(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let faults = world.settings.faults;
    if !world.settings.vault || faults.of_the_store() || faults.crashes || faults.pauses || faults.clocks {
        return None;
    }
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let mut failures = 0_u32;
    let mut allowed_at = 0;
    for (_, earlier) in ledger.requests_for(&sent.access_token) {
        match earlier.failed {
            Some((_, "throttled")) => {
                allowed_at = earlier.pause.unwrap_or(0);
            }
            Some((at, code)) if code != "reauthorization_required" => {
                let pause = 5_u64.saturating_mul(2_u64.saturating_pow(failures)).min(300);
                failures = failures.saturating_add(1);
                allowed_at = at.saturating_add(pause.saturating_mul(1000));
            }
            _ => {}
        }
    }
    // A second for rounding.
    let early = allowed_at.saturating_sub(1000).saturating_sub(sent.marked_at);
    (early > 0).then(|| format!("#{id} is sent {early} ms too early after {failures} failures"))
}

/// A record stops requests only as long as the failure of a request calls for, which was to replace the same access token,
/// or the one in whose place the store gets back a token that it had before.
///
/// Holds where clocks are right.
pub(super) fn a_pause_has_a_failure(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before, after, .. } = fact else { return None };
    let until = after.hold_until.filter(|until| *until > world.clock(*by))?;
    let ledger = &world.server.ledger;
    let calls_for_it = |sent: &Sent| sent.pause.is_some_and(|end| unix_time(end) >= until);
    let is_new = ledger.is_saved_first(after.access_token(), world.now);
    let replaced = before.as_ref().filter(|_| !is_new).map(|before| before.access_token());
    let mut tokens = replaced.into_iter().chain([after.access_token()]);
    let has_failure = tokens.any(|token| ledger.requests_for(token).any(|(_, sent)| calls_for_it(sent)));
    (!has_failure && !world.settings.faults.clocks).then(|| {
        let pause = until.since(world.clock(*by)).as_secs();
        format!(
            "{by} saves a pause of {pause} s, and no request for {} calls for it",
            ledger.name(after.access_token())
        )
    })
}

/// A vault refreshes ahead: 600 seconds before expiry, or after half of the lifetime.
///
/// Holds if nothing goes wrong, and the process in which the alarm rings reads the record.
pub(super) fn an_alarm_refreshes_ahead(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let faults = world.settings.faults;
    let is_faulty = faults.network
        || faults.of_the_store()
        || faults.crashes
        || faults.pauses
        || faults.clocks
        || faults.user;
    let is_read = !world.settings.releases.contains(&Release::Newer);
    if !world.settings.vault || is_faulty || !is_read || world.alarms_are_over {
        return None;
    }
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let left = ledger.access(&sent.access_token)?.expires_at.saturating_sub(sent.marked_at / 1000);
    let ahead = (world.settings.lifetime / 2).min(600).saturating_sub(DEADLINE_SECONDS);
    (left < ahead)
        .then(|| format!("#{id} is sent when {} has {left} s left", ledger.name(&sent.access_token)))
}
