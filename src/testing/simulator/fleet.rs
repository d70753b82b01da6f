//! The processes of several releases that share a record, and of what kinds a world is.

use super::mutation::Mutation;
use super::process::Instance;
use super::record::StoredRecord;
use super::release::Release;
use super::settings::Kind;
use super::world::World;

impl World {
    /// The release of an instance; of the user, that of the process at which the user connects.
    pub(super) fn release(&self, instance: Instance) -> Release {
        self.processes.get(instance.process).map_or(self.connecting_at, |process| process.release)
    }

    /// Counts the kinds of server, of store and of processes.
    pub(super) fn count_kinds(&mut self) {
        let mut releases = self.processes.iter().map(|process| process.release);
        let first = releases.next();
        let has_several_releases = releases.any(|other| Some(other) != first);
        let settings = &self.settings;
        let (rotates, rotation) = (settings.kind == Kind::Rotating, settings.rotation);
        let kinds = [
            ("worlds", true),
            ("worlds: a fleet of several versions", has_several_releases),
            ("worlds: several managers in a process", settings.managers > 1),
            ("worlds: a vault", settings.vault),
            ("worlds: a store without a lock", settings.locking.is_none()),
            ("worlds: a server that does not rotate", !rotates),
            ("worlds: a server that rotates", rotates),
            ("worlds: a server with a grace period", rotates && rotation.grace > 0),
            ("worlds: a server that does not detect reuse", rotates && !rotation.detects_reuse),
            ("worlds: a server whose refresh tokens expire", rotates && rotation.expires_after.is_some()),
            ("worlds: a server that revokes no grant by a used token", rotates && !rotation.revokes_family),
        ];
        for (name, _) in kinds.iter().filter(|(_, is_so)| *is_so) {
            self.counts.count(name);
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
            let same = stored.filter(|stored| stored.refresh_token() == record.refresh_token());
            let kept = same.and_then(|stored| stored.grant_id);
            record.grant_id = kept.or_else(|| Some(self.draw_grant_id()));
        }
        release.mark(record);
    }
}
