//! The host of the machines in one process: its memory, its clock, and what it hands out.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::call::CallOptions;
use super::fact::Fact;
use super::memory::Memory;
use super::mutation::Mutation;
use super::process::{Instance, USER};
use super::record::StoredRecord;
use super::world::Sim;
use crate::manager::plan::Wish;
use crate::text::time::UnixTime;

/// The `TokenManager` of one process.
#[derive(Clone)]
pub(super) struct Host {
    pub(super) sim: Sim,
    pub(super) instance: Instance,
    pub(super) memory: Rc<RefCell<Memory>>,
}

impl Host {
    /// That of the user, who consents.
    pub(super) fn user(sim: Sim) -> Self {
        Self { sim, instance: USER, memory: Rc::new(RefCell::new(Memory::new(0.0))) }
    }

    /// What decisions read of the caller's options.
    pub(super) fn wish(&self, options: &CallOptions) -> Wish {
        let world = self.sim.world();
        let leeway = if world.has(Mutation::AlwaysRefresh) { u64::MAX } else { world.settings.leeway };
        let jitter = self.memory.borrow().jitter;
        Wish { leeway: Duration::from_secs(leeway), jitter, min_validity: options.min_validity }
    }

    /// Reports that a caller got the record's access token.
    pub(super) fn hand_out(&self, record: &StoredRecord, options: &CallOptions, despite_rejection: bool) {
        let fact = Fact::HandedOut {
            instance: self.instance,
            access_token: record.access_token().to_owned(),
            rejected: options.rejected.clone(),
            min_validity: if options.is_alarm { Duration::ZERO } else { options.min_validity },
            despite_rejection,
        };
        self.sim.world().facts.push(fact);
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.sim.world().has(mutation)
    }

    pub(super) fn is_vault(&self) -> bool {
        self.sim.world().settings.vault
    }

    /// What the clock of the process shows.
    pub(super) fn now(&self) -> UnixTime {
        self.sim.world().clock(self.instance)
    }
}
