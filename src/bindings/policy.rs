//! Decisions about a stored grant, by name. They are rare, and take JSON.

use std::time::Duration;

use crate::manager::plan::Wish;
use crate::manager::policy::{self, BackOff};
use crate::manager::record::Record;
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::text::json::{Members, Writer};
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// Makes a decision. In: its `name`, the `record` without tokens, and the inputs of the decision: `min_validity` in
/// seconds, `code`, `back_off`, `failed` in seconds, `version`, `requests`, `same_refresh_token`, `first`. Out: `1` or an
/// empty text, a number, or a JSON object.
pub(super) fn decide(client: &Client, json: &str, now: UnixTime, random: f64) -> Result<Secret, Error> {
    let invalid =
        || Error::configuration("the stored record has a member of another type: restore or delete it");
    let input = Input(Members::parse(json).map_err(|_| invalid())?);
    let record = input.record().ok_or_else(invalid)?;
    let wish = Wish { min_validity: input.seconds("min_validity"), ..Wish::default() };
    let code = input.text("code");
    let back_off = input.back_off();
    let flag = |flag: bool| Secret::from(if flag { "1" } else { "" });
    let output = match input.text("name").as_str() {
        "outlives" => flag(policy::outlives(&code, &record, &wish, now)),
        "due" => policy::due(&record, now).map(|left| left.as_secs().to_string().into()).unwrap_or_default(),
        "next_alarm" => {
            let failed = input.number("failed").map(Duration::from_secs);
            let alarm = policy::next_alarm(&record, failed, now, random);
            alarm
                .and_then(|alarm| i64::try_from(alarm.as_millis()).ok())
                .map(|alarm| alarm.to_string().into())
                .unwrap_or_default()
        }
        "replacement" => {
            let first = input.integer("first").unwrap_or_default();
            let same = input.flag("same_refresh_token");
            let replacement = policy::replacement(input.integer("version"), same, first);
            let requests = input.0.get("requests").ok().flatten().filter(|_| replacement.keeps_requests);
            let mut json = Writer::new();
            json.raw("version", &replacement.version.to_string());
            json.raw("requests", requests.unwrap_or("[]"));
            json.finish()
        }
        "back_off" => policy::back_off(back_off, &record, &code, now, random)
            .map(|back_off| {
                let mut json = Writer::new();
                json.raw("failures", &i64::from(back_off.failures).to_string());
                time(&mut json, "expires_at", back_off.expires_at);
                time(&mut json, "until", Some(back_off.until));
                json.finish()
            })
            .unwrap_or_default(),
        _ => {
            let status = policy::status(&record, back_off, client.profile.budget, now);
            let mut json = Writer::new();
            for (name, value) in [
                ("connected", status.connected),
                ("throttled", status.throttled),
                ("failing", status.failing),
            ] {
                json.raw(name, if value { "true" } else { "false" });
            }
            if let Some(failure) = status.failure(&code) {
                json.text("failure", failure);
            }
            time(&mut json, "retry_at", status.retry_at);
            if let Some(left) = status.requests_left {
                json.raw("requests_left", &i64::try_from(left).unwrap_or(i64::MAX).to_string());
            }
            json.finish()
        }
    };
    Ok(output)
}

fn time(json: &mut Writer, name: &str, at: Option<UnixTime>) {
    if let Some(at) = at {
        json.raw(name, &at.seconds().to_string());
    }
}

/// The members of the input.
struct Input<'a>(Members<'a>);

impl Input<'_> {
    fn text(&self, name: &str) -> String {
        self.0.text(name).ok().flatten().unwrap_or_default()
    }

    fn flag(&self, name: &str) -> bool {
        self.0.flag(name).unwrap_or(false)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.0.number(name).ok().flatten()
    }

    fn seconds(&self, name: &str) -> Duration {
        self.number(name).map_or(Duration::ZERO, Duration::from_secs)
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.number(name).and_then(|number| i64::try_from(number).ok())
    }

    fn time(&self, name: &str) -> Option<UnixTime> {
        self.integer(name).map(UnixTime::from_seconds)
    }

    fn record(&self) -> Option<Record> {
        let input = Input(self.0.object("record").ok()?);
        let mut record = Record {
            has_refresh_token: input.flag("has_refresh_token"),
            access_token_rejected: input.flag("access_token_rejected"),
            ..Record::default()
        };
        for (name, time) in [
            ("expires_at", &mut record.expires_at),
            ("issued_at", &mut record.issued_at),
            ("refreshing_since", &mut record.refreshing_since),
            ("request_ended_at", &mut record.request_ended_at),
            ("hold_until", &mut record.hold_until),
            ("rejected_at", &mut record.rejected_at),
        ] {
            *time = input.time(name);
        }
        for time in input.0.items("requests").ok()? {
            record.requests.extend(time.parse().ok().map(UnixTime::from_seconds));
        }
        Some(record)
    }

    fn back_off(&self) -> Option<BackOff> {
        let back_off = Input(self.0.object("back_off").ok()?);
        Some(BackOff {
            failures: back_off.number("failures").and_then(|failures| u32::try_from(failures).ok())?,
            expires_at: back_off.time("expires_at"),
            until: back_off.time("until")?,
        })
    }
}
