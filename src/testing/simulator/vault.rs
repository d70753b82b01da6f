//! A vault: pauses after failures, and an alarm that refreshes ahead of expiry (`pkg/cloudflare.js`).

use std::rc::Rc;
use std::time::Duration;

use super::call::{CallError, CallOptions};
use super::fact::Fact;
use super::host::Host;
use super::mutation::Mutation;
use super::network::milliseconds;
use super::process::Instance;
use super::record::StoredRecord;
use super::refresh::Run;
use super::world::{Sim, World};
use crate::manager::policy;

/// Milliseconds after which an alarm rings again if its handler has crashed.
const RING_AGAIN: u64 = 30_000;
/// The longest pause of a back-off with its spread, in milliseconds, and a second for rounding.
const LONGEST_PAUSE: u64 = 331_000;

impl Host {
    /// Records the pause after a failed refresh, and sets the alarm.
    pub(super) async fn settle(&self, run: &Run, error: Option<&CallError>) -> Result<(), CallError> {
        let mut stored = self.load().await?;
        let (now, random) = (self.now(), self.sim.world().rng.fraction());
        let code = match error {
            Some(CallError::Throttled(_)) if self.has(Mutation::ExtendPause) => Some("network"),
            _ if self.has(Mutation::NoBackOff) => None,
            error => error.map(CallError::code),
        };
        let paused = stored.as_ref().zip(code).and_then(|(record, code)| {
            let back_off = policy::back_off(record.back_off, &record.record(""), code, now, random)?;
            Some(StoredRecord {
                version: record.version.saturating_add(1),
                hold_until: Some(back_off.until),
                back_off: Some(back_off),
                ..record.clone()
            })
        });
        if let Some(mut record) = paused {
            self.report_pause(run, &record);
            if self.save(&mut record, stored.as_ref(), run.fence).await? {
                self.sim.world().counts.count("pauses after failures");
                stored = Some(record);
            }
        }
        self.schedule(stored.as_ref(), error);
        Ok(())
    }

    /// Enters the pause of a failed request into the ledger.
    fn report_pause(&self, run: &Run, record: &StoredRecord) {
        let pause = record.hold_until.map_or(Duration::ZERO, |until| until.since(self.now()));
        let mut world = self.sim.world();
        let end = world.now.saturating_add(milliseconds(pause).saturating_add(1000).min(LONGEST_PAUSE));
        if let Some(request) = run.failed {
            world.server.ledger.request(request, |sent| sent.pause = Some(end));
        }
    }

    /// Sets the alarm, or none.
    pub(super) fn schedule(&self, record: Option<&StoredRecord>, error: Option<&CallError>) {
        let (now, random) = (self.now(), self.sim.world().rng.fraction());
        let failed = error.map(|error| error.retry_after().unwrap_or_default());
        let next = record.and_then(|record| policy::next_alarm(&record.record(""), failed, now, random));
        self.sim.world().set_alarm(&self.sim, next);
    }

    /// The alarm rings.
    async fn alarm(&self) {
        // A refresh replaces this alarm. An error before it does not.
        self.sim.world().set_alarm(&self.sim, Some(policy::ALARM_RETRY));
        let stored = self.load().await;
        let now = self.now();
        let Ok(stored) = stored else { return };
        let due = stored.as_ref().and_then(|record| policy::due(&record.record(""), now));
        if let Some(min_validity) = due {
            let options = CallOptions { min_validity, is_alarm: true, ..CallOptions::default() };
            // The error is a fact of the world.
            drop(self.token(&options).await);
        } else {
            self.schedule(stored.as_ref(), None);
        }
    }
}

impl World {
    fn set_alarm(&mut self, sim: &Sim, after: Option<Duration>) {
        let delay = after.filter(|_| !self.alarms_are_over && !self.has(Mutation::NoAlarm)).map(milliseconds);
        self.alarm = delay.map(|delay| self.now.saturating_add(delay));
        if let (Some(at), Some(delay)) = (self.alarm, delay) {
            let sim = sim.clone();
            self.after(delay, move |world| {
                if world.alarm == Some(at) {
                    world.alarm = None;
                    world.ring(sim);
                }
            });
        }
    }

    /// Starts the handler of an alarm in a running process, and another one if that process crashes.
    fn ring(&mut self, sim: Sim) {
        if self.alarms_are_over {
            return;
        }
        let running = self.processes.iter().find(|process| process.runs);
        let handler = running.and_then(|process| process.managers().next());
        let Some((instance, memory)) = handler.map(|(instance, memory)| (instance, Rc::clone(memory))) else {
            return self.after(RING_AGAIN, move |world| world.ring(sim));
        };
        self.counts.count("alarms");
        self.note(|_| format!("the alarm rings at {instance}"));
        self.alarm_handler = Some(instance);
        let call = self.begin_call(instance);
        let host = Host { sim: sim.clone(), instance, memory };
        self.spawn(instance, async move {
            let began = host.sim.world().now;
            host.alarm().await;
            let mut world = host.sim.world();
            world.facts.push(Fact::AlarmEnded { instance, began });
            world.alarm_handler = None;
            world.end_call(instance, call);
        });
        self.watch_alarm(sim, instance);
    }

    fn watch_alarm(&mut self, sim: Sim, instance: Instance) {
        self.after(RING_AGAIN, move |world| {
            if world.alarm_handler != Some(instance) {
                return;
            }
            if world.is_running(instance) {
                world.watch_alarm(sim, instance);
            } else {
                world.ring(sim);
            }
        });
    }
}
