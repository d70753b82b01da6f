//! Callbacks of any shape: none is accepted without the state, and none sends a code to another server.

use grantkit::ErrorCode;
use proptest::prelude::*;

use crate::cases::cases;
use crate::clients::{PLAIN, REDIRECT_URI, STATE, ZOHO, plain, zoho};
use crate::invariants::{callback, is_accounts_server};

fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Pairs of a query, of names that are read and others, in any order and with duplicates.
fn pairs() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("state"),
        Just("code"),
        Just("iss"),
        Just("error"),
        Just("error_description"),
        Just("location"),
        Just("accounts-server"),
        Just("x"),
    ];
    let value = prop_oneof![
        "\\PC{0,12}".prop_map(|text| encode(&text)),
        "[ -~]{0,12}",
        Just(STATE.to_owned()),
        Just(STATE.to_uppercase()),
        Just(encode(ZOHO)),
        Just(encode("https://accounts.zoho.eu")),
        Just(encode("https://evil.example")),
        Just("eu".to_owned()),
    ];
    let separator =
        prop_oneof![8 => Just("&"), 1 => Just(";"), 1 => Just("&&"), 1 => Just("#"), 1 => Just("?")];
    prop::collection::vec((name, value, separator), 0..7).prop_map(|pairs| {
        pairs.iter().map(|(name, value, separator)| [*name, "=", value, separator].concat()).collect()
    })
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn any_text(url in any::<String>()) {
        prop_assert!(callback(plain(), PLAIN, &url).is_err());
        prop_assert!(callback(zoho(), ZOHO, &url).is_err());
    }

    #[test]
    fn only_with_the_one_state(query in pairs()) {
        let url = [REDIRECT_URI, "?", &query].concat();
        for (client, issuer) in [(plain(), PLAIN), (zoho(), ZOHO)] {
            let _ = callback(client, issuer, &url);
        }
    }

    #[test]
    fn a_state_that_differs_in_one_place_is_another(at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let mut state = STATE.as_bytes().to_vec();
        let at = at.index(state.len());
        prop_assume!(state[at] != byte);
        state[at] = byte;
        let state = encode(std::str::from_utf8(&state).unwrap());
        let url = [REDIRECT_URI, "?code=a&state=", &state].concat();
        prop_assert_eq!(callback(plain(), PLAIN, &url).unwrap_err().code, ErrorCode::CallbackMismatch);
    }

    #[test]
    fn an_accounts_server_is_one_of_a_region_or_none(server in "(https?://)?(accounts\\.)?(zoho|zohocloud|evil)\\.(com|eu|in|ca|com\\.au|com\\.cn|example)?[/:@.\\\\#?%0-9a-z]{0,9}") {
        let url = [REDIRECT_URI, "?code=a&state=", STATE, "&accounts-server=", &encode(&server)].concat();
        let seen = callback(zoho(), ZOHO, &url);
        let origin = server.strip_suffix('/').unwrap_or(&server);
        if is_accounts_server(origin) {
            prop_assert_eq!(seen.unwrap().1, Some(origin.to_owned()));
        } else {
            prop_assert_eq!(seen.unwrap_err().code, ErrorCode::CallbackMismatch);
        }
    }
}

#[test]
fn a_callback_longer_than_64_kib_is_not_read() {
    let url = |length: usize| {
        let start = [REDIRECT_URI, "?code=a&state=", STATE, "&x="].concat();
        [start.as_str(), &"x".repeat(length - start.len())].concat()
    };
    assert_eq!(callback(plain(), PLAIN, &url(65_536)).unwrap().0, "a");
    let error = callback(plain(), PLAIN, &url(65_537)).unwrap_err();
    assert_eq!(error.message, "the callback is longer than 64 KiB: start a new authorization request");
}
