//! The token response ([RFC 6749 section 5](https://www.rfc-editor.org/rfc/rfc6749#section-5)).
//!
//! The body decides before the status, since some servers send errors with status 200.

use std::time::Duration;

use super::client::Client;
use super::error::{Error, ErrorCode};
use super::error_response::{self, Reason};
use super::grant_type::Expected;
use super::http::Response;
use super::scope;
use super::tokens::{TokenResponse, is_extra};
use crate::text::json::{self, InvalidMember, Members};
use crate::text::redact::Sent;
use crate::text::secret::{Secret, is_visible};
use crate::text::time::UnixTime;
use crate::text::url;

/// The longest lifetime that is accepted, in seconds: ten years.
const MAX_LIFETIME: u64 = 315_360_000;

/// Parses the response to a token request. A refresh token that the response omits stays absent, since the caller has
/// the one that was sent.
///
/// A lifetime and a scope that cannot be read are unknown. Where another member cannot be used, the error has the tokens
/// that the server issued: after a rotation, no other copy exists.
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
    let text = response.text();
    let members = match Members::parse(&text) {
        Ok(members) => members,
        Err(reason) => return Err(error_of(Reason::not_an_object(&text, reason))),
    };
    let error = members.text("error");
    let access_token = token(&members, "access_token");
    let has_token = !matches!(access_token, Ok(None));
    let has_error = matches!(error, Ok(Some(_)));
    let (tokens, invalid) = issued(client, expected, &members, access_token, now);
    let is_success = client.profile.token_response_any_status || response.is_success();
    let reason = match (error, invalid) {
        (Err(reason), _) => Reason::Member("error", reason),
        (_, Some((name @ "access_token", reason))) => Reason::Member(name, reason),
        (Ok(error), _) if !has_token => Reason::Error(error, &members),
        (Ok(Some(_)), _) => Reason::Contradiction,
        _ if !is_success => Reason::Status,
        (_, Some((name, reason))) => Reason::Member(name, reason),
        (Ok(None), None) => return check_refresh_token(client, expected, tokens),
    };
    let mut failure = error_of(reason);
    // An error response may echo the refresh token that was sent.
    let is_issued =
        !tokens.access_token.is_empty() || (tokens.refresh_token.is_some() && is_success && !has_error);
    if is_issued {
        failure.message.push_str(", and save the tokens of this error");
        failure.tokens = Some(Box::new(tokens));
    }
    Err(failure)
}

/// A member that is a token.
fn token(members: &Members<'_>, name: &str) -> Result<Option<Secret>, InvalidMember> {
    let token = members.text(name)?.map(Secret::from);
    if token.as_ref().is_some_and(|token| !is_visible(token.expose())) {
        return Err(InvalidMember::Type);
    }
    Ok(token)
}

/// What can be used of a response, and the first member that cannot. An access token that cannot is empty.
fn issued(
    client: &Client,
    expected: &Expected<'_>,
    members: &Members<'_>,
    access_token: Result<Option<Secret>, InvalidMember>,
    now: UnixTime,
) -> (TokenResponse, Option<(&'static str, InvalidMember)>) {
    let mut invalid = None;
    let mut usable = |name, token: Result<Option<Secret>, InvalidMember>| {
        token.unwrap_or_else(|reason| {
            invalid.get_or_insert((name, reason));
            None
        })
    };
    let access_token = usable("access_token", access_token).unwrap_or_default();
    let token_type = token(members, "token_type").and_then(|token_type| match token_type {
        None if client.profile.token_type_optional => Ok(None),
        None => Err(InvalidMember::Type),
        token_type => Ok(token_type),
    });
    let is_readable = token_type.is_ok();
    let token_type = usable("token_type", token_type);
    let token_type =
        token_type.as_ref().map_or(if is_readable { "Bearer" } else { "unknown" }, Secret::expose);
    if is_readable && !token_type.eq_ignore_ascii_case("bearer") {
        let _ = usable("token_type", Err(InvalidMember::Type));
    }
    let refresh_token = usable("refresh_token", token(members, "refresh_token"));
    let id_token = usable("id_token", token(members, "id_token"));
    let region = client.region(expected.location);
    let sent = members.text("api_domain").ok().flatten();
    let preferred = sent.as_deref().filter(|origin| client.known_api(origin).is_some());
    let api_domain = client.api_origin(region, preferred.unwrap_or(expected.api_domain));
    let tokens = TokenResponse {
        expires_at: lifetime(client, members).map(|lifetime| now + lifetime),
        access_token,
        token_type: token_type.to_owned(),
        refresh_token,
        scope: granted(client, expected, members),
        id_token,
        api_domain: api_domain.map(str::to_owned),
        accounts_server: region.map(|region| region.accounts_server.clone()),
        members: members
            .rest(|name| is_extra(name) && client.profile.lifetime.seconds_member.as_deref() != Some(name)),
    };
    (tokens, invalid)
}

/// The granted scope: that of the response, of the request if the response omits it (RFC 6749 section 5.1), and unknown
/// if it is neither a string nor a list of strings.
fn granted(client: &Client, expected: &Expected<'_>, members: &Members<'_>) -> Option<String> {
    let sent: Result<_, InvalidMember> = members.text("scope").or_else(|reason| {
        let mut scope = String::new();
        for item in members.items("scope")? {
            scope.push_str(&json::string(item).ok_or(reason)?);
            scope.push(' ');
        }
        Ok(Some(scope))
    });
    let granted = sent.ok()?.map(|sent| scope::granted(&client.profile, &sent));
    let known = granted.filter(|scope| !scope.is_empty());
    known.or_else(|| Some(expected.scope.to_owned()).filter(|scope| !scope.is_empty()))
}

/// The lifetime of the access token, by the columns of the profile; `None` if it is absent or cannot be read.
fn lifetime(client: &Client, members: &Members<'_>) -> Option<Duration> {
    let column = &client.profile.lifetime;
    let number = |name| members.number(name).ok().flatten();
    let in_seconds = column.seconds_member.as_deref().and_then(number);
    let seconds = in_seconds.or_else(|| {
        number("expires_in").map(|sent| match column.milliseconds_above {
            Some(above) if sent > above => sent / 1000,
            _ => sent,
        })
    });
    seconds.map(|seconds| Duration::from_secs(seconds.min(MAX_LIFETIME)))
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
