//! The user, who consents, revokes and disconnects, and the application, which saves tokens.

use super::call::{CallError, CallOptions};
use super::host::Host;
use super::mutation::Mutation;
use super::process::USER;
use super::record::StoredRecord;
use super::world::{Sim, World};
use crate::manager::policy::{self, Replacement};

/// The user does something.
pub(super) fn act(world: &mut World, sim: Sim) {
    if world.faults_are_over {
        return;
    }
    match world.rng.between(0, 5) {
        0 => world.revoke_all(),
        1 => {
            world.revoke_all();
            connect_later(world, sim);
        }
        2 | 3 => {
            if let Some(host) = pick_host(world, &sim) {
                disconnect(world, host);
            }
            if world.rng.chance(700) {
                world.counts.count("revocations that race a refresh");
                let later = world.rng.between(0, 200);
                let sim = sim.clone();
                world.after(later, move |world| refresh(world, &sim));
            }
            connect_later(world, sim);
        }
        _ => world.spawn(USER, connect(sim)),
    }
}

/// A manager of a process that runs, if the drawn one does.
fn pick_host(world: &mut World, sim: &Sim) -> Option<Host> {
    let process = world.rng.between(1, world.settings.processes).saturating_sub(1);
    let process = world.processes.get(usize::try_from(process).unwrap_or(0));
    let process = process.filter(|process| process.runs)?;
    let (instance, memory) = process.pick_manager(&mut world.rng)?;
    Some(Host { sim: sim.clone(), instance, memory })
}

/// A caller reports the stored access token as rejected, so that a process refreshes.
fn refresh(world: &mut World, sim: &Sim) {
    let Some(host) = pick_host(world, sim) else { return };
    let Some(record) = world.record.clone() else { return };
    let call = world.begin_call(host.instance);
    world.spawn(host.instance, async move {
        let rejected = record.access_token().to_owned();
        drop(host.token(&CallOptions { rejected, ..CallOptions::default() }).await);
        host.sim.world().end_call(host.instance, call);
    });
}

fn connect_later(world: &mut World, sim: Sim) {
    let later = world.rng.between(0, 5_000);
    world.after(later, move |world| world.spawn(USER, connect(sim)));
}

/// `TokenManager.save` after a consent, in a vault under its lock.
async fn connect(sim: Sim) {
    let host = Host::user(sim.clone());
    let tokens = {
        let mut world = sim.world();
        if world.is_connecting { None } else { world.consent() }
    };
    let Some(tokens) = tokens else { return };
    sim.world().is_connecting = true;
    sim.world().pick_release();
    let is_vault = host.is_vault();
    let locking = sim.world().settings.locking.filter(|_| is_vault);
    loop {
        let Some(locking) = locking else {
            // To save into a record of a newer format, the application has to be updated first.
            if matches!(save(&host, &tokens, None).await, Ok(true) | Err(CallError::Newer)) {
                break;
            }
            pause(&host).await;
            continue;
        };
        if let Ok(fence) = host.acquire(locking.lease).await {
            let saved = save(&host, &tokens, Some(fence)).await;
            host.release(fence).await;
            if matches!(saved, Ok(true) | Err(CallError::Newer)) {
                break;
            }
        }
        pause(&host).await;
    }
    sim.world().is_connecting = false;
}

/// The application saves the tokens of an error, as `TokenManager.save` does, and tries three times.
pub(super) async fn save_error(host: &Host) {
    let Some(tokens) = host.memory.borrow().issued_last.clone() else { return };
    let tokens = StoredRecord { tokens, ..StoredRecord::default() };
    let application = Host::user(host.sim.clone());
    for _ in 0..3 {
        if let Ok(true) = save(&application, &tokens, None).await {
            host.memory.borrow_mut().unsaved = None;
            host.sim.world().unsaved.remove(&host.instance);
            host.sim.world().counts.count("tokens of an error saved by the application");
            return;
        }
        pause(&application).await;
    }
}

/// Before a save of the tokens of a consent is tried again.
async fn pause(host: &Host) {
    let pause = host.sim.world().sleep(500);
    pause.await;
}

async fn save(host: &Host, tokens: &StoredRecord, fence: Option<u64>) -> Result<bool, CallError> {
    let stored = host.load().await?;
    let current = stored.as_ref().map(|record| record.version);
    let first = i64::try_from(host.sim.world().now).unwrap_or(0);
    let earlier_requests = stored.as_ref().filter(|stored| stored.refresh_token() == tokens.refresh_token());
    let is_same = earlier_requests.is_some();
    let Replacement { version, keeps_requests } = policy::replacement(current, is_same, first);
    let requests = earlier_requests.filter(|_| keeps_requests).map(|stored| stored.requests.clone());
    let earlier = stored.as_ref().filter(|_| host.has(Mutation::KeepPause));
    let mut record = StoredRecord {
        version,
        requests: requests.unwrap_or_default(),
        hold_until: earlier.and_then(|stored| stored.hold_until),
        back_off: earlier.and_then(|stored| stored.back_off),
        // A request with that refresh token may be under way: its mark stays.
        refreshing_since: earlier_requests.and_then(|stored| stored.refreshing_since),
        request_ended_at: earlier_requests.and_then(|stored| stored.request_ended_at),
        ..tokens.clone()
    };
    host.sim.world().replace(host.instance, stored.as_ref(), &mut record);
    let saved = host.save(&mut record, stored.as_ref(), fence).await?;
    if saved && host.is_vault() {
        host.schedule(Some(&record), None);
    }
    Ok(saved)
}

/// The user disconnects in the application, which revokes the grant.
fn disconnect(world: &mut World, host: Host) {
    let instance = host.instance;
    world.counts.count("the user disconnects");
    world.note(|_| format!("the user disconnects at {instance}"));
    let call = world.begin_call(instance);
    world.spawn(instance, async move {
        let result = host.disconnect().await;
        let mut world = host.sim.world();
        world.end_call(instance, call);
        if result.is_err() {
            world.counts.count("revocations failed");
        }
        world.note(|_| format!("{instance} ends a revocation: {result:?}"));
    });
}

impl World {
    pub(super) fn consent(&mut self) -> Option<StoredRecord> {
        let now = self.seconds();
        let record = self.server.connect(now)?;
        self.counts.count("consents");
        self.note(|world| format!("the user consents: {}", world.server.ledger.name(record.refresh_token())));
        let version = i64::try_from(self.now).unwrap_or(0);
        Some(StoredRecord { version, ..record })
    }

    fn revoke_all(&mut self) {
        self.server.revoke_all();
        self.counts.count("the user revokes");
        self.note(|_| "the user revokes".to_owned());
    }
}
