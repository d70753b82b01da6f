//! What is asked of a world: calls in bursts, a user who connects and revokes, clocks that jump; and in the end one call
//! of each manager after all faults.

use std::rc::Rc;
use std::time::Duration;

use super::call::{CallError, CallOptions};
use super::fact::Fact;
use super::host::Host;
use super::network::milliseconds;
use super::process::{Instance, Process, USER};
use super::record::StoredRecord;
use super::user::{act, save_error};
use super::world::{Sim, World};
use crate::flow::refresh::Outcome;
use crate::text::time::MAX_WAIT;

/// Milliseconds after the last fault in which everything that is under way ends.
const QUIET: u64 = 400_000;
/// Milliseconds in which every access token expires.
const LONG: u64 = 7_200_000;
/// Access tokens that may turn out to be invalid in the end: the stored one, and one that is still to be saved.
const REJECTIONS: u8 = 2;

/// Plans everything that does not follow from something else.
pub(super) fn plan(sim: &Sim) {
    let record = sim.world().consent();
    if let Some(mut record) = record {
        sim.world().pick_release();
        sim.world().replace(USER, None, &mut record);
        sim.world().save(USER, record.clone(), (None, None), 0);
        if sim.world().settings.vault {
            Host::user(sim.clone()).schedule(Some(&record), None);
        }
    }
    let mut world = sim.world();
    let bursts = world.settings.bursts.clone();
    for at in &bursts {
        for process in 0..world.processes.len() {
            for _ in 0..world.settings.callers {
                let at = at.saturating_add(world.rng.between(0, 3_000));
                let sim = sim.clone();
                world.after(at, move |world| call(world, sim, process));
            }
        }
    }
    world.plan_trouble(&bursts);
    let end = bursts.last().copied().unwrap_or(0).saturating_add(5_000);
    if world.settings.faults.clocks {
        for _ in 0..world.rng.between(1, 6) {
            let at = world.rng.between(0, end);
            world.after(at, jump);
        }
    }
    if world.settings.faults.user {
        for _ in 0..world.rng.between(1, 4) {
            let near = world.rng.pick(&bursts).saturating_add(world.rng.between(0, 6_000));
            let sim = sim.clone();
            world.after(near, move |world| act(world, sim));
        }
    }
    if world.settings.faults.evictions {
        for _ in 0..world.rng.between(1, 4) {
            let at = world.rng.pick(&bursts).saturating_add(world.rng.between(0, 60_000));
            world.after(at, World::evict);
        }
    }
    let sim = sim.clone();
    world.after(end, move |world| {
        world.end_faults();
        world.spawn(USER, finish(sim));
    });
}

/// The clock of one process jumps, or those of all, a little or a lot, forwards or backwards.
fn jump(world: &mut World) {
    if world.faults_are_over {
        return;
    }
    let seconds = world.rng.pick(&[5_u64, 60, 700, 4_000, 90_000, 31_536_000]);
    let ahead = i64::try_from(world.rng.between(1, seconds)).unwrap_or(0);
    let ahead = if world.rng.chance(500) { ahead } else { ahead.saturating_neg() };
    let all = world.rng.chance(300);
    let one = world.rng.between(1, world.settings.processes);
    for (number, process) in (1..).zip(&mut world.processes) {
        if all || number == one {
            process.ahead = ahead;
        }
    }
    world.counts.count("clock jumps");
    world.note(|_| match all {
        true => format!("every clock is {ahead} s ahead"),
        false => format!("the clock of p{} is {ahead} s ahead", one.saturating_sub(1)),
    });
}

/// A caller gets a token and uses it. If the resource server rejects it, the caller gets another one, as
/// `TokenManager.fetch` does.
fn call(world: &mut World, sim: Sim, process: usize) {
    let process = world.processes.get(process).filter(|process| process.runs);
    let Some((instance, memory)) = process.and_then(|process| process.pick_manager(&mut world.rng)) else {
        return;
    };
    world.counts.count("calls");
    let call = world.begin_call(instance);
    let long = world.settings.lifetime / 3;
    let min_validity = Duration::from_secs(world.rng.pick(&[0, 0, 0, long]));
    let rejections = world.settings.faults.rejections;
    world.spawn(instance, async move {
        let host = Host { sim: sim.clone(), instance, memory };
        let options = CallOptions { min_validity, ..CallOptions::default() };
        let mut result = host.token(&options).await;
        if let Ok(record) = &result {
            let is_rejected = {
                let mut world = sim.world();
                (rejections && world.rng.chance(400)) || !world.accepts(record)
            };
            if is_rejected {
                sim.world().counts.count("access tokens rejected");
                let rejected = record.access_token().to_owned();
                result = host.token(&CallOptions { rejected, ..CallOptions::default() }).await;
            }
        }
        if matches!(result, Err(CallError::Store { issued: true })) && sim.world().settings.saves_errors {
            save_error(&host).await;
        }
        let mut world = sim.world();
        world.end_call(instance, call);
        let name = match result {
            Ok(_) => "tokens",
            Err(CallError::Store { issued: true }) => "errors: store, with tokens",
            Err(CallError::Store { issued: false }) => "errors: store",
            Err(CallError::Newer) => "errors: store, newer format",
            Err(CallError::Conflict) => "errors: conflict",
            Err(CallError::Reauthorize) => "errors: reauthorization required",
            Err(CallError::Throttled(_)) => "errors: throttled",
            Err(CallError::Request(_)) => "errors: request",
            Err(CallError::Untyped) => "errors: untyped",
        };
        world.counts.count(name);
        world.note(|_| format!("{instance} ends a call: {name}"));
    });
}

/// After all faults: every call has ended, and the next one returns a token wherever the grant is valid.
async fn finish(sim: Sim) {
    let quiet = {
        let mut world = sim.world();
        let longer = world.rng.pick(&[0, LONG]);
        world.sleep(QUIET.saturating_add(longer))
    };
    quiet.await;
    let order: Vec<(Instance, _)> = {
        let mut world = sim.world();
        let hanging = world.hanging_calls();
        if hanging > 0 {
            world.facts.push(Fact::Hanging(hanging));
        }
        let managers = world.processes.iter().flat_map(Process::managers);
        let mut order: Vec<_> = managers.map(|(instance, memory)| (instance, Rc::clone(memory))).collect();
        if world.rng.chance(500) {
            order.reverse();
        }
        order
    };
    for (instance, memory) in order {
        let host = Host { sim: sim.clone(), instance, memory };
        let reachable = sim.world().is_reachable(instance);
        let result = last_call(&host).await;
        let mut world = sim.world();
        world.note(|_| format!("{instance} makes the last call: {result:?}"));
        // A call that has to wait may find that its refresh token has expired.
        let stored = world.record.as_ref().map(|record| record.refresh_token());
        let has_expired = stored.is_some_and(|stored| world.server.has_expired(stored));
        if has_expired {
            world.counts.count("refresh tokens expired");
        }
        let reachable = reachable && !has_expired;
        world.facts.push(Fact::Last { instance, reachable, result });
    }
}

/// Whether the token that it returns works, or why there is none.
async fn last_call(host: &Host) -> Result<bool, String> {
    let mut options = CallOptions::default();
    let mut rejections = 0_u8;
    for _ in 0..8 {
        match host.token(&options).await {
            Ok(record) => {
                let accepts = host.sim.world().accepts(&record);
                rejections = rejections.saturating_add(1);
                if accepts || rejections > REJECTIONS {
                    return Ok(accepts);
                }
                options.rejected = record.access_token().to_owned();
            }
            Err(CallError::Throttled(wait)) if wait > MAX_WAIT => {
                return Err(format!("it has to wait {} s", wait.as_secs()));
            }
            Err(error) => {
                let wait = match error {
                    CallError::Throttled(wait) => wait,
                    CallError::Request(error) => match error.outcome {
                        Outcome::Throttled(wait) => wait,
                        _ => return Err(error.code.to_owned()),
                    },
                    _ => return Err(error.code().to_owned()),
                };
                let sleep = host.sim.world().sleep(milliseconds(wait));
                sleep.await;
            }
        }
    }
    Err("it has to wait again and again".to_owned())
}

impl World {
    fn accepts(&self, record: &StoredRecord) -> bool {
        self.server.accepts(record.access_token(), self.seconds())
    }

    /// From now on clocks are right, every process runs, and no alarm rings.
    fn end_faults(&mut self) {
        self.faults_are_over = true;
        for process in &mut self.processes {
            process.ahead = 0;
        }
        for process in 0..self.processes.len() {
            self.restart(process);
        }
        // Alarms would go on for ever.
        self.alarms_are_over = true;
        self.alarm = None;
        self.note(|_| "all faults are over".to_owned());
    }

    /// Whether this process reads the stored record, and the server accepts the refresh token that it finds there, or has
    /// to save there.
    fn is_reachable(&self, instance: Instance) -> bool {
        let Some(record) = self.record.as_ref().filter(|record| self.reads(instance, record)) else {
            return false;
        };
        let stored = record.refresh_token();
        let unsaved = self.unsaved.get(&instance).filter(|(sent, _)| sent == stored);
        self.server.is_valid(unsaved.map_or(stored, |(_, issued)| issued))
    }
}
