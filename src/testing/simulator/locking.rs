//! Waiting for the store's lock, renewing it and releasing it.

use super::call::CallError;
use super::host::Host;
use super::lock::Taken;
use super::network::DEADLINE;
use super::process::Instance;
use super::world::World;

/// Milliseconds for which a caller waits for the lock.
const PATIENCE: u64 = 120_000;
/// Milliseconds for which a caller waits for the store to take the lock back.
const RELEASE: u64 = 30_000;
/// Milliseconds after which a lock is given back although its flow goes on: `LOCK_MARGIN` after the deadline of a request.
const LONGEST_HOLD: u64 = DEADLINE.saturating_add(45_000);
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
                let left = end.saturating_sub(world.now).max(1);
                world.call_store(instance, left, move |world| {
                    let taken = world.lock.take(world.now, lease);
                    if let Some((fence, from)) = taken {
                        world.count_lock(instance, fence, from);
                    }
                    Ok(taken)
                })
            };
            if let Some((fence, _)) = attempt.await? {
                let mut world = self.sim.world();
                world.lock.begin(fence, instance);
                world.renew_later(instance, fence, lease);
                world.give_up_later(instance, fence);
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
            world.call_store(instance, RELEASE, move |world| {
                world.lock.release(fence);
                world.note(|_| format!("{instance} releases lock {fence}"));
                Ok(())
            })
        };
        let _ = released.await;
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
            let waits = world.paused_until(instance) > 0 || world.is_store_down();
            if works && (waits || world.lock.renew(fence, world.now, lease)) {
                world.renew_later(instance, fence, lease);
            }
        });
    }

    /// A lock that is kept for ever would keep all other processes out. A vault has one instance, and no other process.
    fn give_up_later(&mut self, instance: Instance, fence: u64) {
        if self.settings.vault {
            return;
        }
        self.after(LONGEST_HOLD, move |world| {
            if world.is_running(instance) && world.lock.is_working(fence) {
                world.counts.count("locks given up by a flow that goes on");
                world.note(|_| format!("{instance} gives up lock {fence}"));
                world.lock.give_up(fence);
            }
        });
    }
}
