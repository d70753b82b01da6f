//! What callers get, and when.

use super::deadline::DEADLINE_SECONDS;
use crate::testing::simulator::call::CallError;
use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::world::World;

/// An access token that is handed out was in the store before.
pub(super) fn saved_before_use(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { instance, access_token, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_saved = ledger.access(access_token).is_some_and(|access| access.saved_at.is_some());
    (!is_saved).then(|| format!("{instance} gets {}, which was never saved", ledger.name(access_token)))
}

/// An access token that is handed out is valid for as long as the caller asked for, unless the server dropped it before
/// its expiry (it was revoked, evicted, or revoked with its grant), and is never the one that was just rejected.
///
/// That it has not expired holds where clocks are right.
pub(super) fn valid_when_handed_out(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { instance, access_token, rejected, min_validity, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let left = ledger.access(access_token)?.expires_at.saturating_sub(world.seconds());
    let is_short = left == 0 || left < min_validity.as_secs();
    let what = if access_token == rejected {
        "was just rejected"
    } else if is_short && !world.settings.faults.clocks {
        "has expired, or expires too soon"
    } else {
        return None;
    };
    Some(format!("{instance} gets {}, which {what}", ledger.name(access_token)))
}

/// Every call ends with a token or with a typed error, unless its process crashes.
pub(super) fn every_call_ends(_: &World, fact: &Fact) -> Option<String> {
    match fact {
        Fact::Hanging(calls) => Some(format!("{calls} calls have no result")),
        Fact::Untyped(instance) => Some(format!("{instance} gets an error without a type")),
        _ => None,
    }
}

/// After all faults, when clocks are right, the next call of each process returns a token that works, if the server
/// accepts the refresh token that the store has, or that this process still has to save.
///
/// A call here is as `TokenManager.fetch` makes it: it reports a token that the resource server rejected, and waits when
/// the error names a time, a day at most. A token whose expiry was computed by a clock that was ahead counts as fresh
/// until it is rejected, since nothing else in a record says its age; and so does one that the server dropped before its
/// expiry. Two of them may come in a row, the stored one and the one that is still to be saved.
pub(super) fn the_next_call_returns_a_token(_: &World, fact: &Fact) -> Option<String> {
    let Fact::Last { instance, reachable: true, result } = fact else { return None };
    match result {
        Ok(true) => None,
        Ok(false) => Some(format!("{instance} gets a token that does not work")),
        Err(why) => Some(format!("{instance} gets no token: {why}")),
    }
}

/// Milliseconds in which a caller that got an error has read the store again.
const READ: u64 = 20_000;

/// A caller gets an error of the server or of the network only when the store has no token that serves it.
///
/// Holds where clocks are right and no process pauses, for tokens that the store has had for some seconds.
pub(super) fn a_valid_token_outlives_failures(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Failed { instance, options, error } = fact else { return None };
    let is_of_the_server = matches!(error, CallError::Throttled(_) | CallError::Request(_));
    if !is_of_the_server || world.settings.faults.clocks || world.settings.faults.pauses {
        return None;
    }
    let ledger = &world.server.ledger;
    let token = world.record.as_ref()?.access_token();
    let access = ledger.access(token)?;
    let left = access.expires_at.saturating_sub(world.seconds());
    let is_known = world.tokens_since.saturating_add(READ) < world.now;
    let serves =
        token != options.rejected && left > options.min_validity.as_secs().saturating_add(DEADLINE_SECONDS);
    (is_known && serves)
        .then(|| format!("{instance} gets {}, and {} has {left} s left", error.code(), ledger.name(token)))
}

/// A call whose refresh found that the grant is rejected does not return a token that the server no longer accepts.
pub(super) fn a_rejected_grant_returns_no_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::HandedOut { instance, access_token, despite_rejection: true, .. } = fact else { return None };
    let name = || world.server.ledger.name(access_token);
    (!world.server.accepts(access_token, world.seconds()))
        .then(|| format!("{instance} gets {} of a rejected grant", name()))
}

/// Milliseconds after which a call for a token has ended, without pauses of its process: two refreshes, one that the call
/// joins and one that it starts. Each waits for the lock (120 s), for the mark of another process (30 s), again for the
/// lock (120 s), for a response (10 s), and for 20 s until its callers get the tokens that are not saved, or else for
/// the lock to be given back (30 s); and for no call of the store longer than 10 s, of which there are ten at most.
const LONGEST_CALL: u64 = 2 * (120 + 30 + 120 + 10 + 20 + 30 + 100) * 1000;

/// Every call for a token ends within a bound, and so does every alarm of a vault.
///
/// Holds where no process pauses.
pub(super) fn every_wait_is_bounded(world: &World, fact: &Fact) -> Option<String> {
    let (Fact::Ended { instance, began, .. } | Fact::AlarmEnded { instance, began }) = fact else {
        return None;
    };
    let took = world.now.saturating_sub(*began);
    (took > LONGEST_CALL && !world.settings.faults.pauses)
        .then(|| format!("a call of {instance} has taken {took} ms"))
}
