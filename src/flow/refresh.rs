//! One refresh of a stored grant, from loading the record to saving the new tokens.
//!
//! - The record is marked before the request is sent: after a crash, the next process knows that the refresh token may
//!   have been used.
//! - New tokens are saved before they are returned.
//! - Each save is a compare-and-set, so that no process overwrites what another one saved.
//! - A rejected refresh token counts as invalid only if the store, read again, still has that token.

use std::time::Duration;

use super::effect::{Effect, Failure, PAUSE, Save, Slot};
use crate::manager::budget;
use crate::manager::plan::{Plan, Wish, held_until, plan};
use crate::manager::policy;
use crate::manager::record::Record;
use crate::text::time::{RateLimit, UnixTime};

/// An event of a refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The host starts the flow, or resumes one whose save failed.
    Start,
    /// The lock is held.
    Locked,
    /// The record was loaded; `None` if there is none.
    Loaded(Option<Loaded>),
    /// The save has ended, with whether it found the expected version.
    Saved(bool),
    /// The server issued tokens, now in the slot *issued*, with the time at which they expire.
    Issued(Option<UnixTime>),
    /// The request failed, or the response is an error.
    Failed(Outcome),
    /// The wait is over.
    Woke,
    /// The store failed to load or to save.
    StoreFailed,
    /// The lock was given back.
    Unlocked,
    /// The callers have their error.
    Replied,
}

/// A loaded record, with the comparisons of tokens that the host made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// The record.
    pub record: Record,
    /// Whether the refresh token of the record is the one that was sent.
    pub is_sent: bool,
    /// Whether the refresh token of the slot *issued* differs from the one that was sent.
    pub rotated: bool,
    /// Whether its `grant_id` is that of the tokens that were sent and issued.
    pub same_grant: bool,
    /// Whether its tokens are those of the slot *issued*.
    pub is_issued: bool,
    /// The record of the slot *remembered*, if it is of the same grant and has a higher version.
    pub remembered: Option<Box<Record>>,
}

/// What a failed request means for the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server rejected the refresh token.
    Rejected,
    /// The server accepts no request for a duration.
    Throttled(Duration),
    /// The server rejected the request for another reason, and did not use the refresh token.
    Refused,
    /// It is unknown whether the refresh token was used.
    Unknown,
}

impl Outcome {
    /// The meaning of an error code, with the wait of the response; `hold_off` is the wait after a throttled request
    /// without one.
    #[must_use]
    pub fn of(code: &str, retry_after: Option<Duration>, hold_off: Duration) -> Self {
        match code {
            "reauthorization_required" => Self::Rejected,
            "throttled" => {
                Self::Throttled(retry_after.filter(|wait| *wait > Duration::ZERO).unwrap_or(hold_off))
            }
            "client_rejected" | "insufficient_scope" | "invalid_configuration" => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

/// The phase of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Phase {
    /// Waiting for the record.
    #[default]
    Loading,
    /// Saving the mark.
    Marking,
    /// Waiting for the response.
    Fetching,
    /// Saving the new tokens.
    Saving,
    /// That save found another version: waiting for the record.
    Adopting,
    /// The server rejected the refresh token: waiting for the record as it is now.
    Rereading,
    /// Saving that the refresh token is rejected.
    Rejecting,
    /// Saving what another failure means.
    Recording,
    /// Without the lock: waiting for another process to save its tokens.
    Polling,
    /// Saving tokens that the store has lost.
    Recalling,
}

impl Phase {
    /// Every phase.
    pub const ALL: &[Self] = &[
        Self::Loading,
        Self::Marking,
        Self::Fetching,
        Self::Saving,
        Self::Adopting,
        Self::Rereading,
        Self::Rejecting,
        Self::Recording,
        Self::Polling,
        Self::Recalling,
    ];

    /// The name of the phase in traces and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Marking => "marking",
            Self::Fetching => "fetching",
            Self::Saving => "saving",
            Self::Adopting => "adopting",
            Self::Rereading => "rereading",
            Self::Rejecting => "rejecting",
            Self::Recording => "recording",
            Self::Polling => "polling",
            Self::Recalling => "recalling",
        }
    }
}

/// The state of a refresh between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct State {
    /// The phase of the refresh.
    pub phase: Phase,
    /// The number of saves that found another version.
    pub conflicts: u8,
    /// The version that was saved last, or is being saved.
    pub version: i64,
    /// The mark (`refreshing_since`) of the record with that version.
    pub mark: Option<UnixTime>,
    /// When the tokens of the slot *issued* were issued.
    pub issued_at: Option<UnixTime>,
    /// When the tokens of the slot *issued* expire.
    pub issued_expires_at: Option<UnixTime>,
    /// Since when this run tries to save them.
    pub saving_since: Option<UnixTime>,
    /// How often the store failed meanwhile.
    pub failures: u8,
    /// Whether the callers have their error.
    pub replied: bool,
}

/// The inputs of a step besides its event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'r> {
    /// The record of the slot *loaded*.
    pub loaded: Option<&'r Record>,
    /// The requirements of the caller.
    pub wish: Wish,
    /// The rate limit of the server; `None` without one.
    pub budget: Option<RateLimit>,
    /// Whether the store has a lock.
    pub has_lock: bool,
    /// Whether no other process has the store, as in a vault: a mark of another one is that of a process that died.
    pub exclusive: bool,
    /// The timeout of a request.
    pub timeout: Duration,
    /// The version whose mark is of a request of this process that has ended without tokens.
    pub ended: Option<i64>,
    /// The current time of the process.
    pub now: UnixTime,
}

/// The next state and effect after an event.
#[must_use]
pub fn resume(state: State, event: Event, context: &Context<'_>) -> (State, Effect) {
    let load = |phase| (State { phase, ..state }, Effect::Load);
    match (state.phase, event) {
        (_, Event::Start) if context.has_lock => (state, Effect::Lock),
        // A refresh whose save failed continues as one whose save found another version.
        (phase, Event::Start | Event::Locked) if phase == Phase::Saving || recalls_first(state) => {
            let saving_since = Some(context.now);
            let begun = State { saving_since, failures: 0, replied: false, conflicts: 0, ..state };
            (State { phase: Phase::Adopting, ..begun }, Effect::Load)
        }
        (Phase::Saving, Event::Woke) => load(Phase::Adopting),
        (Phase::Saving | Phase::Adopting, Event::StoreFailed) if state.saving_since.is_some() => {
            save_again(state, context)
        }
        (_, Event::StoreFailed) if recalls_first(state) => save_again(state, context),
        (_, Event::Saved(true)) if recalls_first(state) => load(Phase::Adopting),
        (_, Event::Replied) => save_again(State { replied: true, ..state }, context),
        // The caller gets the failure of the request.
        (Phase::Recording, Event::StoreFailed) => (state, Effect::Fail(Failure::Request)),
        (_, Event::StoreFailed) => (state, Effect::Fail(Failure::Store)),
        (Phase::Polling, Event::Woke) => load(Phase::Polling),
        (_, Event::Unlocked) => (State { phase: Phase::Polling, ..state }, Effect::Sleep(PAUSE)),
        (_, Event::Start | Event::Locked | Event::Woke) => load(Phase::Loading),
        (Phase::Loading | Phase::Polling, Event::Loaded(Some(loaded))) => proceed(state, &loaded, context),
        (Phase::Adopting, Event::Loaded(Some(loaded))) => adopt(state, &loaded, context),
        (Phase::Rereading, Event::Loaded(Some(loaded))) => reread(state, &loaded, context),
        (Phase::Loading | Phase::Polling | Phase::Rereading | Phase::Adopting, Event::Loaded(None)) => {
            (state, Effect::Fail(Failure::Absent))
        }
        (Phase::Marking, Event::Saved(true)) => (State { phase: Phase::Fetching, ..state }, Effect::Fetch),
        (Phase::Fetching, Event::Issued(expires_at)) => {
            let now = Some(context.now);
            let issued = State { issued_at: now, issued_expires_at: expires_at, saving_since: now, ..state };
            save_issued(State { failures: 0, replied: false, ..issued }, context.loaded, None)
        }
        (Phase::Fetching, Event::Failed(outcome)) => learn(state, outcome, context),
        (Phase::Saving, Event::Saved(true)) => (state, Effect::Done),
        // The caller gets the failure. A process that saved meanwhile had a later response.
        (Phase::Rejecting, Event::Saved(true)) | (Phase::Recording, Event::Saved(_)) => {
            (state, Effect::Fail(Failure::Request))
        }
        (_, Event::Saved(false)) => conflict(state),
        // No host sends these events, and to start again is safe.
        (_, Event::Loaded(_) | Event::Saved(true) | Event::Issued(_) | Event::Failed(_)) => {
            load(Phase::Loading)
        }
    }
}

/// Whether tokens that were issued are still to be saved, over a record that the store has lost.
fn recalls_first(state: State) -> bool {
    state.phase == Phase::Recalling && state.issued_at.is_some()
}

/// The record that the store has lost when it went back in time; `None` if its tokens were replaced since.
fn lost(loaded: &Loaded) -> Option<&Record> {
    let stored = &loaded.record;
    let newer = |remembered: &&Record| {
        // The tokens that an application saves come without the time at which they were issued.
        let is_later = match remembered.issued_at {
            Some(_) => stored.issued_at <= remembered.issued_at,
            None => stored.expires_at <= remembered.expires_at,
        };
        remembered.version > stored.version && is_later
    };
    loaded.remembered.as_deref().filter(newer)
}

/// Goes on with a loaded record. One that the store has lost is saved again before: the stored one may have a refresh
/// token that was used since.
fn proceed(state: State, loaded: &Loaded, context: &Context<'_>) -> (State, Effect) {
    let Some(lost) = lost(loaded) else { return decide(state, &loaded.record, context) };
    if context.has_lock && state.phase == Phase::Polling {
        return (State { phase: Phase::Loading, ..state }, Effect::Lock);
    }
    let stored = &loaded.record;
    // The later mark may be that of a request whose response is outstanding, and so may one of the same second. Each
    // request counts.
    let mark = |record: &Record| (record.refreshing_since, record.request_ended_at.is_none());
    let marked = if mark(stored) > mark(lost) { stored } else { lost };
    // The later of two times before which the server accepts no request.
    let holds = [lost, stored].map(|record| held_until(record, context.now));
    let newest = lost.requests.last();
    let requests = lost.requests.iter().chain(stored.requests.iter().filter(|at| Some(*at) > newest));
    let again = Save {
        tokens: Slot::Remembered,
        expected: stored.version,
        // Higher than the lost one, which a late save may expect.
        version: lost.version.saturating_add(1),
        requests: requests.copied().collect(),
        refreshing_since: marked.refreshing_since,
        request_ended_at: marked.request_ended_at,
        hold_until: holds.into_iter().max().flatten(),
        ..over(lost)
    };
    save(state, Phase::Recalling, again)
}

fn decide(state: State, record: &Record, context: &Context<'_>) -> (State, Effect) {
    let now = context.now;
    // A mark does not count if its request is known to have ended.
    let ended = context.ended == Some(record.version);
    let lease = if context.exclusive || ended { Duration::ZERO } else { policy::lease(context.timeout) };
    match plan(record, context.budget, &context.wish, lease, now) {
        Plan::Use => (state, Effect::Done),
        Plan::Wait(until) => (state, Effect::Fail(Failure::Throttled(until.since(now)))),
        Plan::Reauthorize => (state, Effect::Fail(Failure::Reauthorize)),
        // The other process needs the lock to save its tokens.
        Plan::Join(_) if context.has_lock && state.phase != Phase::Polling => (state, Effect::Unlock),
        Plan::Join(_) => (state, Effect::Sleep(PAUSE)),
        Plan::Refresh if context.has_lock && state.phase == Phase::Polling => {
            (State { phase: Phase::Loading, ..state }, Effect::Lock)
        }
        Plan::Refresh => {
            let requests = budget::with_request(context.budget, &record.requests, now);
            let marked = Save {
                refreshing_since: Some(now),
                request_ended_at: None,
                requests,
                hold_until: None,
                ..over(record)
            };
            let state = State { issued_at: None, issued_expires_at: None, saving_since: None, ..state };
            save(state, Phase::Marking, marked)
        }
    }
}

/// Continues after the store failed to save new tokens: with another attempt, and at the timeout of a request with an
/// error for the callers first. The lock stays, so that no other process sends the refresh token that was used.
fn save_again(state: State, context: &Context<'_>) -> (State, Effect) {
    let state = State { phase: Phase::Saving, ..state };
    let elapsed = state.saving_since.map_or(Duration::ZERO, |since| context.now.since(since));
    match policy::save_pause(state.failures, elapsed) {
        None => (state, Effect::Fail(Failure::Store)),
        Some(_) if elapsed >= context.timeout && !state.replied => {
            (State { replied: true, ..state }, Effect::Reply)
        }
        Some(pause) => (State { failures: state.failures.saturating_add(1), ..state }, Effect::Sleep(pause)),
    }
}

/// Saves the new tokens over the stored record.
fn save_issued(state: State, base: Option<&Record>, mark: Option<UnixTime>) -> (State, Effect) {
    let base = base.map(over).unwrap_or_else(|| over(&Record::default()));
    let settled = Save {
        tokens: Slot::Issued,
        // A version never goes down, also in a store that went back in time.
        version: base.version.max(state.version),
        refreshing_since: mark,
        request_ended_at: base.request_ended_at.filter(|_| mark.is_some()),
        hold_until: None,
        rejected_at: None,
        issued_at: state.issued_at,
        ..base
    };
    save(state, Phase::Saving, settled)
}

/// Continues after the record changed while the response was outstanding. The new tokens are saved unless another
/// process replaced the refresh token for which they were issued or, if the refresh token does not rotate, refreshed
/// later. Then the stored tokens are newer. A lower version of the same grant is older: the store went back in time; but a
/// process may have refreshed since then, while this one paused with its response.
fn adopt(state: State, loaded: &Loaded, context: &Context<'_>) -> (State, Effect) {
    let stored = &loaded.record;
    let is_later = state.issued_expires_at.is_some_and(|ours| stored.expires_at.is_some_and(|at| at > ours));
    let is_older = loaded.same_grant && stored.version < state.version && stored.issued_at <= state.issued_at;
    // The save that seemed to fail has taken effect.
    if loaded.is_issued {
        return decide(state, stored, context);
    }
    if (is_older || loaded.is_sent) && (loaded.rotated || !is_later) {
        // A mark of a later version or time is that of another process, whose request is outstanding.
        let is_earlier = state.issued_at.is_none() || stored.refreshing_since <= state.issued_at;
        let is_ours = stored.version.saturating_add(1) == state.version && is_earlier;
        let mark = if is_ours { state.mark } else { stored.refreshing_since };
        save_issued(state, Some(stored), mark)
    } else {
        proceed(state, loaded, context)
    }
}

/// Records the rejection if the store, read again, still has the rejected refresh token.
fn reread(state: State, loaded: &Loaded, context: &Context<'_>) -> (State, Effect) {
    if !loaded.is_sent || lost(loaded).is_some() {
        return proceed(state, loaded, context);
    }
    let rejected = Save { rejected_at: Some(context.now), ..unmarked(&loaded.record) };
    save(state, Phase::Rejecting, rejected)
}

fn learn(state: State, outcome: Outcome, context: &Context<'_>) -> (State, Effect) {
    let Some(marked) = context.loaded else { return (state, Effect::Fail(Failure::Request)) };
    let recorded = match outcome {
        Outcome::Rejected => return (State { phase: Phase::Rereading, ..state }, Effect::Load),
        // The mark stays, since the response may be lost, and with it the only copy of a new refresh token. Nothing of it
        // is still to be saved, so that no other process waits.
        Outcome::Unknown => Save { request_ended_at: Some(context.now), ..over(marked) },
        Outcome::Throttled(wait) => {
            let hold_until = Some(context.now + wait.max(Duration::from_secs(1)));
            Save { hold_until, ..unmarked(marked) }
        }
        Outcome::Refused => unmarked(marked),
    };
    save(state, Phase::Recording, recorded)
}

/// Continues after a save that found another version.
fn conflict(state: State) -> (State, Effect) {
    let conflicts = state.conflicts.saturating_add(1);
    let state = State { conflicts, ..state };
    if !policy::saves_again(conflicts) {
        return (state, Effect::Fail(Failure::Conflict));
    }
    let phase = match state.phase {
        Phase::Saving => Phase::Adopting,
        _ if recalls_first(state) => Phase::Adopting,
        Phase::Rejecting => Phase::Rereading,
        _ => Phase::Loading,
    };
    (State { phase, ..state }, Effect::Load)
}

/// The next version of a record, with the tokens of the slot *loaded*.
fn over(record: &Record) -> Save {
    Save {
        tokens: Slot::Loaded,
        expected: record.version,
        version: record.version.saturating_add(1),
        requests: record.requests.clone(),
        refreshing_since: record.refreshing_since,
        request_ended_at: record.request_ended_at,
        hold_until: record.hold_until,
        rejected_at: record.rejected_at,
        issued_at: record.issued_at,
    }
}

/// As [`over`], without a mark.
fn unmarked(record: &Record) -> Save {
    Save { refreshing_since: None, request_ended_at: None, ..over(record) }
}

fn save(state: State, phase: Phase, save: Save) -> (State, Effect) {
    (State { phase, version: save.version, mark: save.refreshing_since, ..state }, Effect::Save(save))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(10_000);

    fn context(loaded: Option<&Record>) -> Context<'_> {
        let wish = Wish { leeway: Duration::from_secs(300), ..Wish::default() };
        let timeout = Duration::from_secs(10);
        Context { loaded, wish, has_lock: true, timeout, now: NOW, ..Context::default() }
    }

    fn later(seconds: u64) -> UnixTime {
        NOW + Duration::from_secs(seconds)
    }

    /// Tokens by name: a1 and r1 are the first.
    #[derive(Clone, Default)]
    struct Tokens {
        access: &'static str,
        refresh: &'static str,
        expires_at: Option<UnixTime>,
    }

    #[derive(Clone)]
    struct Stored(Record, Tokens);

    fn stored(version: i64, access: &'static str, refresh: &'static str, expires_at: UnixTime) -> Stored {
        let expires_at = Some(expires_at);
        let record =
            Record { version, has_refresh_token: !refresh.is_empty(), expires_at, ..Record::default() };
        Stored(record, Tokens { access, refresh, expires_at })
    }

    /// A step of a test.
    #[derive(Clone)]
    enum Do {
        Load(Stored),
        Absent,
        Save(bool),
        Issue(&'static str, &'static str, UnixTime),
        Fail(Outcome),
        Restart,
        StoreFails,
        Wake,
    }

    /// A host, with its slots and the record that is being saved.
    #[derive(Default)]
    struct Host {
        state: State,
        loaded: Option<Stored>,
        saving: Option<Stored>,
        issued: Option<Tokens>,
        sent: &'static str,
        /// The slot *remembered*.
        remembered: Option<Stored>,
        /// Whether records have a `grant_id`.
        has_ids: bool,
    }

    impl Host {
        fn run(&mut self, what: Do) -> String {
            let event = match what {
                Do::Load(stored) => {
                    self.loaded = Some(stored.clone());
                    let Stored(record, tokens) = stored;
                    let rotated = self.issued.as_ref().is_some_and(|issued| issued.refresh != self.sent);
                    let is_sent = tokens.refresh == self.sent;
                    let is_issued = self.issued.as_ref().is_some_and(|issued| issued.access == tokens.access);
                    let remembered = self.remembered.as_ref().map(|stored| stored.0.clone());
                    Event::Loaded(Some(Loaded {
                        record,
                        is_sent,
                        rotated,
                        same_grant: self.has_ids,
                        is_issued,
                        remembered: remembered.filter(|_| self.has_ids).map(Box::new),
                    }))
                }
                Do::Absent => Event::Loaded(None),
                Do::Save(saved) => {
                    self.loaded = self.saving.take().filter(|_| saved).or(self.loaded.take());
                    Event::Saved(saved)
                }
                Do::Issue(access, refresh, at) => {
                    self.issued = Some(Tokens { access, refresh, expires_at: Some(at) });
                    Event::Issued(Some(at))
                }
                Do::Fail(outcome) => Event::Failed(outcome),
                Do::Restart => Event::Locked,
                Do::StoreFails => Event::StoreFailed,
                Do::Wake => Event::Woke,
            };
            let loaded = self.loaded.as_ref().map(|stored| &stored.0);
            let (state, effect) = resume(self.state, event, &context(loaded));
            self.state = state;
            self.show(effect)
        }

        fn show(&mut self, effect: Effect) -> String {
            let tokens = self.loaded.as_ref().map(|stored| stored.1.clone()).unwrap_or_default();
            match effect {
                Effect::Save(save) => {
                    let tokens = match save.tokens {
                        Slot::Loaded => {
                            self.issued = None;
                            tokens
                        }
                        Slot::Issued => self.issued.clone().unwrap(),
                        Slot::Remembered => self.remembered.clone().unwrap().1,
                    };
                    let marks = [
                        ("mark", save.refreshing_since),
                        ("ended", save.request_ended_at),
                        ("hold", save.hold_until),
                        ("dead", save.rejected_at),
                    ];
                    let marks: String = marks
                        .iter()
                        .filter_map(|(name, time)| time.map(|time| format!(" {name}={}", time.seconds())))
                        .collect();
                    let record = Record {
                        version: save.version,
                        has_refresh_token: true,
                        expires_at: tokens.expires_at,
                        refreshing_since: save.refreshing_since,
                        hold_until: save.hold_until,
                        rejected_at: save.rejected_at,
                        ..Record::default()
                    };
                    let shown = format!(
                        "save v{} {} {}{marks} over v{}",
                        save.version, tokens.access, tokens.refresh, save.expected
                    );
                    self.saving = Some(Stored(record, tokens));
                    shown
                }
                Effect::Fetch => {
                    self.sent = tokens.refresh;
                    format!("fetch {}", tokens.refresh)
                }
                Effect::Done => format!("done {}", tokens.access),
                Effect::Fail(failure) => format!("fail {failure:?}"),
                other => other.name().to_owned(),
            }
        }
    }

    fn run(steps: &[Do]) -> Vec<String> {
        let mut host = Host::default();
        steps.iter().map(|step| host.run(step.clone())).collect()
    }

    /// The effects after the request for a token that is due.
    fn after_fetch(steps: &[Do]) -> Vec<String> {
        let begin = [Do::Load(stored(1, "a1", "r1", NOW)), Do::Save(true)];
        run(&[&begin[..], steps].concat()).split_off(2)
    }

    #[test]
    fn the_flow_starts_with_the_lock_or_with_the_record() {
        for (has_lock, expected) in [(true, Effect::Lock), (false, Effect::Load)] {
            let context = Context { has_lock, ..context(None) };
            assert_eq!(resume(State::default(), Event::Start, &context).1, expected);
        }
    }

    #[test]
    fn marks_then_fetches_then_saves_then_hands_out() {
        let steps = [
            Do::Load(stored(1, "a1", "r1", NOW)),
            Do::Save(true),
            Do::Issue("a2", "r2", later(3600)),
            Do::Save(true),
        ];
        let expected = ["save v2 a1 r1 mark=10000 over v1", "fetch r1", "save v3 a2 r2 over v2", "done a2"];
        assert_eq!(run(&steps), expected);
    }

    #[test]
    fn a_mark_that_conflicts_takes_the_tokens_of_the_other_process() {
        let steps = [
            Do::Load(stored(1, "a1", "r1", NOW)),
            Do::Save(false),
            Do::Load(stored(3, "a2", "r2", later(3600))),
        ];
        assert_eq!(run(&steps), ["save v2 a1 r1 mark=10000 over v1", "load", "done a2"]);
    }

    #[test]
    fn a_save_that_conflicts_is_repeated_unless_the_tokens_were_replaced() {
        let steps = [
            Do::Issue("a2", "r2", later(3600)),
            Do::Save(false),
            Do::Load(stored(7, "a1", "r1", NOW)),
            Do::Save(false),
            Do::Load(stored(9, "a9", "r9", later(3600))),
        ];
        let expected = ["save v3 a2 r2 over v2", "load", "save v8 a2 r2 over v7", "load", "done a9"];
        assert_eq!(after_fetch(&steps), expected);
    }

    #[test]
    fn later_tokens_of_the_same_refresh_token_are_not_replaced() {
        let steps = [
            Do::Issue("a2", "r1", later(3600)),
            Do::Save(false),
            Do::Load(stored(7, "a3", "r1", later(3601))),
        ];
        assert_eq!(after_fetch(&steps), ["save v3 a2 r1 over v2", "load", "done a3"]);
    }

    #[test]
    fn tokens_that_expire_later_are_newer_also_in_a_store_that_went_back_in_time() {
        let adopted = |refresh, expires_at| {
            let mut host = Host { has_ids: true, ..Host::default() };
            let steps = [
                Do::Load(stored(4, "a1", "r1", NOW)),
                Do::Save(true),
                Do::Issue("a2", refresh, later(3600)),
                Do::Save(false),
                Do::Load(stored(3, "a3", "r1", expires_at)),
            ];
            steps.map(|step| host.run(step)).last().cloned()
        };
        assert_eq!(adopted("r1", later(3601)).as_deref(), Some("done a3"));
        assert_eq!(adopted("r1", later(3600)).as_deref(), Some("save v6 a2 r1 over v3"));
        assert_eq!(adopted("r2", later(3601)).as_deref(), Some("save v6 a2 r2 over v3"));
    }

    #[test]
    fn a_save_that_failed_goes_on_with_another_look_at_the_store() {
        let steps = [
            Do::Issue("a2", "r2", later(3600)),
            Do::Restart,
            Do::Load(stored(5, "a1", "r1", NOW)),
            Do::Save(true),
        ];
        let expected = ["save v3 a2 r2 over v2", "load", "save v6 a2 r2 over v5", "done a2"];
        assert_eq!(after_fetch(&steps), expected);
    }

    #[test]
    fn the_mark_of_another_process_stays_and_ones_own_goes() {
        let marked = |version| {
            let Stored(record, tokens) = stored(version, "a1", "r1", NOW);
            Do::Load(Stored(
                Record { refreshing_since: Some(UnixTime::from_seconds(9_999)), ..record },
                tokens,
            ))
        };
        let saves = |version| {
            let issue = Do::Issue("a2", "r2", later(3600));
            after_fetch(&[issue, Do::Save(false), marked(version), Do::Save(false), marked(version)])
                .split_off(2)
        };
        assert_eq!(saves(2), ["save v3 a2 r2 over v2", "load", "save v3 a2 r2 over v2"]);
        assert_eq!(saves(7), ["save v8 a2 r2 mark=9999 over v7", "load", "save v8 a2 r2 mark=9999 over v7"]);
        let Stored(record, tokens) = stored(2, "a1", "r1", NOW);
        let since = Do::Load(Stored(Record { refreshing_since: Some(later(1)), ..record }, tokens));
        let steps = after_fetch(&[Do::Issue("a2", "r2", later(3600)), Do::Save(false), since]);
        assert_eq!(steps[2], "save v3 a2 r2 mark=10001 over v2", "in a store that went back in time");
    }

    #[test]
    fn issued_tokens_are_kept_until_they_are_saved_or_surpassed() {
        let mut host = Host::default();
        let begin = [
            Do::Load(stored(1, "a1", "r1", NOW)),
            Do::Save(true),
            Do::Issue("a2", "r2", later(3600)),
            Do::Save(false),
            Do::Load(stored(7, "a1", "r1", NOW)),
        ];
        begin.into_iter().for_each(|step| drop(host.run(step)));
        assert_eq!(host.issued.as_ref().map(|issued| issued.refresh), Some("r2"));
        assert!(host.state.issued_at.is_some());
        host.run(Do::Save(false));
        assert_eq!(host.run(Do::Load(stored(9, "a9", "r9", NOW))), "save v10 a9 r9 mark=10000 over v9");
        assert!(host.issued.is_none() && host.state.issued_at.is_none(), "r2 must not be saved over r9");
    }

    #[test]
    fn a_rejection_counts_only_after_a_second_look() {
        let rejected = Do::Fail(Outcome::Rejected);
        let steps = [rejected.clone(), Do::Load(stored(4, "a9", "r9", later(3600)))];
        assert_eq!(after_fetch(&steps), ["load", "done a9"]);
        let steps = [
            rejected,
            Do::Load(stored(2, "a1", "r1", NOW)),
            Do::Save(false),
            Do::Load(stored(3, "a1", "r1", NOW)),
            Do::Save(true),
        ];
        let expected = [
            "load",
            "save v3 a1 r1 dead=10000 over v2",
            "load",
            "save v4 a1 r1 dead=10000 over v3",
            "fail Request",
        ];
        assert_eq!(after_fetch(&steps), expected);
    }

    #[test]
    fn other_failures_keep_every_token() {
        let fails = |outcome| after_fetch(&[Do::Fail(outcome)]);
        assert_eq!(fails(Outcome::Unknown), ["save v3 a1 r1 mark=10000 ended=10000 over v2"]);
        assert_eq!(fails(Outcome::Refused), ["save v3 a1 r1 over v2"]);
        let wait = Outcome::Throttled(Duration::from_secs(60));
        assert_eq!(fails(wait), ["save v3 a1 r1 hold=10060 over v2"]);
        for saved in [true, false] {
            assert_eq!(after_fetch(&[Do::Fail(wait), Do::Save(saved)])[1], "fail Request");
        }
    }

    #[test]
    fn a_rotated_token_is_saved_whatever_a_clock_says() {
        let steps = [
            Do::Issue("a2", "r2", later(3600)),
            Do::Save(false),
            Do::Load(stored(7, "a1", "r1", later(9999))),
        ];
        assert_eq!(after_fetch(&steps)[2], "save v8 a2 r2 over v7");
    }

    #[test]
    fn conflicts_end() {
        let round = [Do::Load(stored(1, "a", "r", NOW)), Do::Save(false)];
        let steps = run(&std::array::from_fn::<_, 21, _>(|_| round.clone()).concat());
        assert_eq!(steps.last().map(String::as_str), Some("fail Conflict"));
        assert_eq!(steps.iter().filter(|step| step.starts_with("fail")).count(), 1);
    }

    #[test]
    fn without_a_record_or_a_refresh_token_there_is_no_request() {
        assert_eq!(run(&[Do::Absent]), ["fail Absent"]);
        assert_eq!(run(&[Do::Load(stored(1, "a", "", NOW))]), ["fail Reauthorize"]);
    }

    #[test]
    fn a_mark_of_another_process_is_waited_for_without_the_lock() {
        let record = Record { refreshing_since: Some(NOW), ..stored(5, "a", "r", NOW).0 };
        let loaded = Event::Loaded(Some(Loaded { record: record.clone(), ..Loaded::default() }));
        let step = |phase, context: Context<'_>| {
            let (state, effect) = resume(State { phase, ..State::default() }, loaded.clone(), &context);
            (state.phase, effect)
        };
        let alone = Context { has_lock: false, ..context(Some(&record)) };
        let sleep = Effect::Sleep(PAUSE);
        assert_eq!(step(Phase::Loading, alone), (Phase::Loading, sleep.clone()));
        assert!(matches!(step(Phase::Loading, Context { ended: Some(5), ..alone }).1, Effect::Save(_)));
        assert!(matches!(step(Phase::Loading, Context { exclusive: true, ..alone }).1, Effect::Save(_)));
        let locked = Context { has_lock: true, ..alone };
        assert_eq!(step(Phase::Loading, locked).1, Effect::Unlock);
        let given = State::default();
        assert_eq!(resume(given, Event::Unlocked, &locked).1, sleep);
        assert_eq!(step(Phase::Polling, locked), (Phase::Polling, sleep));
        let over = Context { now: later(30), ..locked };
        assert_eq!(step(Phase::Polling, over), (Phase::Loading, Effect::Lock));
        assert!(matches!(step(Phase::Loading, over).1, Effect::Save(_)));
    }

    #[test]
    fn a_save_that_fails_is_tried_again_after_another_look() {
        let failed = [Do::StoreFails, Do::Wake, Do::Load(stored(2, "a1", "r1", NOW))];
        let steps = [Do::Issue("a2", "r2", later(3600))].into_iter().chain(failed).chain([Do::Save(true)]);
        let expected = ["save v3 a2 r2 over v2", "sleep", "load", "save v3 a2 r2 over v2", "done a2"];
        assert_eq!(after_fetch(&steps.collect::<Vec<_>>()), expected);
        // It took effect.
        let landed = [Do::Issue("a2", "r2", later(3600)), Do::StoreFails, Do::Wake];
        let landed = [&landed[..], &[Do::Load(stored(3, "a2", "r2", later(3600)))]].concat();
        assert_eq!(after_fetch(&landed)[2..], ["load", "done a2"]);
    }

    #[test]
    fn callers_get_their_tokens_at_the_timeout_and_the_flow_ends_after_half_a_minute() {
        let state = State { phase: Phase::Saving, saving_since: Some(NOW), ..State::default() };
        let at = |seconds, state, event| {
            let timeout = Duration::from_secs(10);
            resume(state, event, &Context { now: later(seconds), timeout, ..context(None) })
        };
        assert_eq!(at(9, state, Event::StoreFailed).1, Effect::Sleep(Duration::from_millis(100)));
        let (replied, effect) = at(10, state, Event::StoreFailed);
        assert_eq!((replied.replied, effect), (true, Effect::Reply));
        let (paused, effect) = at(10, replied, Event::Replied);
        assert_eq!((paused.failures, effect), (1, Effect::Sleep(Duration::from_millis(100))));
        assert_eq!(at(11, paused, Event::StoreFailed).1, Effect::Sleep(Duration::from_millis(200)));
        assert_eq!(at(30, paused, Event::StoreFailed).1, Effect::Fail(Failure::Store));
        let begun = State { phase: Phase::Adopting, failures: 0, replied: false, ..paused };
        let expected = State { saving_since: Some(later(40)), ..begun };
        assert_eq!(at(40, State { phase: Phase::Saving, ..paused }, Event::Locked), (expected, Effect::Load));
    }

    #[test]
    fn a_failure_of_the_store_hides_no_failure_of_the_request() {
        for (phase, expected) in [
            (Phase::Loading, Failure::Store),
            (Phase::Marking, Failure::Store),
            (Phase::Recording, Failure::Request),
        ] {
            let state = State { phase, ..State::default() };
            assert_eq!(resume(state, Event::StoreFailed, &context(None)).1, Effect::Fail(expected));
        }
    }

    #[test]
    fn tokens_that_were_issued_are_saved_over_a_record_that_is_saved_again() {
        let at = |seconds, Stored(record, tokens): Stored| {
            Stored(Record { issued_at: Some(later(seconds)), ..record }, tokens)
        };
        // By a clock that was ahead.
        let gone_back = Do::Load(at(5, stored(1, "a0", "r0", NOW)));
        let begin = [
            Do::Load(stored(8, "a1", "r1", NOW)),
            Do::Save(true),
            Do::Issue("a2", "r2", later(3600)),
            Do::Save(false),
            gone_back.clone(),
        ];
        let then = |steps: &[Do]| {
            let remembered = Some(at(9, stored(8, "a1", "r1", NOW)));
            let mut host = Host { remembered, has_ids: true, ..Host::default() };
            let steps = begin.iter().chain(steps);
            steps.map(|step| host.run(step.clone())).collect::<Vec<_>>().split_off(4)
        };
        let again = || Do::Load(at(9, stored(9, "a1", "r1", NOW)));
        let (recalled, saved) = ("save v9 a1 r1 over v1", "save v10 a2 r2 over v9");
        assert_eq!(then(&[Do::Save(true), again()]), [recalled, "load", saved]);
        assert_eq!(then(&[Do::Save(false), again()]), [recalled, "load", saved], "another process was first");
        assert_eq!(then(&[Do::Restart, again()]), [recalled, "load", saved], "by the next call");
        let failed = [Do::StoreFails, Do::Wake, gone_back.clone(), Do::Save(true), again()];
        assert_eq!(then(&failed), [recalled, "sleep", "load", recalled, "load", saved]);
    }

    #[test]
    fn a_store_that_went_back_in_time_gets_the_newest_record_again() {
        let run = |has_ids, steps: &[Do]| {
            let remembered = Some(stored(7, "a7", "r7", later(3600)));
            let mut host = Host { remembered, has_ids, ..Host::default() };
            steps.iter().map(|step| host.run(step.clone())).collect::<Vec<_>>()
        };
        let lost = [
            Do::Load(stored(3, "a1", "r1", NOW)),
            Do::Save(true),
            Do::Load(stored(8, "a7", "r7", later(3600))),
        ];
        assert_eq!(run(true, &lost), ["save v8 a7 r7 over v3", "load", "done a7"]);
        let other_grant = [Do::Load(stored(3, "a1", "r1", NOW))];
        assert_eq!(run(false, &other_grant), ["save v4 a1 r1 mark=10000 over v3"]);
        let Stored(record, tokens) = stored(3, "a1", "r1", NOW);
        for (expires_at, expected) in
            [(later(3600), "save v8 a7 r7 over v3"), (later(3601), "save v4 a1 r1 mark=10000 over v3")]
        {
            let issued = Record { issued_at: Some(NOW), expires_at: Some(expires_at), ..record.clone() };
            let rejected = Record { access_token_rejected: true, ..issued };
            let stored = Stored(rejected, tokens.clone());
            assert_eq!(run(true, &[Do::Load(stored)]), [expected], "saved by the application");
        }
        let held = Stored(Record { hold_until: Some(later(60)), ..record.clone() }, tokens.clone());
        assert_eq!(run(true, &[Do::Load(held)]), ["save v8 a7 r7 hold=10060 over v3"], "throttled since");
        let ended = |at| Record { refreshing_since: Some(NOW), request_ended_at: at, ..record.clone() };
        let both = |stored, lost| {
            let remembered = Some(Stored(Record { version: 7, ..ended(lost) }, tokens.clone()));
            let mut host = Host { remembered, has_ids: true, ..Host::default() };
            host.run(Do::Load(Stored(ended(stored), tokens.clone())))
        };
        for (stored, lost) in [(None, Some(NOW)), (Some(NOW), None)] {
            assert_eq!(both(stored, lost), "save v8 a1 r1 mark=10000 over v3", "one request is outstanding");
        }
        assert_eq!(both(Some(NOW), Some(NOW)), "save v8 a1 r1 mark=10000 ended=10000 over v3");
        let Stored(latest, newest) = stored(7, "a7", "r7", later(3600));
        let remembered = Some(Stored(Record { issued_at: Some(NOW), ..latest }, newest));
        let mut host = Host { remembered, has_ids: true, ..Host::default() };
        let since = Stored(Record { issued_at: Some(later(1)), ..record }, tokens);
        assert_eq!(host.run(Do::Load(since)), "save v4 a1 r1 mark=10000 over v3", "issued since");
    }
}
