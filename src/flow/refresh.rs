//! One refresh, from load to load: a machine that asks for one thing at a time and is told what came of it.
//!
//! The order keeps every promise. The record is marked before the request is sent, so that whoever comes after a crash
//! knows that the refresh token may have been spent. New tokens are saved before they are used. A save is a
//! compare-and-set, so that nobody overwrites what another saved. And an answer that the refresh token is dead is believed
//! only when the store, read again, still has that token.

use crate::manager::budget;
use crate::manager::plan::{Plan, Wish, plan};
use crate::manager::record::Record;
use crate::oauth::frame::{Reader, Writer};
use crate::oauth::profile::{Budget, Profile};
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// What the host is to do next.
#[derive(Debug)]
pub enum Step {
    /// Load the record.
    Load,
    /// Save this record if the stored one has this version.
    Save(Box<Record>, i64),
    /// Refresh with the tokens of this record.
    Send(Box<Record>),
    /// Load again after so many seconds: another process is at it.
    Sleep(i64),
    /// Done: the caller gets this access token.
    Use(Box<Record>),
    /// Done: the caller gets an error.
    Fail(Failure),
}

/// Why a refresh brought no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The store has no such grant.
    Absent,
    /// There is nothing to refresh with, or the server refused it earlier.
    Reauthorize,
    /// No request may be sent for so many seconds.
    Throttled(i64),
    /// The request failed: the caller gets its error.
    Request,
    /// Other processes changed the record all the time.
    Contended,
}

/// What came of a step.
#[derive(Debug)]
pub enum Event {
    /// The record, or none.
    Loaded(Option<Record>),
    /// Whether the save found the version that it expected.
    Saved(bool),
    /// New tokens, with the earlier refresh token where the server sent none: a record of which the tokens alone count.
    Answered(Record),
    /// The request failed.
    Failed(Outcome),
    /// It is time to load again.
    Woke,
}

/// What a failed request says of the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The server no longer takes the refresh token.
    Dead,
    /// The server takes no request for so many seconds.
    Throttled(i64),
    /// The server refused for another reason, and the refresh token was not spent.
    Refused,
    /// Nobody knows whether the refresh token was spent.
    Unknown,
}

impl Outcome {
    /// What an error of a token request says: its code, and the seconds that the server wants, 0 where it named none.
    #[must_use]
    pub fn of(code: &str, wait: i64, profile: &Profile) -> Self {
        match (code, wait) {
            ("reauthorization_required", _) => Self::Dead,
            ("throttled", 0) => Self::Throttled(profile.hold_off()),
            ("throttled", seconds) => Self::Throttled(seconds),
            ("client_rejected" | "insufficient_scope" | "invalid_configuration", _) => Self::Refused,
            _ => Self::Unknown,
        }
    }
}

/// Where a refresh is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Waiting for the record.
    #[default]
    Loading,
    /// Saving the mark.
    Marking,
    /// Waiting for the answer.
    Sending,
    /// Saving the new tokens.
    Saving,
    /// That save lost: waiting for what won.
    Adopting,
    /// The refresh token seems dead: waiting for what the store says now.
    Rereading,
    /// Saving that it is dead.
    Burying,
    /// Saving what another failure taught.
    Noting,
}

/// A compare-and-set that loses more often than this loses to something that is no refresh.
const MAX_LOST: u8 = 20;

/// A refresh under way. Everything it knows is in these fields, so that a host can keep it as a value.
#[derive(Debug, Default)]
pub struct Refresh {
    /// Where it is.
    pub phase: Phase,
    /// The record that is being saved, or was.
    pub record: Record,
    /// The refresh token that is sent.
    pub sent: Secret,
    /// What the server issued and the store may not have yet.
    pub issued: Record,
    /// How many saves lost.
    pub lost: u8,
}

impl Phase {
    const ALL: [Self; 8] = [
        Self::Loading,
        Self::Marking,
        Self::Sending,
        Self::Saving,
        Self::Adopting,
        Self::Rereading,
        Self::Burying,
        Self::Noting,
    ];

    /// A number for it.
    #[must_use]
    pub fn code(self) -> usize {
        Self::ALL.iter().position(|phase| *phase == self).unwrap_or(0)
    }
}

impl Refresh {
    /// Reads a refresh that a host kept: the number of its phase, then what [`Refresh::write`] wrote.
    #[must_use]
    pub fn read(reader: &mut Reader<'_>) -> Self {
        let phase = usize::try_from(reader.number()).ok().and_then(|code| Phase::ALL.get(code));
        Self {
            phase: phase.copied().unwrap_or_default(),
            lost: u8::try_from(reader.number()).unwrap_or(u8::MAX),
            sent: Secret::from(reader.text().to_owned()),
            record: Record::read(reader),
            issued: Record::read(reader),
        }
    }

    /// Writes all but the phase.
    pub fn write(&self, writer: &mut Writer) {
        writer.field(&self.lost.to_string());
        writer.field(self.sent.expose());
        self.record.write(writer);
        self.issued.write(writer);
    }

    /// Goes on from what came of the latest step. The first step is always [`Step::Load`].
    #[must_use]
    pub fn advance(&mut self, event: Event, budget: Option<Budget>, wish: &Wish<'_>, now: UnixTime) -> Step {
        match (self.phase, event) {
            (Phase::Loading, Event::Loaded(Some(record))) => self.decide(record, budget, wish, now),
            (Phase::Loading | Phase::Rereading | Phase::Adopting, Event::Loaded(None)) => {
                Step::Fail(Failure::Absent)
            }
            (Phase::Marking, Event::Saved(true)) => {
                self.phase = Phase::Sending;
                Step::Send(Box::new(self.record.clone()))
            }
            (Phase::Sending, Event::Answered(issued)) => {
                self.issued = Record { issued_at: Some(now), ..issued };
                let base = self.record.clone();
                self.save_issued(&base, None)
            }
            (Phase::Sending, Event::Failed(outcome)) => self.learn(outcome, now),
            (Phase::Saving, Event::Saved(true)) => Step::Use(Box::new(self.record.clone())),
            (Phase::Adopting, Event::Loaded(Some(stored))) => self.adopt(stored, budget, wish, now),
            (Phase::Rereading, Event::Loaded(Some(stored))) => self.believe(stored, budget, wish, now),
            (Phase::Burying, Event::Saved(true)) => Step::Fail(Failure::Request),
            // The failure is the caller's all the same, and whoever saved knows better.
            (Phase::Noting, Event::Saved(_)) => Step::Fail(Failure::Request),
            (phase, Event::Saved(false)) => self.lose(phase),
            // A host that kept a refresh whose save failed goes on as one whose save lost.
            (Phase::Saving, Event::Woke) => {
                self.lost = 0;
                self.phase = Phase::Adopting;
                Step::Load
            }
            _ => {
                self.phase = Phase::Loading;
                Step::Load
            }
        }
    }

    fn decide(&mut self, record: Record, budget: Option<Budget>, wish: &Wish<'_>, now: UnixTime) -> Step {
        match plan(&record, budget, wish, now) {
            Plan::Use => Step::Use(Box::new(record)),
            Plan::Wait(until) => Step::Fail(Failure::Throttled(until.saturating_sub(now))),
            Plan::Reauthorize => Step::Fail(Failure::Reauthorize),
            Plan::Join(until) => Step::Sleep(until.saturating_sub(now).min(1)),
            Plan::Refresh => {
                let marked = Record {
                    refreshing_since: Some(now),
                    requests: budget::with_request(budget, &record.requests, now),
                    hold_until: None,
                    ..record.next()
                };
                self.sent = Secret::from(record.refresh_token.expose().to_owned());
                self.issued = Record::default();
                self.put(Phase::Marking, marked, record.version)
            }
        }
    }

    /// The new tokens over what the store has.
    fn save_issued(&mut self, base: &Record, refreshing_since: Option<UnixTime>) -> Step {
        let settled = Record {
            version: base.version.saturating_add(1),
            requests: base.requests.clone(),
            refreshing_since,
            hold_until: None,
            rejected_at: None,
            ..self.issued.clone()
        };
        self.put(Phase::Saving, settled, base.version)
    }

    /// The store changed while the answer was under way. Ours is saved if nobody replaced the token that it came of, nor,
    /// with a token that does not rotate, refreshed later than we did; else those in the store are the newer ones.
    fn adopt(&mut self, stored: Record, budget: Option<Budget>, wish: &Wish<'_>, now: UnixTime) -> Step {
        let is_later =
            self.issued.expires_at.is_some_and(|ours| stored.expires_at.is_some_and(|at| at > ours));
        let rotated = self.issued.refresh_token.expose() != self.sent.expose();
        if stored.refresh_token.expose() == self.sent.expose() && (rotated || !is_later) {
            // A mark that was not there when ours was to be saved is of another, whose request is under way.
            let is_ours = stored.version.saturating_add(1) == self.record.version;
            let mark = if is_ours { self.record.refreshing_since } else { stored.refreshing_since };
            self.save_issued(&stored, mark)
        } else {
            self.decide(stored, budget, wish, now)
        }
    }

    /// A refresh token is dead only if the store, read again, still has it.
    fn believe(&mut self, stored: Record, budget: Option<Budget>, wish: &Wish<'_>, now: UnixTime) -> Step {
        if stored.refresh_token.expose() != self.sent.expose() {
            return self.decide(stored, budget, wish, now);
        }
        let version = stored.version;
        let buried = Record { rejected_at: Some(now), refreshing_since: None, ..stored.next() };
        self.put(Phase::Burying, buried, version)
    }

    fn learn(&mut self, outcome: Outcome, now: UnixTime) -> Step {
        let version = self.record.version;
        let noted = match outcome {
            Outcome::Dead => {
                self.phase = Phase::Rereading;
                return Step::Load;
            }
            // The mark stays: the answer, and with it the only copy of a new token, may be lost.
            Outcome::Unknown => return Step::Fail(Failure::Request),
            Outcome::Throttled(seconds) => {
                let hold_until = Some(now.saturating_add(seconds.max(1)));
                Record { hold_until, refreshing_since: None, ..self.record.next() }
            }
            Outcome::Refused => Record { refreshing_since: None, ..self.record.next() },
        };
        self.put(Phase::Noting, noted, version)
    }

    /// A save found another version.
    fn lose(&mut self, phase: Phase) -> Step {
        self.lost = self.lost.saturating_add(1);
        if self.lost > MAX_LOST {
            return Step::Fail(Failure::Contended);
        }
        self.phase = match phase {
            Phase::Saving => Phase::Adopting,
            Phase::Burying => Phase::Rereading,
            _ => Phase::Loading,
        };
        Step::Load
    }

    fn put(&mut self, phase: Phase, record: Record, expected: i64) -> Step {
        self.phase = phase;
        self.record = record.clone();
        Step::Save(Box::new(record), expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISH: Wish<'static> = Wish { leeway: 300, jitter: 0.0, min_validity: 0, refused: "", lease: 0 };
    const NOW: UnixTime = 10_000;

    fn record(version: i64, access: &str, refresh: &str, expires_at: UnixTime) -> Record {
        Record {
            version,
            tokens: Secret::from(format!("{{{access}}}")),
            access_token: Secret::from(access.to_owned()),
            refresh_token: Secret::from(refresh.to_owned()),
            expires_at: Some(expires_at),
            ..Record::default()
        }
    }

    /// A step in short, for comparison: what it asks for, and the record as version, access and refresh token and marks.
    fn shown(step: &Step) -> String {
        let short = |r: &Record| {
            let (mark, hold, dead) = (r.refreshing_since, r.hold_until, r.rejected_at);
            let list = [("mark", mark), ("hold", hold), ("dead", dead)];
            let flags: String =
                list.iter().filter_map(|(name, time)| time.map(|time| format!(" {name}={time}"))).collect();
            format!("v{} {} {}{flags}", r.version, r.access_token.expose(), r.refresh_token.expose())
        };
        match step {
            Step::Load => "load".to_owned(),
            Step::Save(record, expected) => format!("save {} over v{expected}", short(record)),
            Step::Send(record) => format!("send {}", record.refresh_token.expose()),
            Step::Sleep(seconds) => format!("sleep {seconds}"),
            Step::Use(record) => format!("use {}", record.access_token.expose()),
            Step::Fail(failure) => format!("fail {failure:?}"),
        }
    }

    fn run(events: Vec<Event>) -> Vec<String> {
        let mut refresh = Refresh::default();
        events.into_iter().map(|event| shown(&refresh.advance(event, None, &WISH, NOW))).collect()
    }

    fn up_to_send() -> Vec<Event> {
        vec![Event::Loaded(Some(record(1, "a1", "r1", NOW))), Event::Saved(true)]
    }

    #[test]
    fn marks_then_sends_then_saves_then_uses() {
        let mut events = up_to_send();
        events.extend([Event::Answered(record(0, "a2", "r2", NOW + 3600)), Event::Saved(true)]);
        assert_eq!(
            run(events),
            ["save v2 a1 r1 mark=10000 over v1", "send r1", "save v3 a2 r2 over v2", "use a2"]
        );
    }

    #[test]
    fn a_lost_mark_adopts_the_winner() {
        let winner = record(3, "a2", "r2", NOW + 3600);
        let events = vec![
            Event::Loaded(Some(record(1, "a1", "r1", NOW))),
            Event::Saved(false),
            Event::Loaded(Some(winner)),
        ];
        assert_eq!(run(events), ["save v2 a1 r1 mark=10000 over v1", "load", "use a2"]);
    }

    #[test]
    fn a_lost_save_is_repeated_unless_the_tokens_were_replaced() {
        let mut events = up_to_send();
        events.extend([
            Event::Answered(record(0, "a2", "r2", NOW + 3600)),
            Event::Saved(false),
            Event::Loaded(Some(record(7, "a1", "r1", NOW))),
            Event::Saved(false),
            Event::Loaded(Some(record(9, "a9", "r9", NOW + 3600))),
        ]);
        let steps = run(events);
        assert_eq!(steps[2..], ["save v3 a2 r2 over v2", "load", "save v8 a2 r2 over v7", "load", "use a9"]);
    }

    #[test]
    fn later_tokens_of_the_same_refresh_token_are_not_replaced() {
        let mut events = up_to_send();
        events.extend([
            Event::Answered(record(0, "a2", "r1", NOW + 3600)),
            Event::Saved(false),
            Event::Loaded(Some(record(7, "a3", "r1", NOW + 3601))),
        ]);
        assert_eq!(run(events)[2..], ["save v3 a2 r1 over v2", "load", "use a3"]);
    }

    #[test]
    fn a_save_that_failed_is_taken_up_again_with_a_look_at_the_store() {
        let mut events = up_to_send();
        events.extend([
            Event::Answered(record(0, "a2", "r2", NOW + 3600)),
            Event::Woke,
            Event::Loaded(Some(record(5, "a1", "r1", NOW))),
            Event::Saved(true),
        ]);
        assert_eq!(run(events)[2..], ["save v3 a2 r2 over v2", "load", "save v6 a2 r2 over v5", "use a2"]);
    }

    #[test]
    fn the_mark_of_another_stays_and_ones_own_goes() {
        let marked = |version| {
            Event::Loaded(Some(Record {
                refreshing_since: Some(NOW - 1),
                ..record(version, "a1", "r1", NOW)
            }))
        };
        let kept = |version| {
            let mut events = up_to_send();
            events.extend([
                Event::Answered(record(0, "a2", "r2", NOW + 3600)),
                Event::Saved(false),
                marked(version),
            ]);
            events.extend([Event::Saved(false), marked(version)]);
            run(events).split_off(4)
        };
        assert_eq!(kept(2), ["save v3 a2 r2 over v2", "load", "save v3 a2 r2 over v2"]);
        assert_eq!(kept(7), ["save v8 a2 r2 mark=9999 over v7", "load", "save v8 a2 r2 mark=9999 over v7"]);
    }

    #[test]
    fn what_was_issued_is_kept_until_it_is_saved_or_surpassed() {
        let mut refresh = Refresh::default();
        let mut events = up_to_send();
        events.extend([
            Event::Answered(record(0, "a2", "r2", NOW + 3600)),
            Event::Saved(false),
            Event::Loaded(Some(record(7, "a1", "r1", NOW))),
        ]);
        events.into_iter().for_each(|event| drop(refresh.advance(event, None, &WISH, NOW)));
        assert_eq!(refresh.issued.refresh_token.expose(), "r2");
        let _ = refresh.advance(Event::Saved(false), None, &WISH, NOW);
        let step = refresh.advance(Event::Loaded(Some(record(9, "a9", "r9", NOW))), None, &WISH, NOW);
        assert_eq!(shown(&step), "save v10 a9 r9 mark=10000 over v9");
        assert_eq!(refresh.issued.refresh_token.expose(), "", "nobody is to save r2 over r9");
    }

    #[test]
    fn death_is_believed_only_after_a_second_look() {
        let mut events = up_to_send();
        events.extend([Event::Failed(Outcome::Dead), Event::Loaded(Some(record(4, "a9", "r9", NOW + 3600)))]);
        assert_eq!(run(events)[2..], ["load", "use a9"]);

        let mut events = up_to_send();
        events.extend([
            Event::Failed(Outcome::Dead),
            Event::Loaded(Some(record(2, "a1", "r1", NOW))),
            Event::Saved(false),
            Event::Loaded(Some(record(3, "a1", "r1", NOW))),
            Event::Saved(true),
        ]);
        let expected = [
            "load",
            "save v3 a1 r1 dead=10000 over v2",
            "load",
            "save v4 a1 r1 dead=10000 over v3",
            "fail Request",
        ];
        assert_eq!(run(events)[2..], expected);
    }

    #[test]
    fn other_failures_keep_every_token() {
        for (outcome, expected) in [
            (Outcome::Unknown, vec!["fail Request"]),
            (Outcome::Refused, vec!["save v3 a1 r1 over v2", "fail Request"]),
            (Outcome::Throttled(60), vec!["save v3 a1 r1 hold=10060 over v2", "fail Request"]),
        ] {
            let mut events = up_to_send();
            events.push(Event::Failed(outcome));
            if expected.len() > 1 {
                events.push(Event::Saved(true));
            }
            assert_eq!(run(events)[2..], expected);
        }
    }

    #[test]
    fn a_rotated_token_is_saved_whatever_a_clock_says() {
        let mut events = up_to_send();
        events.extend([
            Event::Answered(record(0, "a2", "r2", NOW + 3600)),
            Event::Saved(false),
            Event::Loaded(Some(record(7, "a1", "r1", NOW + 9999))),
        ]);
        assert_eq!(run(events)[4], "save v8 a2 r2 over v7");
    }

    #[test]
    fn contention_ends() {
        let mut refresh = Refresh::default();
        let mut steps = Vec::new();
        for _ in 0..40 {
            steps.push(refresh.advance(Event::Loaded(Some(record(1, "a", "r", NOW))), None, &WISH, NOW));
            steps.push(refresh.advance(Event::Saved(false), None, &WISH, NOW));
            if let Some(Step::Fail(failure)) = steps.last() {
                assert_eq!((*failure, steps.len()), (Failure::Contended, 42));
                return;
            }
        }
        panic!("never ended");
    }

    #[test]
    fn no_grant_no_refresh() {
        assert_eq!(run(vec![Event::Loaded(None)]), ["fail Absent"]);
        let no_refresh = record(1, "a", "", NOW);
        assert_eq!(run(vec![Event::Loaded(Some(no_refresh))]), ["fail Reauthorize"]);
        assert_eq!(run(vec![Event::Woke]), ["load"]);
    }
}
