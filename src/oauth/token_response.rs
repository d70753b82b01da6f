//! The token response ([RFC 6749 section 5](https://www.rfc-editor.org/rfc/rfc6749#section-5)).
//!
//! The body decides before the status, since some servers send errors with status 200.

use super::client::Client;
use super::error::{Error, ErrorCode};
use super::error_response::{self, Reason, malformed};
use super::http::Response;
use super::scope;
use super::token_request::Expected;
use crate::text::json::{self, InvalidMember, Members};
use crate::text::redact::Sent;
use crate::text::secret::{Secret, is_visible};
use crate::text::time::UnixTime;
use crate::text::url;

/// The tokens of one grant, with absolute times.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The access token ([RFC 6749 section 1.4](https://www.rfc-editor.org/rfc/rfc6749#section-1.4)), of visible ASCII
    /// characters and spaces only, since it is sent in a header.
    pub access_token: Secret,
    /// The token type; `Bearer` if the response has none.
    pub token_type: String,
    /// When the access token expires; `None` if the response has no lifetime.
    pub expires_at: Option<UnixTime>,
    /// The refresh token of the response, else that of the request.
    pub refresh_token: Option<Secret>,
    /// The granted scope, separated by spaces.
    pub scope: Option<String>,
    /// The ID token of OpenID Connect, which is not validated.
    pub id_token: Option<Secret>,
    /// The accounts server that issued the tokens; `None` without regions.
    pub accounts_server: Option<String>,
    /// The API origin of the tokens, which is one of the profile or of the configuration.
    pub api_domain: Option<String>,
    /// The other members of the response: names, and values as JSON text. Some may be secrets.
    pub members: Vec<(String, Secret)>,
}

/// Members with a field of their own in [`TokenResponse`], and those with another meaning in JavaScript.
const OWN_MEMBERS: [&str; 12] = [
    "access_token",
    "token_type",
    "expires_at",
    "expires_in",
    "expires_in_sec",
    "refresh_token",
    "scope",
    "id_token",
    "accounts_server",
    "api_domain",
    "__proto__",
    "error",
];

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
    let invalid = |name: &'static str, reason| error_of(Reason::Member(name, reason));
    let error = members.text("error").map_err(|reason| invalid("error", reason))?;
    let access_token = members.text("access_token").map_err(|reason| invalid("access_token", reason))?;
    match (error, access_token) {
        (Some(_), Some(_)) => Err(error_of(Reason::Contradiction)),
        (None, Some(token)) if client.profile.token_response_any_status || response.is_success() => {
            let tokens = success(client, expected, members, token, now)
                .map_err(|(name, reason)| invalid(name, reason))?;
            check_refresh_token(expected, tokens)
        }
        (None, Some(_)) => Err(error_of(Reason::Status)),
        (error, None) => Err(error_of(Reason::Error(error, &members))),
    }
}

fn success(
    client: &Client,
    expected: &Expected<'_>,
    members: Members<'_>,
    access_token: String,
    now: UnixTime,
) -> Result<TokenResponse, (&'static str, InvalidMember)> {
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
        members: members.rest(|name| !OWN_MEMBERS.contains(&name)),
    })
}

/// The lifetime of the access token, by the columns of the profile.
fn lifetime(
    client: &Client,
    members: &Members<'_>,
) -> Result<Option<std::time::Duration>, (&'static str, InvalidMember)> {
    let column = &client.profile.lifetime;
    let in_seconds = match &column.seconds_member {
        Some(name) => members.number(name).map_err(|reason| ("expires_in_sec", reason))?,
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
fn check_refresh_token(expected: &Expected<'_>, tokens: TokenResponse) -> Result<TokenResponse, Error> {
    if !expected.offline || tokens.refresh_token.is_some() {
        return Ok(tokens);
    }
    let host = url::host(expected.endpoint);
    let mut error = Error::new(
        ErrorCode::RefreshTokenMissing,
        format!(
            "{host} sent no refresh token although offline access was asked for, since it sends one only on a user's first consent: send the user again with the parameter prompt=consent, or use the tokens of this error until they expire"
        ),
    );
    error.tokens = Some(Box::new(tokens));
    Err(error)
}

impl TokenResponse {
    /// Parses tokens that [`to_json`](Self::to_json) wrote; `None` for another text.
    ///
    /// ```
    /// use grantkit::TokenResponse;
    /// let json = r#"{"access_token":"a","token_type":"Bearer","expires_at":1800000000,"user":{"id":7}}"#;
    /// let tokens = TokenResponse::from_json(json).unwrap();
    /// assert_eq!(tokens.to_json().expose(), json);
    /// assert!(TokenResponse::from_json("{}").is_none());
    /// ```
    #[must_use]
    pub fn from_json(json: &str) -> Option<Self> {
        let members = Members::parse(json).ok()?;
        let text = |name| members.text(name);
        let expires_at = members.number("expires_at").ok()?.and_then(|seconds| i64::try_from(seconds).ok());
        Some(Self {
            access_token: text("access_token").ok()??.into(),
            token_type: text("token_type").ok()?.unwrap_or_else(|| "Bearer".to_owned()),
            expires_at: expires_at.map(UnixTime::from_seconds),
            refresh_token: text("refresh_token").ok()?.map(Secret::from),
            scope: text("scope").ok()?,
            id_token: text("id_token").ok()?.map(Secret::from),
            accounts_server: text("accounts_server").ok()?,
            api_domain: text("api_domain").ok()?,
            members: members.rest(|name| !OWN_MEMBERS.contains(&name)),
        })
    }

    /// Writes all members as a JSON object, for a store.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let mut json = json::Writer::new();
        json.text("access_token", self.access_token.expose());
        json.text("token_type", &self.token_type);
        if let Some(expires_at) = self.expires_at {
            json.raw("expires_at", &expires_at.seconds().to_string());
        }
        let optional = [
            ("refresh_token", self.refresh_token.as_ref().map(Secret::expose)),
            ("scope", self.scope.as_deref()),
            ("id_token", self.id_token.as_ref().map(Secret::expose)),
            ("accounts_server", self.accounts_server.as_deref()),
            ("api_domain", self.api_domain.as_deref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                json.text(name, value);
            }
        }
        for (name, value) in &self.members {
            json.raw(name, value.expose());
        }
        Secret::from(json.finish())
    }
}

/// The error of a response with a member that cannot be used.
pub(crate) fn invalid_member(host: &str, name: &str, reason: InvalidMember) -> Error {
    let what = match reason {
        InvalidMember::Duplicate => "is a duplicate member",
        InvalidMember::Type => "is missing, or not what RFC 6749 5.1 says",
    };
    malformed(format!(
        "the response of {host} cannot be used, since its {name} {what}: report it to the server's operator"
    ))
}
