//! A store's lock: a lease that is renewed while its holder lives, and a fencing token that counts its holders.

use std::collections::{BTreeMap, BTreeSet};

use super::host::{Host, Refused};
use super::process::Life;
use super::world::World;

/// The lock as its server has it.
#[derive(Default)]
pub(super) struct Lock {
    fence: u64,
    held: Option<Held>,
    /// Who works under a lock, or believes so.
    working: BTreeMap<u64, Life>,
    /// Locks that were taken from a holder who was alive.
    broken: BTreeSet<u64>,
}

#[derive(Clone, Copy)]
struct Held {
    fence: u64,
    /// In milliseconds.
    until: u64,
}

impl Lock {
    fn take(&mut self, now: u64, lease: u64) -> Option<u64> {
        match self.held {
            Some(held) if held.until > now => return None,
            Some(held) if self.working.contains_key(&held.fence) => {
                self.broken.insert(held.fence);
            }
            _ => {}
        }
        self.fence = self.fence.saturating_add(1);
        self.held = Some(Held { fence: self.fence, until: now.saturating_add(lease) });
        Some(self.fence)
    }

    /// The holder hears that it has it; if that took longer than the lease, another may have it by now.
    fn begin(&mut self, fence: u64, life: Life) {
        self.working.insert(fence, life);
        if self.is_outdated(Some(fence)) {
            self.broken.insert(fence);
        }
    }

    fn renew(&mut self, fence: u64, now: u64, lease: u64) -> bool {
        let held = self.held.as_mut().filter(|held| held.fence == fence);
        held.is_some_and(|held| {
            held.until = now.saturating_add(lease);
            true
        })
    }

    fn release(&mut self, fence: u64) {
        self.held = self.held.filter(|held| held.fence != fence);
    }

    /// Whether it was taken over while its holder was alive.
    pub(super) fn is_broken(&self, fence: Option<u64>) -> bool {
        fence.is_some_and(|fence| self.broken.contains(&fence))
    }

    /// Whether another holds it by now.
    pub(super) fn is_outdated(&self, fence: Option<u64>) -> bool {
        fence.is_some_and(|fence| fence != self.fence)
    }

    pub(super) fn died(&mut self, life: Life) {
        self.working.retain(|_, worker| *worker != life);
    }
}

/// Milliseconds for which a caller waits for a lock.
const PATIENCE: u64 = 120_000;
const LONGEST_PAUSE: u64 = 4_000;

impl Host {
    /// Waits for the lock.
    pub(super) async fn acquire(&self, lease: u64) -> Result<u64, Refused> {
        let life = self.life;
        let end = self.sim.world().now.saturating_add(PATIENCE);
        let mut pause = 50;
        loop {
            let attempt = {
                let mut world = self.sim.world();
                let fault = world.store_fault(life);
                let delays = world.store_delays();
                world.ask(life, delays, move |world| {
                    if fault.before {
                        return Err(Refused::Store { issued: false });
                    }
                    let now = world.now;
                    let stale = world.lock.held.map(|held| held.fence);
                    let fence = world.lock.take(now, lease);
                    if let Some(fence) = fence {
                        world.took_over(life, fence, stale);
                    }
                    if fault.after { Err(Refused::Store { issued: false }) } else { Ok(fence) }
                })
            };
            if let Some(fence) = attempt.await? {
                let mut world = self.sim.world();
                world.lock.begin(fence, life);
                world.renew_later(life, fence, lease);
                return Ok(fence);
            }
            let sleep = {
                let mut world = self.sim.world();
                if world.now >= end {
                    return Err(Refused::Store { issued: false });
                }
                let share = world.dice.between(pause / 2, pause);
                world.sleep(share)
            };
            sleep.await;
            pause = LONGEST_PAUSE.min(pause.saturating_mul(2));
        }
    }

    /// Gives the lock back; one that cannot be given back runs out.
    pub(super) async fn release(&self, fence: u64) {
        let given_back = {
            let mut world = self.sim.world();
            world.lock.working.remove(&fence);
            let life = self.life;
            let fault = world.store_fault(life);
            let delays = world.store_delays();
            world.ask(life, delays, move |world| {
                if !fault.before {
                    world.lock.release(fence);
                    world.note(|_| format!("{life} unlocks {fence}"));
                }
            })
        };
        given_back.await;
    }
}

impl World {
    fn took_over(&mut self, life: Life, fence: u64, stale: Option<u64>) {
        let how = match stale {
            None => "locks",
            Some(stale) if self.lock.broken.contains(&stale) => "takes from the living",
            Some(_) => "takes from the dead",
        };
        self.counts.count(how);
        self.note(|_| format!("{life} {how} {fence}"));
    }

    /// A third of the lease later, unless the holder is done, dead or standing still.
    fn renew_later(&mut self, life: Life, fence: u64, lease: u64) {
        let delay = (lease / 3).max(self.paused_until(life).saturating_sub(self.now));
        self.after(delay, move |world| {
            let works = world.is_alive(life) && world.lock.working.contains_key(&fence);
            if works && (world.paused_until(life) > 0 || world.lock.renew(fence, world.now, lease)) {
                world.renew_later(life, fence, lease);
            }
        });
    }
}
