//! The token answer (RFC 6749 5): the body decides, then the status.

use crate::oauth::client::Client;
use crate::oauth::error::{Code, Error};
use crate::oauth::error_response::{self, malformed};
use crate::oauth::http::Answer;
use crate::oauth::scope;
use crate::oauth::token_request::{Earlier, Expectation, Grant};
use crate::text::json::{self, BadMember, Members};
use crate::text::secret::{Secret, is_visible};
use crate::text::time::UnixTime;

/// Tokens of one grant, lifetimes made absolute.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenSet {
    /// The access token (RFC 6749 1.4): visible ASCII and spaces alone, since it goes into a header.
    pub access_token: Secret,
    /// As sent, or `Bearer`.
    pub token_type: String,
    /// When the access token expires, if the server said.
    pub expires_at: Option<UnixTime>,
    /// The refresh token: the answer's, else the earlier one.
    pub refresh_token: Option<Secret>,
    /// Between spaces.
    pub scope: Option<String>,
    /// OpenID Connect.
    pub id_token: Option<Secret>,
    /// The accounts origin that issued the tokens, for a server with data centres.
    pub accounts_server: Option<String>,
    /// The API origin, one of the table or of the caller's configuration.
    pub api_domain: Option<String>,
    /// What else the server sent: names, and values as JSON text. Some may be secrets of the server's own.
    pub members: Vec<(String, Secret)>,
}

/// Members that a [`TokenSet`] has of its own, or that mean something else to JavaScript than to the server.
const NOT_KEPT: [&str; 12] = [
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

/// The longest lifetime that is believed, in seconds: ten years.
const LONGEST_LIFE: u64 = 315_360_000;

/// Judges the answer to a token request.
///
/// # Errors
/// Whatever the answer means: see [`Code`]. A `refresh_token_missing` carries the tokens.
pub fn judge(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    answer: Answer<'_>,
    now: UnixTime,
) -> Result<TokenSet, Error> {
    let refuse = |why: error_response::Why<'_>| error_response::judge(client, expectation, answer, &why, now);
    if answer.is_redirect() {
        return Err(refuse(error_response::Why::Redirect));
    }
    let text = body_text(answer.body).map_err(refuse)?;
    let members = match Members::parse(text) {
        Ok(members) => members,
        Err(reason) => return Err(refuse(error_response::Why::of(text, reason))),
    };
    let bad = |name: &'static str, reason| refuse(error_response::Why::Member(name, reason));
    let error = members.text("error").map_err(|reason| bad("error", reason))?;
    let access_token = members.text("access_token").map_err(|reason| bad("access_token", reason))?;
    match (error, access_token) {
        (Some(_), Some(_)) => Err(refuse(error_response::Why::Contradiction)),
        (None, Some(token)) if !client.profile.status_decides || matches!(answer.status, 200..=299) => {
            let tokens = success(client, expectation, members, token, now)
                .map_err(|(name, reason)| bad(name, reason))?;
            complete(expectation, tokens)
        }
        (None, Some(_)) => Err(refuse(error_response::Why::Status)),
        (error, None) => Err(refuse(error_response::Why::Error(error, &members))),
    }
}

/// The body as text, without a byte order mark and the white space of JSON around it.
pub(crate) fn body_text(body: &[u8]) -> Result<&str, error_response::Why<'static>> {
    let text = std::str::from_utf8(body).map_err(|error| match error.error_len() {
        None => error_response::Why::Truncated,
        Some(_) => error_response::Why::NotJson,
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).trim_matches([' ', '\t', '\r', '\n']))
}

fn success(
    client: &Client<'_>,
    expectation: &Expectation<'_>,
    members: Members<'_>,
    access_token: String,
    now: UnixTime,
) -> Result<TokenSet, (&'static str, BadMember)> {
    let text = |name: &'static str| members.text(name).map_err(|reason| (name, reason));
    let token_type = text("token_type")?;
    let usable = token_type
        .as_deref()
        .map_or(client.profile.token_type_optional, |word| word.eq_ignore_ascii_case("bearer"));
    if !usable {
        return Err(("token_type", BadMember::Type));
    }
    let refresh_token = text("refresh_token")?;
    let id_token = text("id_token")?;
    for (name, token) in [
        ("access_token", Some(&access_token)),
        ("refresh_token", refresh_token.as_ref()),
        ("id_token", id_token.as_ref()),
    ] {
        if token.is_some_and(|token| !is_visible(token)) {
            return Err((name, BadMember::Type));
        }
    }
    let granted = text("scope")?.map(|sent| scope::granted(client.profile, &sent));
    let site = client.site(expectation.location);
    let earlier = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let kept = (expectation.grant == Grant::Refresh)
        .then(|| Secret::from(expectation.presented.expose().to_owned()));
    let sent = text("api_domain").ok().flatten();
    let preferred = sent.as_deref().filter(|origin| client.known_api(origin).is_some());
    let accounts = site.map_or("", |site| site.accounts);
    let api_domain = client.api_origin(accounts, preferred.unwrap_or(expectation.api_domain)).ok().flatten();
    Ok(TokenSet {
        expires_at: lifetime(client, &members)?.map(|seconds| now.saturating_add(seconds)),
        access_token: Secret::from(access_token),
        token_type: token_type.unwrap_or_else(|| "Bearer".to_owned()),
        refresh_token: refresh_token.map(Secret::from).or(kept),
        scope: granted.filter(|scope| !scope.is_empty()).or_else(|| earlier(expectation.scope)),
        id_token: id_token.map(Secret::from),
        api_domain: api_domain.map(str::to_owned),
        accounts_server: site.map(|site| site.accounts.to_owned()),
        members: members.rest(|name| !NOT_KEPT.contains(&name)),
    })
}

/// The lifetime in seconds, by the profile's columns.
fn lifetime(client: &Client<'_>, members: &Members<'_>) -> Result<Option<i64>, (&'static str, BadMember)> {
    let columns = client.profile.lifetime;
    let number = |name: &'static str| members.number(name).map_err(|reason| (name, reason));
    let in_seconds = columns.seconds_member.map(number).transpose()?.flatten();
    let seconds = in_seconds.or(number("expires_in")?.map(|sent| match columns.milliseconds_above {
        Some(above) if sent > above => sent / 1000,
        _ => sent,
    }));
    Ok(seconds.and_then(|seconds| i64::try_from(seconds.min(LONGEST_LIFE)).ok()))
}

/// A missing refresh token after an offline exchange is an error that keeps the tokens.
fn complete(expectation: &Expectation<'_>, tokens: TokenSet) -> Result<TokenSet, Error> {
    if !expectation.offline || tokens.refresh_token.is_some() {
        return Ok(tokens);
    }
    let mut error = Error::new(
        Code::RefreshTokenMissing,
        &[
            expectation.host(),
            " sent no refresh token although offline access was asked for; it sends one on a user's first consent alone: send the user again with parameters { prompt: \"consent\" }, or use the tokens of this error until they expire",
        ],
    );
    error.tokens = Some(tokens.to_json());
    Err(error)
}

impl TokenSet {
    /// What a later request of this grant needs of them.
    #[must_use]
    pub fn earlier(&self) -> Earlier<'_> {
        Earlier {
            refresh_token: self.refresh_token.as_ref().map(Secret::expose).unwrap_or_default().into(),
            accounts_server: self.accounts_server.as_deref().unwrap_or_default(),
            api_domain: self.api_domain.as_deref().unwrap_or_default(),
            scope: self.scope.as_deref().unwrap_or_default(),
        }
    }

    /// The tokens as a JSON object, all of them, for a store.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let mut json = String::with_capacity(512);
        let mut member = |name: &str, value: Value<'_>| {
            json.push(if json.is_empty() { '{' } else { ',' });
            json::quote(&mut json, name);
            json.push(':');
            match value {
                Value::Text(text) => json::quote(&mut json, text),
                Value::Json(text) => json.push_str(text),
            }
        };
        member("access_token", Value::Text(self.access_token.expose()));
        member("token_type", Value::Text(&self.token_type));
        if let Some(expires_at) = self.expires_at {
            member("expires_at", Value::Json(&expires_at.to_string()));
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
                member(name, Value::Text(value));
            }
        }
        for (name, value) in &self.members {
            member(name, Value::Json(value.expose()));
        }
        json.push('}');
        Secret::from(json)
    }
}

enum Value<'a> {
    Text(&'a str),
    Json(&'a str),
}

/// An answer whose tokens cannot be used.
pub(crate) fn bad_member(host: &str, name: &str, reason: BadMember) -> Error {
    let what = match reason {
        BadMember::Duplicate => " stands there twice",
        BadMember::Type => " is missing, or not what RFC 6749 5.1 says",
    };
    let next = "; report it to the server's operator";
    malformed(&["the answer of ", host, " cannot be used: its member ", name, what, next])
}
