//! Tokens that were issued get into the store, and stay there.

use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::process::USER;
use crate::testing::simulator::release::Release;
use crate::testing::simulator::settings::Kind;
use crate::testing::simulator::world::World;

/// Milliseconds for which a process tries to save new tokens, less a second for rounding.
const SAVING: u64 = 29_000;

/// A process that has tokens to save gives up only after half a minute of trying.
///
/// Holds where clocks are right.
pub(super) fn saving_is_not_given_up(world: &World, fact: &Fact) -> Option<String> {
    let Fact::GaveUp { instance, after } = fact else { return None };
    (*after < SAVING && !world.settings.faults.clocks)
        .then(|| format!("{instance} gives up saving tokens after {after} ms"))
}

/// Milliseconds after which tokens are saved in a store that is well: the longest pause between two attempts (4 s), and a
/// load and a save (10 s each), after a conflict once more.
const SAVED: u64 = 60_000;

/// Tokens that a process has are in the store soon after the last call of the store that failed for it, unless it has given
/// up: see `tokens_in_hand_are_saved`.
///
/// Holds where no process pauses, and each reads the records of all others: a newer format ends a refresh at once.
pub(super) fn tokens_are_saved_soon(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, after, .. } = fact else { return None };
    let ledger = &world.server.ledger;
    let is_first = ledger.is_saved_first(after.access_token(), world.now);
    let sent = ledger.brought(after.access_token()).filter(|sent| is_first && sent.instance == *by)?;
    let is_read = !world.settings.releases.contains(&Release::Newer);
    if sent.gave_up_at.is_some() || world.settings.faults.pauses || !is_read {
        return None;
    }
    let well_since = sent.delivered_at.max(world.trouble.failed.get(by).copied())?;
    let took = world.now.saturating_sub(well_since);
    (took > SAVED).then(|| {
        format!(
            "{by} saves {} after {took} ms in which the store was well",
            ledger.name(after.access_token())
        )
    })
}

/// Once the store is well, the next call of a process that has tokens in hand saves them: after a call in which no call of
/// the store failed, the record does not have a used refresh token whose successor that process had before the call.
pub(super) fn tokens_in_hand_are_saved(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Ended { instance, began, used_the_store: true } = fact else { return None };
    if world.settings.kind != Kind::Rotating || world.trouble.has_failed(*instance, *began) {
        return None;
    }
    let ledger = &world.server.ledger;
    let stored = world.record.as_ref().map(|record| record.refresh_token())?;
    let user = ledger.used_by.get(stored)?;
    let sent = ledger.requests.get(user).filter(|sent| sent.instance == *instance)?;
    let is_in_hand = sent.delivered_at.is_some_and(|at| at < *began) && sent.saved_at.is_none();
    (is_in_hand && world.server.is_used(stored))
        .then(|| format!("{instance} has the tokens of #{user}, and the store has {}", ledger.name(stored)))
}

/// Each save within a grant has a higher version than the record that it replaces, and no lower one than its process has
/// seen, also in a store that lost writes; and no process sends a refresh token whose successor it has seen in the store.
///
/// A record whose tokens were issued later than those that the process has seen is newer, whatever its version. That goes
/// for a stored one, and for one that a refresh saves after another call of the process has seen the higher version: the
/// refresh began with what the store had, and its mark is a save too.
///
/// No process knows of a record that it has not seen, or sees while its save is on the way. What it has seen counts where
/// clocks are right: only the clock says whether the stored tokens were issued after the store went back in time.
pub(super) fn a_version_never_goes_down(world: &World, fact: &Fact) -> Option<String> {
    let ledger = &world.server.ledger;
    let clocks_are_right = !world.settings.faults.clocks;
    match fact {
        Fact::Saved { by, before: Some(before), after, asked_at } if *by != USER => {
            let seen = world.trouble.seen(*by, *asked_at).filter(|_| clocks_are_right).filter(|seen| {
                let is_same = seen.grant_id.is_some() && seen.grant_id == after.grant_id;
                let is_newer = before.issued_at.max(after.issued_at) > seen.issued_at;
                is_same && seen.version > after.version && !is_newer
            });
            (after.version <= before.version || seen.is_some()).then(|| {
                let newest = seen.map_or(before.version, |seen| seen.version);
                let down = newest.saturating_sub(after.version);
                format!("{by} saves a version that is {down} lower than one that it has seen")
            })
        }
        Fact::Sent(id) if clocks_are_right => {
            let sent = ledger.requests.get(id)?;
            let seen = world.trouble.seen(sent.instance, sent.marked_at)?.refresh_token();
            let (sent_age, seen_age) = (ledger.age_of(&sent.refresh_token)?, ledger.age_of(seen)?);
            let is_older = sent_age.0 == seen_age.0 && sent_age < seen_age;
            is_older.then(|| {
                let (old, new) = (ledger.name(&sent.refresh_token), ledger.name(seen));
                format!("#{id} sends {old}, and {} has seen {new}", sent.instance)
            })
        }
        _ => None,
    }
}
