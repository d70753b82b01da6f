//! What people want of a world: calls in bursts, a user who comes and goes, clocks that jump; and in the end one call of
//! each process, when nothing goes wrong any more.

use super::executor::Sim;
use super::fact::Fact;
use super::host::{Host, Refused, Want};
use super::process::{Life, OUTSIDE};
use super::world::World;
use crate::flow::refresh::Outcome;
use crate::manager::record::Record;
use crate::text::time::LONGEST_WAIT;

/// Milliseconds after the last fault in which everything that is under way comes to its end.
const QUIET: u64 = 400_000;

/// And some more, in which every access token comes to its end.
const LONG: u64 = 7_200_000;
/// Tokens that may turn out to be dead in the end: the one in the store, and one that is still to be saved.
const REFUSALS: u8 = 2;

/// Plans everything that does not follow from something else.
pub(super) fn plan(sim: &Sim) {
    let mut world = sim.world();
    let record = world.consent();
    if let Some(record) = record {
        world.save(OUTSIDE, record, None);
    }
    let bursts = world.setting.bursts.clone();
    for at in &bursts {
        for process in 0..world.processes.len() {
            for _ in 0..world.setting.callers {
                let at = at.saturating_add(world.dice.between(0, 3_000));
                let sim = sim.clone();
                world.after(at, move |world| call(world, sim, process));
            }
        }
    }
    let end = bursts.last().copied().unwrap_or(0).saturating_add(5_000);
    if world.setting.faults.clocks {
        for _ in 0..world.dice.between(1, 6) {
            let at = world.dice.between(0, end);
            world.after(at, jump);
        }
    }
    if world.setting.faults.user {
        for _ in 0..world.dice.between(1, 4) {
            let near = world.dice.pick(&bursts).saturating_add(world.dice.between(0, 6_000));
            let sim = sim.clone();
            world.after(near, move |world| act(world, sim));
        }
    }
    let sim = sim.clone();
    world.after(end, move |world| {
        world.calm_down();
        world.begin(OUTSIDE, finish(sim));
    });
}

/// The clock of one process jumps, or those of all, a little or a lot, forwards or backwards.
fn jump(world: &mut World) {
    if world.is_calm {
        return;
    }
    let seconds = world.dice.pick(&[5_u64, 60, 700, 4_000, 90_000, 31_536_000]);
    let ahead = i64::try_from(world.dice.between(1, seconds)).unwrap_or(0);
    let ahead = if world.dice.chance(500) { ahead } else { ahead.saturating_neg() };
    let all = world.dice.chance(300);
    let one = world.dice.between(1, world.setting.processes);
    for (number, process) in (1..).zip(&mut world.processes) {
        if all || number == one {
            process.ahead = ahead;
        }
    }
    world.counts.count("jumps");
    world.note(|_| match all {
        true => format!("every clock is {ahead} s ahead"),
        false => format!("the clock of p{} is {ahead} s ahead", one.saturating_sub(1)),
    });
}

/// A caller wants a token and uses it; where the resource server refuses it, once more, as `TokenManager.fetch` does.
fn call(world: &mut World, sim: Sim, process: usize) {
    let Some(process) = world.processes.get(process).filter(|process| process.runs) else { return };
    let (life, memory) = (process.life, process.memory.clone());
    let id = world.counts.of("calls");
    world.counts.count("calls");
    world.calls.insert((life, id));
    let long = i64::try_from(world.setting.life / 3).unwrap_or(0);
    let min_validity = world.dice.pick(&[0, 0, 0, long]);
    let refusals = world.setting.faults.refusals;
    world.begin(life, async move {
        let host = Host { sim: sim.clone(), life, memory };
        let want = Want { min_validity, ..Want::default() };
        let mut brought = host.token(&want).await;
        if let Ok(record) = &brought {
            let is_refused = {
                let mut world = sim.world();
                (refusals && world.dice.chance(400)) || !world.takes(record)
            };
            if is_refused {
                sim.world().counts.count("tokens refused");
                let refused = record.access_token.expose().to_owned();
                brought = host.token(&Want { refused, ..Want::default() }).await;
            }
        }
        let mut world = sim.world();
        world.calls.remove(&(life, id));
        let name = match brought {
            Ok(_) => "tokens",
            Err(Refused::Store { issued: true }) => "errors of the store, with tokens",
            Err(Refused::Store { issued: false }) => "errors of the store",
            Err(Refused::Contended) => "errors: contended",
            Err(Refused::Reauthorize) => "errors: reauthorization required",
            Err(Refused::Throttled(_)) => "errors: throttled",
            Err(Refused::Request(_)) => "errors of requests",
            Err(Refused::Untyped) => "errors without a type",
        };
        world.counts.count(name);
        world.note(|_| format!("{life} ends a call: {name}"));
    });
}

/// The user does something.
fn act(world: &mut World, sim: Sim) {
    if world.is_calm {
        return;
    }
    match world.dice.between(0, 4) {
        0 => world.revoke_all("the user revokes"),
        1 => {
            world.revoke_all("the user revokes");
            let later = world.dice.between(0, 5_000);
            world.after(later, move |world| world.begin(OUTSIDE, connect(sim)));
        }
        2 => {
            world.begin(OUTSIDE, disconnect(sim.clone()));
            let later = world.dice.between(0, 5_000);
            world.after(later, move |world| world.begin(OUTSIDE, connect(sim)));
        }
        _ => world.begin(OUTSIDE, connect(sim)),
    }
}

/// As `TokenManager.save`, after a consent.
async fn connect(sim: Sim) {
    let host = Host::outside(sim.clone());
    let tokens = {
        let mut world = sim.world();
        if world.is_connecting { None } else { world.consent() }
    };
    let Some(tokens) = tokens else { return };
    sim.world().is_connecting = true;
    loop {
        let Ok(stored) = host.load().await else { continue };
        let current = stored.as_ref().map(|record| record.version);
        let anew = i64::try_from(sim.world().now).unwrap_or(0);
        let version = current.map_or(anew, |version| version.saturating_add(1));
        let record = Record { version, ..tokens.clone() };
        if host.save(record, current, None).await == Ok(true) {
            break;
        }
    }
    sim.world().is_connecting = false;
}

/// As `TokenManager.revoke`, of everything.
async fn disconnect(sim: Sim) {
    sim.world().revoke_all("the user disconnects");
    let sleep = {
        let mut world = sim.world();
        let delay = world.dice.between(10, 3_000);
        world.sleep(delay)
    };
    sleep.await;
    let mut world = sim.world();
    world.record = None;
    world.connected = None;
    world.counts.count("deletions");
    world.note(|_| "the grant is deleted".to_owned());
}

/// When nothing goes wrong any more: every call has ended, and the next one brings a token wherever there is one.
async fn finish(sim: Sim) {
    let quiet = {
        let mut world = sim.world();
        let longer = world.dice.pick(&[0, LONG]);
        world.sleep(QUIET.saturating_add(longer))
    };
    quiet.await;
    let order: Vec<(Life, _)> = {
        let mut world = sim.world();
        let hanging = world.calls.len();
        if hanging > 0 {
            world.facts.push(Fact::Hanging(hanging));
        }
        let mut order: Vec<_> =
            world.processes.iter().map(|process| (process.life, process.memory.clone())).collect();
        if world.dice.chance(500) {
            order.reverse();
        }
        order
    };
    for (life, memory) in order {
        let host = Host { sim: sim.clone(), life, memory };
        let reachable = sim.world().is_reachable(life);
        let outcome = last_call(&host).await;
        let mut world = sim.world();
        world.note(|_| format!("{life} makes the last call: {outcome:?}"));
        world.facts.push(Fact::Last { life, reachable, outcome });
    }
}

/// Whether the token that it brings works, or why there is none.
async fn last_call(host: &Host) -> Result<bool, String> {
    let mut want = Want::default();
    let mut refusals = 0_u8;
    for _ in 0..8 {
        match host.token(&want).await {
            Ok(record) => {
                let takes = host.sim.world().takes(&record);
                refusals = refusals.saturating_add(1);
                if takes || refusals > REFUSALS {
                    return Ok(takes);
                }
                want.refused = record.access_token.expose().to_owned();
            }
            Err(Refused::Throttled(seconds)) if seconds > i64::from(LONGEST_WAIT) => {
                return Err(format!("told to wait {seconds} s"));
            }
            Err(Refused::Throttled(seconds) | Refused::Request(Outcome::Throttled(seconds))) => {
                let milliseconds = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
                let wait = host.sim.world().sleep(milliseconds);
                wait.await;
            }
            Err(refused) => return Err(format!("{refused:?}")),
        }
    }
    Err("told to wait again and again".to_owned())
}

impl World {
    fn consent(&mut self) -> Option<Record> {
        let now = self.seconds();
        let tokens = self.server.connect(now)?;
        self.counts.count("consents");
        self.note(|world| {
            format!("the user consents: {}", world.server.ledger.name(tokens.refresh_token.expose()))
        });
        let version = i64::try_from(self.now).unwrap_or(0);
        Some(Record { version, ..tokens })
    }

    fn revoke_all(&mut self, why: &'static str) {
        self.server.revoke_all();
        self.counts.count(why);
        self.note(|_| why.to_owned());
    }

    fn takes(&self, record: &Record) -> bool {
        self.server.takes(record.access_token.expose(), self.seconds())
    }

    /// No more faults: clocks are right, and every process runs.
    fn calm_down(&mut self) {
        self.is_calm = true;
        for process in &mut self.processes {
            process.ahead = 0;
        }
        for process in 0..self.processes.len() {
            self.restart(process);
        }
        self.note(|_| "all faults are over".to_owned());
    }

    /// Whether the server takes the refresh token that this process finds in the store, or has to save there.
    fn is_reachable(&self, life: Life) -> bool {
        let Some(record) = &self.record else { return false };
        let stored = record.refresh_token.expose();
        let kept = self.unsaved.get(&life).filter(|(sent, _)| sent == stored);
        self.server.is_alive(kept.map_or(stored, |(_, kept)| kept))
    }
}
