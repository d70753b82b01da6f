//! The processes of several releases that share a record.

use super::mutation::Mutation;
use super::process::Instance;
use super::record::StoredRecord;
use super::release::Release;
use super::world::World;

impl World {
    /// The release of an instance; of the user, that of the process at which the user connects.
    pub(super) fn release(&self, instance: Instance) -> Release {
        self.processes.get(instance.process).map_or(self.connecting_at, |process| process.release)
    }

    pub(super) fn count_releases(&mut self) {
        let mut releases = self.processes.iter().map(|process| process.release);
        let first = releases.next();
        if releases.any(|other| Some(other) != first) {
            self.counts.count("fleets of several versions");
        }
    }

    /// The user connects at one of the processes.
    pub(super) fn pick_release(&mut self) {
        let releases: Vec<Release> = self.processes.iter().map(|process| process.release).collect();
        self.connecting_at = self.rng.pick(&releases);
    }

    /// The number of a write.
    pub(super) fn draw_write(&mut self) -> u64 {
        self.events = self.events.saturating_add(1);
        self.events
    }

    /// A grant id that no grant has.
    pub(super) fn draw_grant_id(&mut self) -> u64 {
        self.grant_ids = self.grant_ids.saturating_add(1);
        self.grant_ids
    }

    /// Whether an instance reads a record.
    pub(super) fn reads(&self, instance: Instance, record: &StoredRecord) -> bool {
        self.has(Mutation::IgnoreFormat) || self.release(instance).reads(record.format)
    }

    /// What a save of new tokens writes in place of a stored record, beside the tokens and the version.
    pub(super) fn replace(&mut self, by: Instance, stored: Option<&StoredRecord>, record: &mut StoredRecord) {
        let release = self.release(by);
        if release.keeps_members() && !self.has(Mutation::DropMembers) {
            record.format = stored.and_then(|stored| stored.format);
            record.has_later_member = stored.is_some_and(|stored| stored.has_later_member);
        }
        if release != Release::Oldest {
            record.grant_id = Some(self.draw_grant_id());
        }
        release.mark(record);
    }
}
