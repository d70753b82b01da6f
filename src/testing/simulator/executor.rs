//! Runs tasks, one event at a time. A process may crash or pause wherever it waits.

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use super::process::{Instance, USER};
use super::promise::TaskId;
use super::world::{Event, Sim, Task, World};

/// All tasks that wait.
pub(super) struct Executor {
    sim: Sim,
    tasks: BTreeMap<TaskId, (Instance, Task)>,
    latest: TaskId,
}

impl Executor {
    pub(super) fn new(sim: Sim) -> Self {
        Self { sim, tasks: BTreeMap::new(), latest: 0 }
    }

    fn start(&mut self, instance: Instance, task: Task) {
        self.latest = self.latest.saturating_add(1);
        self.tasks.insert(self.latest, (instance, task));
        self.sim.world().schedule(0, Event::Wake(self.latest));
    }

    /// Takes one step; false if nothing is left to happen.
    pub(super) fn step(&mut self) -> bool {
        let event = self.sim.world().next_event();
        match event {
            None => return false,
            Some(Event::Change(_, change)) => change(&mut self.sim.world()),
            Some(Event::Wake(task)) => self.wake(task),
        }
        let spawned = std::mem::take(&mut self.sim.world().spawned);
        for (instance, task) in spawned {
            if self.sim.world().is_running(instance) {
                self.start(instance, task);
            }
        }
        true
    }

    fn wake(&mut self, id: TaskId) {
        let Some((instance, mut task)) = self.tasks.remove(&id) else { return };
        let may_go_on = self.sim.world().may_go_on(instance, id);
        if !may_go_on {
            self.tasks.insert(id, (instance, task));
            return self.drop_crashed();
        }
        self.sim.world().current = id;
        let poll = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if poll == Poll::Pending {
            self.tasks.insert(id, (instance, task));
        }
        let crashes = self.sim.world().draw_crash(instance);
        if crashes {
            self.sim.world().crash(instance);
            self.drop_crashed();
        }
    }

    /// Drops the tasks of crashed instances.
    fn drop_crashed(&mut self) {
        let sim = self.sim.clone();
        let gone: Vec<_> = {
            let world = sim.world();
            let crashed = self.tasks.iter().filter(|(_, (instance, _))| !world.is_running(*instance));
            crashed.map(|(id, _)| *id).collect()
        };
        for id in gone {
            self.tasks.remove(&id);
        }
    }
}

impl World {
    /// Whether a task that was woken runs now: its process may crash first, or pause.
    fn may_go_on(&mut self, instance: Instance, task: TaskId) -> bool {
        if self.draw_crash(instance) {
            self.crash(instance);
            return false;
        }
        let may_pause = instance != USER && self.settings.faults.pauses && !self.faults_are_over;
        if may_pause && self.paused_until(instance) == 0 && self.rng.chance(15) {
            let until = self.now.saturating_add(self.rng.between(1_000, 60_000));
            if let Some(process) = self.processes.get_mut(instance.process) {
                process.paused_until = until;
            }
            self.counts.count("pauses of processes");
            self.note(|world| format!("{instance} pauses for {} ms", until.saturating_sub(world.now)));
        }
        let rest = self.paused_until(instance).saturating_sub(self.now);
        if rest > 0 {
            self.schedule(rest, Event::Wake(task));
        }
        rest == 0
    }

    fn draw_crash(&mut self, instance: Instance) -> bool {
        instance != USER && self.settings.faults.crashes && !self.faults_are_over && self.rng.chance(6)
    }
}
