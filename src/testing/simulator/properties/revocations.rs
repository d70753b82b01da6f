//! What a revocation leaves.

use super::requests::{LEASE, is_locked, is_marked};
use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::ledger::Sent;
use crate::testing::simulator::settings::Kind;
use crate::testing::simulator::world::World;

/// Milliseconds after which a revocation has ended, without pauses of its process: first a refresh of its own manager (330 s
/// and ten calls of the store), then the lock (120 s), the marks, forms and loads of six rounds (80 s each), the deletion
/// (10 s) and the release (30 s).
const LONGEST_REVOCATION: u64 = (330 + 100 + 120 + 6 * 80 + 10 + 30) * 1000;

/// Every revocation ends within a bound.
///
/// Holds where no process pauses.
pub(super) fn every_revocation_is_bounded(world: &World, fact: &Fact) -> Option<String> {
    let Fact::RevocationEnded { by, began } = fact else { return None };
    let took = world.now.saturating_sub(*began);
    (took > LONGEST_REVOCATION && !world.settings.faults.pauses)
        .then(|| format!("a revocation of {by} has taken {took} ms"))
}

/// The record of a revoked grant is deleted, and no record that was saved before the store was read again.
///
/// Holds if a confirmed revocation has revoked: RFC 7009 confirms by the status, which a gateway may send.
pub(super) fn only_revoked_grants_are_deleted(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Deleted { by, record, reread_at } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_confirmed = world.settings.kind == Kind::Zoho || !world.settings.faults.network;
    let is_read = world.saved_at < *reread_at;
    let is_valid = world.server.is_valid(record.refresh_token());
    (is_confirmed && is_read && is_valid)
        .then(|| format!("{by} deletes {}, which is valid", ledger.name(record.refresh_token())))
}

/// After a revocation that succeeded, the server accepts no refresh token of the grant, also none that a refresh brought
/// at the same time.
///
/// Holds if the server got the request, in place of a gateway that confirmed it; and for a grant with an id,
/// since nothing else says that later tokens are of the same grant. What no client can know excuses it:
/// - the response with the living token got lost, or its sender crashed or gave up before it was saved;
/// - what keeps the two apart did not hold: the lock was lost, or the sender of the refresh was late or paused;
/// - the store performed an earlier deletion late, of another record than the one that was read;
/// - the user connected again, and the new tokens replaced it before the store was read again;
/// - the store lost the token, or its mark.
pub(super) fn nothing_lives_after_a_revocation(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Revoked { by, refresh_token, grant_id, fence, began } = fact else { return None };
    let is_confirmed = world.server.ledger.revoked.contains(refresh_token);
    if !is_confirmed || grant_id.is_none() {
        return None;
    }
    let ledger = &world.server.ledger;
    let mut family = ledger.of_the_same_consent(refresh_token);
    let living = family.find(|token| world.server.is_valid(token))?;
    let origin = ledger.origin(living);
    let excuse = if world.lock.is_broken(*fence) || origin.is_some_and(|sent| is_apart(world, sent)) {
        "excuse: a token outlives a revocation, the lock or the mark did not hold"
    } else if origin.is_some_and(|sent| is_lost(world, sent)) {
        "excuse: a token outlives a revocation, its response or its process was lost"
    } else if world.trouble.deleted_at.is_some_and(|at| at >= *began) {
        "excuse: a token outlives a revocation, a late deletion took a record that it had not read"
    } else if world.connected_at >= *began {
        "excuse: a token outlives a revocation, the user's new tokens replaced it"
    } else if world.trouble.has_rolled_back(origin.map_or(*began, |sent| sent.marked_at), world.now) {
        "excuse: a token outlives a revocation, the store lost it"
    } else {
        return Some(format!(
            "{by} has revoked {}, and {} lives",
            ledger.name(refresh_token),
            ledger.name(living)
        ));
    };
    world.excuse(excuse);
    None
}

/// Whether nothing kept a revocation from running beside this request.
fn is_apart(world: &World, sent: &Sent) -> bool {
    if world.settings.locking.is_some() { !is_locked(world, sent) } else { !is_marked(world, sent) }
}

/// Whether the tokens of a request got lost before they were saved.
fn is_lost(world: &World, sent: &Sent) -> bool {
    let is_delivered = sent.delivered_at.is_some() || sent.awaited;
    let is_outlived = world.settings.locking.is_none() && world.now.saturating_sub(sent.marked_at) > LEASE;
    let gave_up = sent.gave_up_at.is_some() || is_outlived || !world.is_running(sent.instance);
    !is_delivered || (sent.saved_at.is_none() && gave_up)
}
