//! Processes of several releases.

use crate::testing::simulator::fact::Fact;
use crate::testing::simulator::process::USER;
use crate::testing::simulator::world::World;

/// A record of a format that a process does not know is neither replaced nor deleted by it, and no token of the record is
/// sent. A token request needs no look of its own, since a save marks the record before it.
///
/// Holds for releases that know formats. No store can tell a process that deletes what it has read that another one saved
/// in between.
pub(super) fn a_newer_format_is_left_alone(world: &World, fact: &Fact) -> Option<String> {
    let (by, format, what) = match fact {
        Fact::Saved { by, before: Some(before), .. } => (by, before.format, "replaces"),
        Fact::Deleted { by, record, reread_at } if world.saved_at < *reread_at => {
            (by, record.format, "deletes")
        }
        Fact::RevocationSent { by, format } => (by, *format, "revokes the tokens of"),
        _ => return None,
    };
    let release = world.release(*by);
    (!release.reads(format)).then(|| format!("{by}, of {release:?}, {what} a record of format {format:?}"))
}

/// A member that a release does not know stays in the record with each save.
///
/// Holds for all releases but the oldest, which keeps it in a refresh only.
pub(super) fn unknown_members_are_kept(world: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after, .. } = fact else { return None };
    let release = world.release(*by);
    let keeps = *by != USER || release.keeps_members();
    (keeps && before.has_later_member && !after.has_later_member)
        .then(|| format!("{by}, of {release:?}, drops a member"))
}

/// A refresh keeps the grant id, and adds none. Only tokens that the user saves get one.
pub(super) fn a_refresh_keeps_the_id(_: &World, fact: &Fact) -> Option<String> {
    let Fact::Saved { by, before: Some(before), after, .. } = fact else { return None };
    (*by != USER && before.grant_id != after.grant_id)
        .then(|| format!("{by} replaces the grant id {:?} by {:?}", before.grant_id, after.grant_id))
}
