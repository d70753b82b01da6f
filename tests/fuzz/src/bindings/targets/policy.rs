//! Line 1 is the time and the random number, and the rest the JSON of a decision.

use serde_json::{Map, Value};

use super::super::policy::decide;
use crate::clients::{plain, zoho};
use crate::targets::head;
use crate::text::time::UnixTime;

pub fn run(data: &[u8]) {
    let ([numbers], json) = head(data);
    let (now, random) = numbers.split_once(' ').unwrap_or((&numbers, "0.5"));
    let now = UnixTime::from_seconds(now.parse().unwrap_or(1_800_000_000));
    let random = random.parse().unwrap_or(0.5);
    let json = String::from_utf8_lossy(json);
    let input = serde_json::from_str::<Map<String, Value>>(&json).ok();
    for client in [plain(), zoho()] {
        let _ = decide(client, &json, now, random);
        let Some(input) = &input else { continue };
        // Without duplicates, of which serde_json reads the last.
        let json = serde_json::to_string(input).expect("JSON");
        let Ok(output) = decide(client, &json, now, random) else { continue };
        let output = output.expose();
        match input.get("name").and_then(Value::as_str).unwrap_or_default() {
            "outlives" => assert!(matches!(output, "" | "1"), "{output}"),
            "due" | "next_alarm" => assert!(output.is_empty() || output.parse::<u64>().is_ok(), "{output}"),
            "replacement" => {
                let first = input.get("first").and_then(Value::as_i64).unwrap_or_default();
                let output = object(output);
                let version = output["version"].as_i64().expect("a version");
                let stored = input.get("version").and_then(Value::as_i64).filter(|stored| *stored >= 0);
                assert!(
                    version >= first && stored.is_none_or(|stored| version > stored || version == i64::MAX)
                );
                assert!(output["requests"].is_array() || !input["requests"].is_array());
            }
            "back_off" if output.is_empty() => {}
            "back_off" => {
                let output = object(output);
                let until = output["until"].as_i64().expect("a time");
                let wait = until.saturating_sub(now.seconds());
                assert!((0..=331).contains(&wait) || until == i64::MAX, "{wait}");
                assert!(output["failures"].as_u64().is_some_and(|failures| failures > 0));
            }
            _ => {
                let output = object(output);
                for name in ["connected", "throttled", "failing"] {
                    assert!(output[name].is_boolean(), "{name}");
                }
                assert!(output["connected"] == true || output["failure"] == "reauthorization_required");
            }
        }
    }
}

fn object(json: &str) -> Value {
    let value = serde_json::from_str::<Value>(json).expect("JSON");
    assert!(value.is_object(), "{json}");
    value
}
