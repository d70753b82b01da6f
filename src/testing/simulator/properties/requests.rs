//! Token requests: one at a time, only where one is due, and within the budget.

use super::deadline::DEADLINE_SECONDS;
use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::ledger::Sent;
use crate::testing::simulator::network::milliseconds;
use crate::testing::simulator::process::USER;
use crate::testing::simulator::world::World;

/// Milliseconds from a mark to the moment when another process ignores it, less a second for rounding.
pub(super) const LEASE: u64 = 29_000;
/// Milliseconds from a mark to the sending of its request, so that the deadline still lies within the lease.
const PROMPT: u64 = 4_000;

/// Milliseconds of a refresh that began before the store lost its mark.
const REFRESH: u64 = 60_000;

/// Of requests with one refresh token, at most one is in flight: its sender waits for the response.
///
/// Holds while the lock holds, which a process that pauses for longer than the lease loses, and a failover of the store
/// takes. Without it the mark in the record does the same, among processes whose clocks agree and which send within four
/// seconds of deciding to: another process ignores a mark after thirty, by its own clock. A failover may lose the mark
/// as well, so that no other process has seen it, and the mark of another process may get the version and the second of a
/// lost one, whose process takes it for its own.
pub(super) fn one_refresh_in_flight(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let is_other = |other: u64, earlier: &Sent| other != *id && earlier.refresh_token == sent.refresh_token;
    let mut others = ledger.in_flight().filter(|(other, earlier)| is_other(*other, earlier)).peekable();
    others.peek()?;
    let Some((other, earlier)) = others.find(|(_, earlier)| are_guarded(world, earlier, sent)) else {
        world.excuse("excuse: two in flight, lock and mark did not hold");
        return None;
    };
    let marked_at = earlier.marked_at.min(sent.marked_at);
    if world.trouble.has_rolled_back(marked_at, sent.sent_at) {
        world.excuse("excuse: two in flight, the store lost a mark that the sender has not seen");
        return None;
    }
    if world.trouble.has_rolled_back(marked_at.saturating_sub(REFRESH), sent.sent_at) {
        world.excuse(
            "excuse: two in flight, a mark has the version and the second of one that the store lost",
        );
        return None;
    }
    if world.trouble.mistaken_at.is_some_and(|at| at >= earlier.marked_at) {
        world.excuse("excuse: two in flight after a save replaced a record with the version of a lost one");
        return None;
    }
    Some(format!("#{id} is sent while #{other} is in flight"))
}

/// Whether the lock, or the mark in the record, kept two requests apart. A vault ignores marks.
pub(super) fn are_guarded(world: &World, one: &Sent, other: &Sent) -> bool {
    let both = |holds: fn(&World, &Sent) -> bool| holds(world, one) && holds(world, other);
    both(is_locked) || both(is_marked)
}

/// Whether the lock of this request held.
pub(super) fn is_locked(world: &World, sent: &Sent) -> bool {
    world.settings.locking.is_some() && !world.lock.is_broken(sent.fence)
}

/// Whether the mark of this request kept other processes from sending another.
pub(super) fn is_marked(world: &World, sent: &Sent) -> bool {
    let process = world.processes.get(sent.instance.process);
    let is_prompt = sent.sent_at.saturating_sub(sent.marked_at) < PROMPT;
    let has_paused = process.is_some_and(|process| process.paused_until >= sent.marked_at);
    !world.settings.vault && !world.settings.faults.clocks && is_prompt && !has_paused
}

/// A request is sent only for a token that is due, that expires too soon for the caller, or that was rejected: so one
/// caller refreshes, and all others use the tokens of that refresh.
///
/// Holds where clocks are right.
pub(super) fn no_needless_refresh(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Sent(id) = fact else { return None };
    let ledger = &world.server.ledger;
    let sent = ledger.requests.get(id)?;
    let left = ledger.access(&sent.access_token)?.expires_at.saturating_sub(sent.marked_at / 1000);
    // A tenth more at random; and the process counts from its request, up to a deadline before the server.
    let leeway = world.settings.leeway.saturating_mul(11) / 10;
    let is_due = left <= leeway.max(sent.options.min_validity.as_secs()).saturating_add(DEADLINE_SECONDS);
    let is_needless = !is_due && sent.options.rejected != sent.access_token && !world.settings.faults.clocks;
    is_needless.then(|| format!("#{id} is sent, and {} has {left} s left", ledger.name(&sent.access_token)))
}

/// The server never refuses a request because of the number of requests.
///
/// Holds where clocks are right, where each request arrives at the server once, within a deadline of being counted, and
/// where the store has kept the record that counts it.
pub(super) fn within_the_budget_of_the_server(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Throttled(refresh_token) = fact else { return None };
    let ledger = &world.server.ledger;
    let is_exact = !world.settings.faults.clocks && !ledger.counted_late.contains(refresh_token);
    is_exact.then(|| format!("a request with {} was one too many", ledger.name(refresh_token)))
}

/// No request is sent that is one more than the server accepts within a window, as its sender counts them in the record.
/// A record counts more only where its author has put together two records, because the store had lost the requests of
/// one when another process counted its own.
pub(super) fn within_the_budget_of_the_record(world: &World, fact: &Fact) -> Option<String> {
    let budget = world.server.client().profile.budget?;
    match fact {
        Fact::Sent(id) => {
            let counted = world.server.ledger.requests.get(id)?.counted;
            (counted > budget.requests).then(|| format!("#{id} is sent, and {counted} requests are counted"))
        }
        Fact::Saved { by, after, .. } => {
            let now = world.clock(*by);
            let count = after.requests.iter().filter(|time| now.since(**time) < budget.window).count();
            let since = world.now.saturating_sub(milliseconds(budget.window));
            let is_put_together = world.trouble.has_rolled_back(since, world.now);
            (count > budget.requests && !is_put_together).then(|| format!("{count} requests are counted"))
        }
        _ => None,
    }
}

/// A record that stops requests until a time does so until then, or until it has tokens that the store never had.
///
/// Holds where clocks are right. A longer wait than a day does not count, because a wrong clock set it.
pub(super) fn nothing_before_hold_until(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_held = before.hold_until.is_some_and(|until| until > world.clock(*by));
    let is_dropped = is_held && after.hold_until < before.hold_until && after.rejected_at.is_none();
    let is_new = ledger.is_saved_first(after.access_token(), world.now);
    (is_dropped && !is_new && *by != USER && !world.settings.faults.clocks)
        .then(|| format!("{by} no longer waits as {} is to", ledger.name(after.access_token())))
}
