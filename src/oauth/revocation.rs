//! Revocation (RFC 7009), and the forms that servers have of their own.

use crate::oauth::client::{Authentication, Client};
use crate::oauth::error::Error;
use crate::oauth::http::Answer;
use crate::oauth::metadata::Site;
use crate::oauth::profile::{Meaning, Revocation};
use crate::oauth::token_request::{self, Exchange, Expectation, Grant};
use crate::oauth::{error_response, token_response};
use crate::text::form;
use crate::text::json::Members;
use crate::text::secret::{Secret, SecretStr};
use crate::text::time::UnixTime;

/// Which token is to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The refresh token, and with it the access tokens that came of it.
    Refresh,
    /// The access token alone.
    Access,
}

impl Kind {
    const fn hint(self) -> &'static str {
        match self {
            Self::Refresh => "refresh_token",
            Self::Access => "access_token",
        }
    }
}

/// What the server said of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is revoked.
    Revoked,
    /// The server does not know it: another form may.
    Unknown,
}

/// Builds attempt number `attempt` (from 0), or `None` when all forms have been tried.
///
/// A server with several forms is asked in each, at the data centre that issued the token and then at the client's own,
/// until one confirms.
///
/// # Errors
/// `invalid_configuration` when the server has no way to revoke, or the tokens are of an unknown data centre.
pub fn request(
    client: &Client<'_>,
    revoked: SecretStr<'_>,
    kind: Kind,
    accounts_server: &str,
    attempt: usize,
) -> Result<Option<Exchange>, Error> {
    if revoked.expose().is_empty() {
        return Err(Error::configuration(&[
            "there is no ",
            kind.hint(),
            " to revoke: pass the tokens as issued",
        ]));
    }
    if client.profile.revocation.is_empty() {
        return Err(Error::configuration(&[
            "profile ",
            client.profile.name,
            " knows no revocation endpoint: revoke in the provider's console",
        ]));
    }
    let issued_at = token_request::site_of(client, accounts_server)?;
    let own =
        client.site(client.home).filter(|own| issued_at.is_some_and(|site| site.accounts != own.accounts));
    let sites = std::iter::once(issued_at).chain(own.map(Some));
    let Some((site, form)) =
        sites.flat_map(|site| client.profile.revocation.iter().map(move |form| (site, form))).nth(attempt)
    else {
        return Ok(None);
    };
    build(client, revoked, kind, site, form).map(Some)
}

fn build(
    client: &Client<'_>,
    revoked: SecretStr<'_>,
    kind: Kind,
    site: Option<Site<'_>>,
    revocation: &Revocation,
) -> Result<Exchange, Error> {
    let url = match (revocation.path, site, client.revocation_endpoint) {
        (Some(path), Some(site), _) => [site.accounts, path].concat(),
        (_, _, Some(endpoint)) => endpoint.to_owned(),
        _ => {
            let message = "server.revocation_endpoint is missing: give it with the server's metadata, or let the tokens expire";
            return Err(Error::configuration(&[message]));
        }
    };
    let mut body = String::with_capacity(256);
    form::append(&mut body, "token", revoked.expose());
    if let Some(name) = revocation.type_parameter {
        form::append(&mut body, name, kind.hint());
    }
    let authorization = match revocation.authentication {
        Some(Authentication::None) => Secret::default(),
        own => {
            let secret = client.secret_at(site.as_ref())?;
            client.authenticate(own.unwrap_or(client.authentication), secret, &mut body)
        }
    };
    let expectation = Expectation {
        grant: Grant::Refresh,
        endpoint: &url.clone(),
        location: site.map_or("", |site| site.location),
        offline: false,
        presented: revoked,
        code_verifier: SecretStr::default(),
        scope: "",
        api_domain: "",
    };
    Ok(Exchange::new(url, &authorization, &Secret::from(body), &expectation))
}

/// Judges the answer to a revocation (RFC 7009 2.2).
///
/// # Errors
/// Whatever the answer means. One that is not retryable may be overcome by the next attempt.
pub fn judge(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    answer: Answer<'_>,
    now: UnixTime,
) -> Result<Outcome, Error> {
    let refuse =
        |why: error_response::Why<'_>| Err(error_response::judge(client, expectation, answer, &why, now));
    if answer.is_redirect() {
        return refuse(error_response::Why::Redirect);
    }
    let confirmed = matches!(answer.status, 200..=299);
    // Whatever stands in the body. A server whose status does not decide must say so in words: a page of HTML is no
    // confirmation.
    if confirmed && client.profile.status_decides {
        return Ok(Outcome::Revoked);
    }
    let text = match token_response::body_text(answer.body) {
        Ok(text) => text,
        Err(why) => return refuse(why),
    };
    match Members::parse(text) {
        Ok(members) => {
            let said = |name| members.text(name).ok().flatten();
            let error = match members.text("error") {
                Ok(error) => error,
                Err(reason) => return refuse(error_response::Why::Member("error", reason)),
            };
            let status = said("status");
            let refused = error.is_some() || status.as_deref() == Some("failure");
            if confirmed && !refused {
                return Ok(Outcome::Revoked);
            }
            let meaning = error.as_deref().and_then(|word| client.profile.meaning(word));
            let throttled = status.as_deref() == Some("failure") && said("error_description").is_some();
            if answer.status == 400 && unknown_is_400(client, expectation) && meaning.is_none() && !throttled
            {
                return Ok(Outcome::Unknown);
            }
            match meaning {
                Some(Meaning::DeadGrant) if answer.status < 500 => Ok(Outcome::Unknown),
                _ => refuse(error_response::Why::Error(error, &members)),
            }
        }
        Err(_) if confirmed && text.is_empty() => Ok(Outcome::Revoked),
        Err(_) if answer.status == 400 && text.is_empty() && unknown_is_400(client, expectation) => {
            Ok(Outcome::Unknown)
        }
        Err(reason) => refuse(error_response::Why::of(text, reason)),
    }
}

fn unknown_is_400(client: &Client<'_>, expectation: &Expectation<'_>) -> bool {
    client
        .profile
        .revocation
        .iter()
        .any(|form| form.unknown_is_400 && form.path.is_some_and(|path| expectation.endpoint.ends_with(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::{ClientConfig, pack};
    use crate::oauth::metadata::AuthorizationServer;

    /// RFC 7009 2.2: the body of a success is ignored, whatever it is.
    #[test]
    fn a_success_is_one_whatever_its_body() {
        let server = AuthorizationServer {
            issuer: Some("https://as.example"),
            revocation_endpoint: Some("https://as.example/revoke"),
            ..AuthorizationServer::default()
        };
        let packed = pack(&ClientConfig { server, client_id: "mine", ..ClientConfig::default() }).unwrap();
        let client = Client::unpack(packed.expose()).unwrap();
        let sent = request(&client, "token".into(), Kind::Refresh, "", 0).unwrap().unwrap();
        for body in [&b""[..], b"\xe9t\xe9", b"{", b"{\"error\":\"x\"}"] {
            let answer = Answer { status: 200, retry_after: None, body };
            assert_eq!(judge(&client, &sent.parts().1, answer, 0).unwrap(), Outcome::Revoked);
        }
    }
}
