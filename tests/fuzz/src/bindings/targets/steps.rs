//! Line 1 is the flow, the status, the time and the time of the request. Each line after it is a field of the step's
//! frame, and the body of the response follows an empty line that begins with a tab.

use super::super::frame::Reader;
use super::super::{exchange, refresh, revocation};
use crate::clients::{plain, zoho};
use crate::oauth::http::Response;
use crate::targets::head;
use crate::text::time::UnixTime;

const EFFECTS: [&str; 10] =
    ["fetch", "load", "save", "delete", "lock", "unlock", "reply", "sleep", "done", "fail"];

pub fn run(data: &[u8]) {
    let ([line], rest) = head(data);
    let mut words = line.split(' ');
    let flow = words.next().unwrap_or_default();
    let status = words.next().and_then(|status| status.parse().ok()).unwrap_or(200);
    let mut time = || words.next().and_then(|time| time.parse().ok()).unwrap_or(1_800_000_000);
    let (now, asked_at) = (UnixTime::from_seconds(time()), UnixTime::from_seconds(time()));
    let rest = String::from_utf8_lossy(rest);
    let (fields, body) = rest.split_once("\n\t\n").unwrap_or((&rest, ""));
    let frame = fields.replace('\n', "\0");
    let response = Response { status, retry_after: None, body: body.as_bytes() };
    for client in [plain(), zoho()] {
        let mut reader = Reader::unchecked(&frame);
        let output = match flow {
            "exchange" => exchange::step(client, &mut reader, response, now, 1_800_000_600.0),
            "refresh" => {
                let times = refresh::Times { now, asked_at, jitter: 0.5 };
                Ok(refresh::step(client, &mut reader, response, times))
            }
            _ => revocation::step(client, &mut reader, response, now),
        };
        match output {
            Ok(output) => a_step(output.expose()),
            Err(error) => assert!(!error.next().is_empty(), "{error}"),
        }
    }
}

/// The fields are as many as the effect and the outcome have.
fn a_step(output: &str) {
    let fields: Vec<&str> = output.split('\0').collect();
    assert!(fields[0].len() < 256, "the state is small: {output}");
    assert!(EFFECTS.contains(&fields[2]), "{output}");
    let of_outcome = match fields[3] {
        "tokens" | "error" => 9,
        outcome => {
            assert_eq!(outcome, "");
            0
        }
    };
    let of_effect = match fields[2] {
        "fetch" => 6,
        "save" => 9,
        "sleep" => 1,
        "fail" => 2,
        _ => 0,
    };
    assert_eq!(fields.len(), 4 + of_outcome + of_effect, "{output:?}");
}
