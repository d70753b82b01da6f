//! How a refresh fails, and what the ledger learns of that.

use super::call::CallError;
use super::fact::Fact;
use super::host::Host;
use super::refresh::Run;
use crate::flow::effect::Failure;
use crate::flow::refresh::{Outcome, Phase};
use crate::manager::plan::held_until;

impl Host {
    /// The error of a failure.
    pub(super) fn fail(&self, run: &Run, failure: Failure) -> CallError {
        let error = match failure {
            Failure::Absent | Failure::Reauthorize => CallError::Reauthorize,
            Failure::Throttled(wait) => CallError::Throttled(wait),
            Failure::Conflict => CallError::Conflict,
            Failure::Store => run.store_failure.unwrap_or_else(|| self.untyped()),
            Failure::Request => match run.failure {
                Some(error) if error.outcome == Outcome::Rejected => CallError::Reauthorize,
                Some(error) => CallError::Request(error),
                None => self.untyped(),
            },
        };
        let (instance, now) = (self.instance, self.now());
        let loaded = run.loaded.as_ref();
        let refresh_token = match failure {
            Failure::Request => Some(&run.sent).filter(|_| error == CallError::Reauthorize),
            Failure::Reauthorize => loaded.map(|loaded| &loaded.tokens.refresh_token),
            Failure::Absent | Failure::Throttled(_) | Failure::Conflict | Failure::Store => None,
        };
        let mut world = self.sim.world();
        if let Some(refresh_token) = refresh_token {
            let refresh_token = refresh_token.expose().to_owned();
            world.facts.push(Fact::Reauthorize { instance, refresh_token });
        }
        let is_held = loaded.is_some_and(|loaded| held_until(&loaded.record(""), now).is_some());
        if matches!(failure, Failure::Throttled(_)) && is_held {
            world.counts.count("calls held by a pause");
        }
        error
    }

    /// Enters the result of a save of issued tokens into the ledger.
    pub(super) fn report_save(&self, run: &Run, saved: Result<bool, CallError>) {
        match saved {
            Ok(true) => self.report_saved(),
            Ok(false) => {}
            Err(_) => {
                let mut world = self.sim.world();
                let issued = run.issued.as_ref().map_or("", |issued| issued.refresh_token.expose());
                world.unsaved.insert(self.instance, (run.sent.expose().to_owned(), issued.to_owned()));
            }
        }
    }

    /// The store has the tokens of a refresh, or later ones.
    pub(super) fn report_saved(&self) {
        let mut world = self.sim.world();
        if world.unsaved.remove(&self.instance).is_some() {
            world.counts.count("unsaved tokens saved later");
        }
    }

    /// A flow ends because the store failed.
    pub(super) fn give_up(&self, run: &Run) {
        let is_saving = matches!(run.state.phase, Phase::Saving | Phase::Adopting | Phase::Recalling);
        if let Some(request) = run.request.filter(|_| is_saving && run.issued.is_some()) {
            let mut world = self.sim.world();
            let (instance, now) = (self.instance, world.now);
            world.counts.count("saves given up");
            world.server.ledger.request(request, |sent| sent.gave_up_at = Some(now));
            world.facts.push(Fact::GaveUp { instance, after: now.saturating_sub(run.saving_since) });
        }
    }

    pub(super) fn untyped(&self) -> CallError {
        self.sim.world().facts.push(Fact::Untyped(self.instance));
        CallError::Untyped
    }
}
