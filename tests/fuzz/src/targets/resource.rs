//! Line 1 is the accounts server of the tokens, line 2 their API origin, line 3 the access token, and the rest the URL of
//! the call.

use ::url::Url;

use super::{head, text};
use crate::clients::{plain, zoho};
use crate::{ResourceRequest, TokenResponse};

pub fn run(data: &[u8]) {
    let ([accounts_server, api_domain, access_token], input) = head(data);
    let input = text(input);
    let json = serde_json::json!({
        "access_token": access_token, "accounts_server": accounts_server, "api_domain": api_domain,
    });
    let Some(tokens) = TokenResponse::from_json(&json.to_string()) else { return };
    for client in [plain(), zoho()] {
        let Ok(request) = ResourceRequest::new(client, &tokens, &input) else { continue };
        let region =
            client.region_of(&accounts_server).expect("a region").expect("only Zoho has an API origin");
        // What sends the request parses its URL by the URL Standard.
        if let Ok(url) = Url::parse(&request.url) {
            let mut known = region.api_domains.iter().map(|origin| Url::parse(origin).expect("a URL"));
            let other = client.known_api(&api_domain).map(|origin| Url::parse(origin).expect("a URL"));
            assert!(
                known.any(|known| known.origin() == url.origin())
                    || other.is_some_and(|other| other.origin() == url.origin()),
                "{url}"
            );
            assert_eq!(url.scheme(), "https");
            assert!(url.username().is_empty() && url.password().is_none(), "{url}");
        }
        let header = request.authorization.expose();
        assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header:?}");
        assert!(header.ends_with(&*access_token), "{header:?}");
    }
}
