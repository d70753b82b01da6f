//! Calls of the resource server ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)): where an access token may be
//! sent.

use super::client::Client;
use super::error::Error;
use super::tokens::TokenResponse;
use crate::text::secret::{Secret, is_visible};
use crate::text::url;

/// A call of the resource server with an access token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResourceRequest {
    /// The absolute URL.
    pub url: String,
    /// The `authorization` header.
    pub authorization: Secret,
}

impl ResourceRequest {
    /// Builds a call. A path is resolved against the API origin of the tokens, and an absolute URL must be one to which
    /// the access token may be sent.
    ///
    /// # Errors
    /// `invalid_configuration` when the access token may not be sent to the URL or has a character that no token has, or
    /// a path has no API origin.
    pub fn new(client: &Client, tokens: &TokenResponse, input: &str) -> Result<Self, Error> {
        if !is_visible(tokens.access_token.expose()) {
            return Err(Error::configuration(
                "the access token is not a token (RFC 6749 appendix A): pass the tokens as issued",
            ));
        }
        let accounts_server = tokens.accounts_server.as_deref().unwrap_or_default();
        let url = target(client, accounts_server, tokens.api_domain.as_deref().unwrap_or_default(), input)?;
        let mut authorization = Secret::from(format!("{} ", client.profile.api.scheme));
        authorization.push(tokens.access_token.expose());
        Ok(Self { url, authorization })
    }
}

/// The absolute URL of a call.
pub(crate) fn target(
    client: &Client,
    accounts_server: &str,
    api_domain: &str,
    input: &str,
) -> Result<String, Error> {
    let region = client.region_of(accounts_server)?;
    let own = client.api_origin(region, api_domain);
    // A fragment is not sent.
    let input = input.split_once('#').map_or(input, |(before, _)| before);
    if input.starts_with('/') && !input.starts_with("//") && !input.contains('\\') {
        return match own {
            Some(origin) => Ok([origin, input].concat()),
            None => Err(Error::configuration(
                "there is no API origin to resolve a path against: pass an absolute URL, and its origin as server.api_domain",
            )),
        };
    }
    let parts = url::parse(input).map_err(|reason| {
        Error::configuration(format!(
            "the URL of the call {reason}: pass a path that begins with /, or an absolute URL"
        ))
    })?;
    let is_named = |api: &str| url::is_same_origin(api, parts.origin);
    let allowed = own.is_some_and(is_named)
        || region.is_some_and(|region| region.api_domains.iter().any(|api| is_named(api)));
    if allowed {
        Ok(input.to_owned())
    } else {
        Err(Error::configuration(format!(
            "the access token may not be sent to {}: pass a path, or allow the origin as api_domain of the server",
            parts.authority
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::ClientConfig;
    use crate::oauth::metadata::AuthorizationServer;
    use crate::oauth::profile::Profile;
    use crate::oauth::region::Region;

    fn region(location: &str, domain: &str) -> Region {
        Region {
            location: location.to_owned(),
            accounts_server: format!("https://accounts.{domain}"),
            api_domains: vec![format!("https://www.api.{domain}"), format!("https://sandbox.api.{domain}")],
        }
    }

    fn regional() -> Client {
        let regions = vec![region("us", "example"), region("eu", "eu.example")];
        let profile = Profile { regions, ..Profile::default() };
        let server = AuthorizationServer { profile, ..AuthorizationServer::default() };
        Client::new(ClientConfig { server, client_id: "1000.X".into(), ..ClientConfig::default() }).unwrap()
    }

    fn plain(api_domain: &str) -> Client {
        let server = AuthorizationServer {
            issuer: Some("https://as.example".into()),
            api_domain: api_domain.into(),
            ..AuthorizationServer::default()
        };
        Client::new(ClientConfig { server, client_id: "c".into(), ..ClientConfig::default() }).unwrap()
    }

    #[test]
    fn a_token_is_sent_only_to_its_own_api() {
        let client = regional();
        let (accounts, api) = ("https://accounts.eu.example", "https://www.api.eu.example");
        let at = |input| target(&client, accounts, api, input);
        assert_eq!(at("/crm/v8/Leads?page=2").unwrap(), "https://www.api.eu.example/crm/v8/Leads?page=2");
        assert_eq!(at("https://sandbox.api.eu.example/crm").unwrap(), "https://sandbox.api.eu.example/crm");
        for (input, sent) in [
            ("/crm#row", "https://www.api.eu.example/crm"),
            (
                "https://sandbox.api.eu.example/crm#https://evil.example/",
                "https://sandbox.api.eu.example/crm",
            ),
            ("https://WWW.API.eu.example/crm", "https://WWW.API.eu.example/crm"),
            ("https://www.api.eu.example:443/crm", "https://www.api.eu.example:443/crm"),
        ] {
            assert_eq!(at(input).unwrap(), sent);
        }
        for input in [
            "https://www.api.example/crm",
            "https://www.api.eu.example:80/",
            "https://evil.example#https://www.api.eu.example/",
            "https://evil.example/#@www.api.eu.example/",
            "#",
            "https://www.api.eu.example.evil.example/crm",
            "https://www.api.eu.example@evil.example/",
            "https://www.api.eu.example:8443/",
            "//evil.example/crm",
            "/\\evil.example",
            "http://www.api.eu.example/crm",
            "crm/v8",
            "",
        ] {
            assert!(at(input).is_err(), "{input}");
        }
        // A changed record in the store does not choose another origin.
        let changed = target(&client, accounts, "https://evil.example", "/crm").unwrap();
        assert_eq!(changed, "https://www.api.eu.example/crm");
        assert!(target(&client, "https://evil.example", api, "/crm").is_err());
    }

    #[test]
    fn a_token_with_a_line_break_is_put_into_no_header() {
        let client = plain("https://api.example");
        let json = |token| format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
        let request = |token| {
            let tokens = TokenResponse::from_json(&json(token)).unwrap();
            ResourceRequest::new(&client, &tokens, "/me")
        };
        assert_eq!(request("a b").unwrap().authorization.expose(), "Bearer a b");
        for token in ["secret\\r\\nx: 1", "secret-é"] {
            let error = request(token).unwrap_err();
            assert!(error.message.starts_with("the access token is not a token"), "{error}");
            assert!(!format!("{error:?}").contains("secret"));
        }
    }

    #[test]
    fn a_server_without_regions_names_its_api() {
        let client = plain("https://api.example");
        assert_eq!(target(&client, "", "", "/me").unwrap(), "https://api.example/me");
        assert_eq!(target(&client, "", "https://evil.example", "/me").unwrap(), "https://api.example/me");
        assert!(target(&client, "", "", "https://other.example/me").is_err());
        let client = plain("https://API.example:443");
        assert_eq!(target(&client, "", "", "https://api.example/me").unwrap(), "https://api.example/me");
    }
}
