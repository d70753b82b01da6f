//! Waiting for the store's lock, renewing it and releasing it.

use super::call::CallError;
use super::host::Host;
use super::lock::Taken;
use super::process::Instance;
use super::world::World;

/// Milliseconds for which a caller waits for the lock.
const PATIENCE: u64 = 120_000;
const LONGEST_SLEEP: u64 = 4_000;

impl Host {
    /// Waits for the lock.
    pub(super) async fn acquire(&self, lease: u64) -> Result<u64, CallError> {
        let instance = self.instance;
        let end = self.sim.world().now.saturating_add(PATIENCE);
        let mut longest = 50;
        loop {
            let attempt = {
                let mut world = self.sim.world();
                let fault = world.store_fault(instance);
                let delays = world.store_delays();
                world.ask(instance, delays, move |world| {
                    if fault.before {
                        return Err(CallError::Store { issued: false });
                    }
                    let taken = world.lock.take(world.now, lease);
                    if let Some((fence, from)) = taken {
                        world.count_lock(instance, fence, from);
                    }
                    if fault.after { Err(CallError::Store { issued: false }) } else { Ok(taken) }
                })
            };
            if let Some((fence, _)) = attempt.await? {
                let mut world = self.sim.world();
                world.lock.begin(fence, instance);
                world.renew_later(instance, fence, lease);
                return Ok(fence);
            }
            let sleep = {
                let mut world = self.sim.world();
                if world.now >= end {
                    return Err(CallError::Store { issued: false });
                }
                let time = world.rng.between(longest / 2, longest);
                world.sleep(time)
            };
            sleep.await;
            longest = LONGEST_SLEEP.min(longest.saturating_mul(2));
        }
    }

    /// Releases the lock. If the store fails, the lease ends by itself.
    pub(super) async fn release(&self, fence: u64) {
        let released = {
            let mut world = self.sim.world();
            world.lock.end(fence);
            let instance = self.instance;
            let fault = world.store_fault(instance);
            let delays = world.store_delays();
            world.ask(instance, delays, move |world| {
                if !fault.before {
                    world.lock.release(fence);
                    world.note(|_| format!("{instance} releases lock {fence}"));
                }
            })
        };
        released.await;
    }
}

impl World {
    fn count_lock(&mut self, instance: Instance, fence: u64, from: Taken) {
        let (count, taken) = match from {
            Taken::Free => ("locks", "takes"),
            Taken::FromRunning => ("locks taken from a running process", "takes from a running process"),
            Taken::FromCrashed => ("locks taken from a crashed process", "takes from a crashed process"),
        };
        self.counts.count(count);
        self.note(|_| format!("{instance} {taken} lock {fence}"));
    }

    /// A third of the lease later, unless the holder's work is done, or it crashed or pauses.
    fn renew_later(&mut self, instance: Instance, fence: u64, lease: u64) {
        let delay = (lease / 3).max(self.paused_until(instance).saturating_sub(self.now));
        self.after(delay, move |world| {
            let works = world.is_running(instance) && world.lock.is_working(fence);
            if works && (world.paused_until(instance) > 0 || world.lock.renew(fence, world.now, lease)) {
                world.renew_later(instance, fence, lease);
            }
        });
    }
}
