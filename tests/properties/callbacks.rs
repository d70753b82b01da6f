//! Callbacks of any shape: none is taken without the state, none leads elsewhere.

use grantkit::oauth::authorization_response::{self, Callback};
use grantkit::oauth::client::Client;
use grantkit::oauth::error::{Code, Error};
use grantkit::provider::zoho::DATA_CENTRES;
use grantkit::text::form;
use proptest::prelude::*;

use crate::clients::{
    NOW, PLAIN, REDIRECT_URI, STATE, VERIFIER, ZOHO, cases, pending, plain, shows_none, zoho,
};

/// What a validated callback says: its code, and where the code is sent.
fn validate(packed: &str, issuer: &str, url: &str) -> Result<(String, Option<String>), Error> {
    let client = Client::unpack(packed).unwrap();
    let checked = authorization_response::validate(&client, url, &pending(issuer), NOW);
    match checked {
        Ok(Callback { code, site, .. }) => {
            let accounts = site.map(|site| site.accounts().to_owned());
            if let Some(accounts) = &accounts {
                assert!(DATA_CENTRES.iter().any(|centre| centre.accounts == accounts), "{accounts}");
            }
            assert!(
                !code.expose().is_empty() && code.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte))
            );
            Ok((code.expose().to_owned(), accounts))
        }
        Err(error) => {
            assert!(matches!(error.code, Code::CallbackMismatch | Code::AuthorizationResponse), "{error}");
            shows_none(&format!("{error} {error:?}"), &[VERIFIER, STATE]);
            Err(error)
        }
    }
}

/// Pairs of a query, of names that are read and others; in any order, some of them twice.
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
        "\\PC{0,12}".prop_map(|text| form::encode(&text)),
        "[ -~]{0,12}",
        Just(STATE.to_owned()),
        Just(STATE.to_uppercase()),
        Just(form::encode(ZOHO)),
        Just(form::encode("https://accounts.zoho.eu")),
        Just(form::encode("https://evil.example")),
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
        prop_assert!(validate(plain().expose(), PLAIN, &url).is_err());
        prop_assert!(validate(zoho().expose(), ZOHO, &url).is_err());
    }

    #[test]
    fn only_with_the_one_state(query in pairs()) {
        let url = [REDIRECT_URI, "?", &query].concat();
        let read = query.split_once('#').map_or(query.as_str(), |(before, _)| before);
        let states: Vec<_> = form::pairs(read).filter(|(name, _)| name == "state").collect();
        let has_state = matches!(states.as_slice(), [(_, value)] if value == STATE);
        for (packed, issuer) in [(plain(), PLAIN), (zoho(), ZOHO)] {
            match validate(packed.expose(), issuer, &url) {
                Ok(_) => prop_assert!(has_state, "{}", url),
                Err(error) if error.code == Code::AuthorizationResponse => prop_assert!(has_state, "{}", url),
                Err(_) => {}
            }
        }
    }

    #[test]
    fn a_state_that_differs_in_one_place_is_another(at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let mut state = STATE.as_bytes().to_vec();
        let at = at.index(state.len());
        prop_assume!(state[at] != byte);
        state[at] = byte;
        let state = form::encode(std::str::from_utf8(&state).unwrap());
        let url = [REDIRECT_URI, "?code=a&state=", &state].concat();
        prop_assert_eq!(validate(plain().expose(), PLAIN, &url).unwrap_err().code, Code::CallbackMismatch);
    }

    #[test]
    fn an_accounts_server_is_one_of_the_table_or_none(server in "(https?://)?(accounts\\.)?(zoho|zohocloud|evil)\\.(com|eu|in|ca|com\\.au|com\\.cn|example)?[/:@.\\\\#?%0-9a-z]{0,9}") {
        let url = [REDIRECT_URI, "?code=a&state=", STATE, "&accounts-server=", &form::encode(&server)].concat();
        let seen = validate(zoho().expose(), ZOHO, &url);
        let known = DATA_CENTRES.iter().find(|centre| centre.accounts == server.strip_suffix('/').unwrap_or(&server));
        match known {
            Some(centre) => prop_assert_eq!(seen.unwrap().1, Some(centre.accounts.to_owned())),
            None => prop_assert_eq!(seen.unwrap_err().code, Code::CallbackMismatch),
        }
    }

    #[test]
    fn what_is_encoded_is_decoded(text in any::<String>()) {
        let encoded = form::encode(&text);
        prop_assert_eq!(form::decode(&encoded), text);
        prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
    }
}

#[test]
fn a_callback_longer_than_64_kib_is_not_read() {
    let url = |length: usize| {
        let start = [REDIRECT_URI, "?code=a&state=", STATE, "&x="].concat();
        [start.as_str(), &"x".repeat(length - start.len())].concat()
    };
    assert_eq!(validate(plain().expose(), PLAIN, &url(65_536)).unwrap().0, "a");
    let error = validate(plain().expose(), PLAIN, &url(65_537)).unwrap_err();
    assert_eq!(error.message, "the callback is longer than 64 KiB: start a new authorization request");
}
