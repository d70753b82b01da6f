//! The token response ([RFC 6749 section 5](https://www.rfc-editor.org/rfc/rfc6749#section-5)).
//!
//! The body decides before the status, since some servers send errors with status 200.

use super::client::Client;
use super::error::{Error, ErrorCode};
use super::error_response::{self, Reason};
use super::grant_type::Expected;
use super::http::Response;
use super::scope;
use super::tokens::{TokenResponse, is_extra};
use crate::text::json::{InvalidMember, Members};
use crate::text::redact::Sent;
use crate::text::secret::{Secret, is_visible};
use crate::text::time::UnixTime;
use crate::text::url;

/// The longest lifetime that is accepted, in seconds: ten years.
const MAX_LIFETIME: u64 = 315_360_000;

/// Parses the response to a token request. A refresh token that the response omits stays absent, since the caller has
/// the one that was sent.
pub(crate) fn parse(
    client: &Client,
    expected: &Expected<'_>,
    sent: Sent<'_>,
    response: &Response<'_>,
    now: UnixTime,
) -> Result<TokenResponse, Error> {
    let error_of = |reason: Reason<'_>| error_response::parse(client, expected, sent, response, &reason, now);
    if response.is_redirect() {
        return Err(error_of(Reason::Redirect));
    }
    let text = response.text().map_err(|reason| error_of(reason.into()))?;
    let members = match Members::parse(text) {
        Ok(members) => members,
        Err(reason) => return Err(error_of(Reason::not_an_object(text, reason))),
    };
    let invalid = |name: &str, reason| error_of(Reason::Member(name, reason));
    let error = members.text("error").map_err(|reason| invalid("error", reason))?;
    let access_token = members.text("access_token").map_err(|reason| invalid("access_token", reason))?;
    match (error, access_token) {
        (Some(_), Some(_)) => Err(error_of(Reason::Contradiction)),
        (None, Some(token)) if client.profile.token_response_any_status || response.is_success() => {
            let tokens = success(client, expected, members, token, now)
                .map_err(|(name, reason)| invalid(name, reason))?;
            check_refresh_token(client, expected, tokens)
        }
        (None, Some(_)) => Err(error_of(Reason::Status)),
        (error, None) => Err(error_of(Reason::Error(error, &members))),
    }
}

fn success<'c>(
    client: &'c Client,
    expected: &Expected<'_>,
    members: Members<'_>,
    access_token: String,
    now: UnixTime,
) -> Result<TokenResponse, (&'c str, InvalidMember)> {
    let text = |name: &'static str| members.text(name).map_err(|reason| (name, reason));
    let token_type = text("token_type")?;
    let is_bearer = token_type
        .as_deref()
        .map_or(client.profile.token_type_optional, |token_type| token_type.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return Err(("token_type", InvalidMember::Type));
    }
    let refresh_token = text("refresh_token")?;
    let id_token = text("id_token")?;
    for (name, token) in [
        ("access_token", Some(&access_token)),
        ("refresh_token", refresh_token.as_ref()),
        ("id_token", id_token.as_ref()),
    ] {
        if token.is_some_and(|token| !is_visible(token)) {
            return Err((name, InvalidMember::Type));
        }
    }
    let granted = text("scope")?.map(|sent| scope::granted(&client.profile, &sent));
    let region = client.region(expected.location);
    let earlier_scope = Some(expected.scope.to_owned()).filter(|scope| !scope.is_empty());
    let sent = text("api_domain").ok().flatten();
    let preferred = sent.as_deref().filter(|origin| client.known_api(origin).is_some());
    let api_domain = client.api_origin(region, preferred.unwrap_or(expected.api_domain));
    Ok(TokenResponse {
        expires_at: lifetime(client, &members)?.map(|lifetime| now + lifetime),
        access_token: access_token.into(),
        token_type: token_type.unwrap_or_else(|| "Bearer".to_owned()),
        refresh_token: refresh_token.map(Secret::from),
        scope: granted.filter(|scope| !scope.is_empty()).or(earlier_scope),
        id_token: id_token.map(Secret::from),
        api_domain: api_domain.map(str::to_owned),
        accounts_server: region.map(|region| region.accounts_server.clone()),
        members: members
            .rest(|name| is_extra(name) && client.profile.lifetime.seconds_member.as_deref() != Some(name)),
    })
}

/// The lifetime of the access token, by the columns of the profile.
fn lifetime<'c>(
    client: &'c Client,
    members: &Members<'_>,
) -> Result<Option<std::time::Duration>, (&'c str, InvalidMember)> {
    let column = &client.profile.lifetime;
    let in_seconds = match &column.seconds_member {
        Some(name) => members.number(name).map_err(|reason| (name.as_str(), reason))?,
        None => None,
    };
    let expires_in = members.number("expires_in").map_err(|reason| ("expires_in", reason))?;
    let seconds = in_seconds.or(expires_in.map(|sent| match column.milliseconds_above {
        Some(above) if sent > above => sent / 1000,
        _ => sent,
    }));
    Ok(seconds.map(|seconds| std::time::Duration::from_secs(seconds.min(MAX_LIFETIME))))
}

/// Checks that a request for offline access brought a refresh token. If not, the error has the tokens.
fn check_refresh_token(
    client: &Client,
    expected: &Expected<'_>,
    tokens: TokenResponse,
) -> Result<TokenResponse, Error> {
    if !expected.offline || tokens.refresh_token.is_some() {
        return Ok(tokens);
    }
    let host = url::host(expected.endpoint);
    let mut error = Error::new(
        ErrorCode::RefreshTokenMissing,
        format!(
            "{host} sent no refresh token although offline access was requested: {}, or use the tokens of this error until they expire",
            client.profile.offline_hint
        ),
    );
    error.tokens = Some(Box::new(tokens));
    Err(error)
}
