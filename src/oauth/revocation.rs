//! Revocation ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)), and the forms of providers that depart from it.

use super::client::Client;
use super::client_authentication::ClientAuthentication;
use super::error::Error;
use super::error_response::{self, Reason};
use super::grant_type::{Expected, GrantType};
use super::http::{Request, Response};
use super::profile::{Meaning, Revocation};
use super::region::ClientRegion;
use crate::text::form;
use crate::text::json::Members;
use crate::text::redact::Sent;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// The type of the token to revoke: the `token_type_hint` of
/// [RFC 7009 section 2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenType {
    /// The refresh token, with the access tokens that were issued for it.
    RefreshToken,
    /// The access token only.
    AccessToken,
}

impl TokenType {
    /// The registered name, such as `refresh_token`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh_token",
            Self::AccessToken => "access_token",
        }
    }
}

/// The result of a revocation request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationOutcome {
    /// The token is revoked.
    Revoked,
    /// The token is unknown to the server; the next form may reach it.
    Unknown,
}

/// A revocation request: the HTTP request, and what its response is validated against.
#[derive(Debug, Clone)]
pub struct RevocationRequest {
    http: Request,
    location: String,
    token: Secret,
}

impl RevocationRequest {
    /// Builds the request number `attempt` (from 0), or `None` when every form has been tried.
    ///
    /// If a provider has several forms, send each, to the region that issued the token and then to the home region,
    /// until a response confirms the revocation.
    ///
    /// # Errors
    /// `invalid_configuration` when the token is empty, the server has no revocation endpoint, or the accounts server
    /// is not of a region of this client.
    pub fn new(
        client: &Client,
        token: &Secret,
        token_type: TokenType,
        accounts_server: &str,
        attempt: usize,
    ) -> Result<Option<Self>, Error> {
        check_token(token.expose(), token_type)?;
        let forms = Forms::new(client, accounts_server)?;
        let Some(form) = forms.get(attempt) else { return Ok(None) };
        Ok(Some(Self {
            http: form.http(client, token.expose(), token_type)?,
            location: form.location().to_owned(),
            token: token.clone(),
        }))
    }

    /// The HTTP request to send.
    #[must_use]
    pub const fn http(&self) -> &Request {
        &self.http
    }

    /// Parses the response to this request ([RFC 7009 section
    /// 2.2](https://www.rfc-editor.org/rfc/rfc7009#section-2.2)).
    ///
    /// # Errors
    /// The error of the response. After one that is not retryable, the next form may still succeed.
    pub fn parse(
        &self,
        client: &Client,
        response: &Response<'_>,
        now: UnixTime,
    ) -> Result<RevocationOutcome, Error> {
        parse(client, &self.http.url, &self.location, Sent::Known(&[self.token.expose()]), response, now)
    }
}

/// The forms of a revocation in the order in which they are sent: to the region that issued the token, then to the home
/// region.
pub(crate) struct Forms<'c> {
    client: &'c Client,
    issuing: Option<&'c ClientRegion>,
}

/// A form of the provider, and the region to which it is sent.
pub(crate) struct Form<'c> {
    region: Option<&'c ClientRegion>,
    form: &'c Revocation,
}

/// Checks that there is a token to revoke.
pub(crate) fn check_token(token: &str, token_type: TokenType) -> Result<(), Error> {
    if token.is_empty() {
        return Err(Error::configuration(format!(
            "there is no {} to revoke: pass the tokens as issued",
            token_type.name()
        )));
    }
    Ok(())
}

impl<'c> Forms<'c> {
    pub(crate) fn new(client: &'c Client, accounts_server: &str) -> Result<Self, Error> {
        if client.profile.revocation.is_empty() {
            return Err(Error::configuration(format!(
                "profile {} has no revocation endpoint: revoke in the provider's console",
                client.profile.id
            )));
        }
        Ok(Self { client, issuing: client.region_of(accounts_server)? })
    }

    /// The form of an attempt; `None` when every form has been tried.
    pub(crate) fn get(&self, attempt: usize) -> Option<Form<'c>> {
        let forms = &self.client.profile.revocation;
        let round = attempt.checked_div(forms.len())?;
        let region = match (round, self.issuing, self.client.region(&self.client.home)) {
            (0, issuing, _) => issuing,
            (1, Some(issuing), Some(home)) if issuing.accounts_server != home.accounts_server => Some(home),
            _ => return None,
        };
        let form = forms.get(attempt.checked_rem(forms.len())?)?;
        Some(Form { region, form })
    }
}

impl Form<'_> {
    /// The name of the region; empty without regions.
    pub(crate) fn location(&self) -> &str {
        self.region.map_or("", |region| &region.location)
    }

    /// The endpoint.
    pub(crate) fn endpoint(&self, client: &Client) -> Result<String, Error> {
        let of_row = self.form.endpoint_at(self.region.map(|region| region.accounts_server.as_str()));
        of_row.or_else(|| client.endpoints.revocation.clone()).ok_or_else(|| {
            Error::configuration(
                "server.revocation_endpoint is missing: give it with the server's metadata, or let the tokens expire",
            )
        })
    }

    /// The HTTP request.
    pub(crate) fn http(&self, client: &Client, token: &str, token_type: TokenType) -> Result<Request, Error> {
        let url = self.endpoint(client)?;
        let secret = match self.form.client_authentication {
            Some(ClientAuthentication::None) => None,
            _ => client.secret_for(self.region)?,
        };
        let mut body = form::body_for([token, &client.client_id].into_iter().chain(secret));
        form::append(&mut body, "token", token);
        if let Some(name) = &self.form.type_parameter {
            form::append(&mut body, name, token_type.name());
        }
        let authorization = match self.form.client_authentication {
            Some(ClientAuthentication::None) => None,
            own => client.authenticate(own.unwrap_or(client.revocation_authentication), secret, &mut body),
        };
        Ok(Request { url, authorization, body: body.into() })
    }
}

/// Parses a revocation response.
pub(crate) fn parse(
    client: &Client,
    endpoint: &str,
    location: &str,
    sent: Sent<'_>,
    response: &Response<'_>,
    now: UnixTime,
) -> Result<RevocationOutcome, Error> {
    let expected = Expected {
        grant_type: GrantType::REFRESH_TOKEN,
        endpoint,
        location,
        offline: false,
        scope: "",
        api_domain: "",
    };
    let error_of =
        |reason: Reason<'_>| Err(error_response::parse(client, &expected, sent, response, &reason, now));
    if response.is_redirect() {
        return error_of(Reason::Redirect);
    }
    let confirmed = response.is_success();
    if confirmed && !client.profile.revocation_body_decides {
        return Ok(RevocationOutcome::Revoked);
    }
    let text = response.text();
    match Members::parse(&text) {
        Ok(members) => {
            let error = match members.text("error") {
                Ok(error) => error,
                Err(reason) => return error_of(Reason::Member("error", reason)),
            };
            let failed = error_response::reports_failure(&client.profile, &members);
            if confirmed && error.is_none() && !failed {
                return Ok(RevocationOutcome::Revoked);
            }
            let meaning = error.as_deref().and_then(|error| error_response::meaning(&client.profile, error));
            let throttled = failed && members.text("error_description").ok().flatten().is_some();
            if response.status == 400 && unknown_is_400(client, endpoint) && meaning.is_none() && !throttled {
                return Ok(RevocationOutcome::Unknown);
            }
            match meaning {
                Some(Meaning::InvalidGrant) if response.status < 500 => Ok(RevocationOutcome::Unknown),
                _ => error_of(Reason::Error(error, &members)),
            }
        }
        Err(_) if confirmed && text.is_empty() => Ok(RevocationOutcome::Revoked),
        Err(_) if response.status == 400 && text.is_empty() && unknown_is_400(client, endpoint) => {
            Ok(RevocationOutcome::Unknown)
        }
        Err(reason) => error_of(Reason::not_an_object(&text, reason)),
    }
}

fn unknown_is_400(client: &Client, endpoint: &str) -> bool {
    let has_regions = !client.regions.is_empty();
    client.profile.revocation.iter().any(|form| {
        let path = form.endpoint_at(has_regions.then_some(""));
        form.unknown_is_400 && path.is_some_and(|path| endpoint.ends_with(&path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client::ClientConfig;
    use crate::oauth::metadata::AuthorizationServer;

    /// RFC 7009 section 2.2: the body of a success is ignored.
    #[test]
    fn a_success_counts_whatever_its_body_is() {
        let server = AuthorizationServer {
            issuer: Some("https://as.example".into()),
            revocation_endpoint: Some("https://as.example/revoke".into()),
            ..AuthorizationServer::default()
        };
        let config = ClientConfig { server, client_id: "mine".into(), ..ClientConfig::default() };
        let client = Client::new(config).unwrap();
        let sent = RevocationRequest::new(&client, &"token".into(), TokenType::RefreshToken, "", 0);
        let sent = sent.unwrap().unwrap();
        for body in [&b""[..], b"\xe9t\xe9", b"{", b"{\"error\":\"x\"}"] {
            let response = Response { status: 200, retry_after: None, body };
            assert_eq!(
                sent.parse(&client, &response, UnixTime::default()).unwrap(),
                RevocationOutcome::Revoked
            );
        }
    }
}
