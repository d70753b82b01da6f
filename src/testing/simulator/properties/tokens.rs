//! The tokens of a record: none is lost, and none comes back.

use super::deadline::DEADLINE_SECONDS;
use super::requests::{LEASE, are_guarded};
use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::process::USER;
use crate::testing::simulator::settings::Kind;
use crate::testing::simulator::world::World;

/// A saved refresh token is never replaced by one that was issued earlier or for an earlier consent, by none, or by one
/// that no server issued.
pub(super) fn no_older_refresh_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { before, after, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let (new, old) = (after.refresh_token(), before.as_ref().map(|record| record.refresh_token()));
    let age = ledger.age_of(new);
    let is_older = age.is_none() || age < old.and_then(|old| ledger.age_of(old));
    is_older.then(|| format!("{} replaces {}", ledger.name(new), ledger.name(old.unwrap_or_default())))
}

/// A saved access token is never replaced by one that expires more than a deadline sooner, unless the user connected
/// again.
///
/// Holds where clocks are right: only the clock says which of two tokens expires first.
pub(super) fn no_shorter_lived_access_token(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let expires_at = |token: &str| ledger.access(token).map_or(0, |access| access.expires_at);
    let (old, new) = (before.access_token(), after.access_token());
    let is_shorter = expires_at(new).saturating_add(DEADLINE_SECONDS) < expires_at(old);
    (is_shorter && *by != USER && !world.settings.faults.clocks)
        .then(|| format!("{} replaces {}", ledger.name(new), ledger.name(old)))
}

/// A refresh token is saved as rejected only when the server no longer accepts it; and a caller gets
/// `reauthorization_required` only when the store has no other token that the server accepts.
pub(super) fn only_invalid_grants_are_rejected(world: &World, fact: &Fact) -> Option<String> {
    let ledger = &world.server.ledger;
    match fact {
        Fact::Saved { after, .. } => {
            let token = after.refresh_token();
            (after.rejected_at.is_some() && world.server.is_valid(token))
                .then(|| format!("{} is saved as rejected, and valid", ledger.name(token)))
        }
        Fact::Reauthorize { instance, refresh_token } if !ledger.rejected.contains(refresh_token) => {
            let stored = world.record.as_ref().map(|record| record.refresh_token());
            stored.filter(|token| world.server.is_valid(token)).map(|token| {
                format!("{instance} has to authorize again, and the store has {}", ledger.name(token))
            })
        }
        _ => None,
    }
}

/// With a server that does not rotate, the record has the refresh token that the user connected last, and not as rejected,
/// for as long as the server accepts it.
pub(super) fn no_grant_is_lost_without_rotation(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { after, .. } = fact else { return None };
    let connected = world.connected.as_deref()?;
    let is_lost = after.refresh_token() != connected || after.rejected_at.is_some();
    (world.settings.kind == Kind::Zoho && is_lost && world.server.is_valid(connected))
        .then(|| format!("{} is valid, and no longer in the record", world.server.ledger.name(connected)))
}

/// A server that rotates gets a used refresh token only where no client could know that it was used, or know its
/// successor:
/// - the response with the successor was lost, came damaged, or came after the deadline;
/// - the process that had it crashed before it was saved;
/// - the network delivered a request twice, or after its sender's deadline;
/// - the store lost the successor, or the mark, in a failover, and the sender had not seen it: see
///   `a_version_never_goes_down`;
/// - what keeps processes apart did not hold: see `one_refresh_in_flight`. A process that pauses between its mark
///   and its request for longer than the lease sends what another has used meanwhile, and no store can prevent it.
///   A mark whose tokens are still to be saved after half a minute stops no other process, unless the lock is held: no
///   process knows whether the one that set it has crashed. Two managers of a process know no more of each other, and that
///   is counted by itself, since a package that shared tokens between managers could know.
/// - the store replaced another record than its author knew, which had the same version after a failover.
pub(super) fn reuse_only_after_a_lost_response(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Reused { refresh_token, copy, is_late } = fact else { return None };
    let ledger = &world.server.ledger;
    let again = ledger.requests.get(&copy.request)?;
    let user = ledger.used_by.get(refresh_token)?;
    let first = ledger.requests.get(user)?;
    let is_unsaved = first.saved_at.is_none_or(|at| at > again.marked_at);
    // A clock that jumps may end half a minute at once.
    let is_outlived = world.settings.faults.clocks || again.marked_at.saturating_sub(first.marked_at) > LEASE;
    let is_given_back =
        world.lock.is_broken(first.fence) || first.gave_up_at.is_some_and(|at| at <= again.marked_at);
    let has_no_lock = world.settings.locking.is_none() || is_given_back;
    let is_other = again.instance != first.instance;
    let excuse = if copy.is_duplicate {
        "excuse: reuse after a duplicate"
    } else if *is_late {
        "excuse: reuse after the deadline"
    } else if first.delivered_at.is_none() {
        "excuse: reuse after a lost response"
    } else if is_unsaved && !world.is_running(first.instance) {
        "excuse: reuse after a crash before the save"
    } else if is_unsaved && is_other && has_no_lock && is_outlived {
        match again.instance.shares_a_process(first.instance) {
            true => "known: reuse after a mark of another manager of the process was too old",
            false => "excuse: reuse after a mark was too old to tell a crash from a store that is down",
        }
    } else if world.trouble.has_rolled_back(first.marked_at.min(again.marked_at), world.now) {
        "excuse: reuse after the store lost writes that the sender has not seen"
    } else if world.trouble.mistaken_at.is_some_and(|at| at >= first.marked_at) {
        "excuse: reuse after a save replaced a record with the version of a lost one"
    } else if !are_guarded(world, first, again) {
        "excuse: reuse, lock and mark did not hold"
    } else {
        let name = ledger.name(refresh_token);
        return Some(format!("#{} sends {name}, which #{user} has used", copy.request));
    };
    world.excuse(excuse);
    None
}
