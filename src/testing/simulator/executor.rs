//! Runs tasks, one event at a time, and lets processes die or stand still wherever they wait.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::process::{Life, OUTSIDE};
use super::world::{Event, Task, TaskId, World};

/// The world as tasks have it.
#[derive(Clone)]
pub(super) struct Sim(Rc<RefCell<World>>);

impl Sim {
    pub(super) fn new(world: World) -> Self {
        Self(Rc::new(RefCell::new(world)))
    }

    /// The world; not to be held while waiting.
    pub(super) fn world(&self) -> RefMut<'_, World> {
        self.0.borrow_mut()
    }
}

/// All tasks that wait.
pub(super) struct Executor {
    sim: Sim,
    tasks: BTreeMap<TaskId, (Life, Task)>,
    begun: TaskId,
}

impl Executor {
    pub(super) fn new(sim: Sim) -> Self {
        Self { sim, tasks: BTreeMap::new(), begun: 0 }
    }

    fn begin(&mut self, life: Life, task: Task) {
        self.begun = self.begun.saturating_add(1);
        self.tasks.insert(self.begun, (life, task));
        self.sim.world().schedule(0, Event::Wake(self.begun));
    }

    /// Takes one step; false where nothing is left to happen.
    pub(super) fn step(&mut self) -> bool {
        let event = self.sim.world().next_event();
        match event {
            None => return false,
            Some(Event::Effect(_, effect)) => effect(&mut self.sim.world()),
            Some(Event::Wake(task)) => self.wake(task),
        }
        let begun = std::mem::take(&mut self.sim.world().begun);
        for (life, task) in begun {
            if self.sim.world().is_alive(life) {
                self.begin(life, task);
            }
        }
        true
    }

    fn wake(&mut self, id: TaskId) {
        let Some((life, mut task)) = self.tasks.remove(&id) else { return };
        let may_go_on = self.sim.world().may_go_on(life, id);
        if !may_go_on {
            self.tasks.insert(id, (life, task));
            return self.bury();
        }
        self.sim.world().current = id;
        let poll = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if poll == Poll::Pending {
            self.tasks.insert(id, (life, task));
        }
        let dies = self.sim.world().chance_to_die(life);
        if dies {
            self.sim.world().crash(life);
            self.bury();
        }
    }

    /// Forgets the tasks of the dead.
    fn bury(&mut self) {
        let sim = self.sim.clone();
        let gone: Vec<_> = {
            let world = sim.world();
            self.tasks.iter().filter(|(_, (life, _))| !world.is_alive(*life)).map(|(id, _)| *id).collect()
        };
        for id in gone {
            self.tasks.remove(&id);
        }
    }
}

impl World {
    /// Whether a task that was woken runs now: its process may die first, or stand still.
    fn may_go_on(&mut self, life: Life, task: TaskId) -> bool {
        if self.chance_to_die(life) {
            self.crash(life);
            return false;
        }
        let may_pause = life != OUTSIDE && self.setting.faults.pauses && !self.is_calm;
        if may_pause && self.paused_until(life) == 0 && self.dice.chance(15) {
            let until = self.now.saturating_add(self.dice.between(1_000, 60_000));
            if let Some(process) = self.processes.get_mut(life.process) {
                process.paused_until = until;
            }
            self.counts.count("pauses");
            self.note(|world| format!("{life} stands still for {} ms", until.saturating_sub(world.now)));
        }
        let rest = self.paused_until(life).saturating_sub(self.now);
        if rest > 0 {
            self.schedule(rest, Event::Wake(task));
        }
        rest == 0
    }

    fn chance_to_die(&mut self, life: Life) -> bool {
        life != OUTSIDE && self.setting.faults.crashes && !self.is_calm && self.dice.chance(6)
    }
}
