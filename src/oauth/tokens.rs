//! The tokens of one grant.

use crate::text::json::{self, Members};
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// The tokens of one grant, with absolute times.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenResponse {
    /// The access token ([RFC 6749 section 1.4](https://www.rfc-editor.org/rfc/rfc6749#section-1.4)), of visible ASCII
    /// characters and spaces only, since it is sent in a header. Empty in the tokens of an error whose response has no
    /// access token that can be used.
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
const OWN_MEMBERS: [&str; 11] = [
    "access_token",
    "token_type",
    "expires_at",
    "expires_in",
    "refresh_token",
    "scope",
    "id_token",
    "accounts_server",
    "api_domain",
    "__proto__",
    "error",
];

/// Whether a member of a response is none of the [`TokenResponse`]'s own.
pub(crate) fn is_extra(name: &str) -> bool {
    !OWN_MEMBERS.contains(&name)
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
    /// // The tokens of an error may lack the access token.
    /// assert!(TokenResponse::from_json(r#"{"access_token":"","refresh_token":"r"}"#).is_some());
    /// ```
    #[must_use]
    pub fn from_json(json: &str) -> Option<Self> {
        let members = Members::parse(json).ok()?;
        let text = |name| members.text(name);
        let expires_at = members.number("expires_at").ok()?.and_then(|seconds| i64::try_from(seconds).ok());
        let access_token = text("access_token").ok()?.map(Secret::from);
        let refresh_token = text("refresh_token").ok()?.map(Secret::from);
        if access_token.is_none() && refresh_token.is_none() {
            return None;
        }
        Some(Self {
            access_token: access_token.unwrap_or_default(),
            token_type: text("token_type").ok()?.unwrap_or_else(|| "Bearer".to_owned()),
            expires_at: expires_at.map(UnixTime::from_seconds),
            refresh_token,
            scope: text("scope").ok()?,
            id_token: text("id_token").ok()?.map(Secret::from),
            accounts_server: text("accounts_server").ok()?,
            api_domain: text("api_domain").ok()?,
            members: members.rest(is_extra),
        })
    }

    /// Writes all members as a JSON object, for a store.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let mut json = json::Writer::new();
        json.text("access_token", self.access_token.expose());
        json.text("token_type", &self.token_type);
        if let Some(expires_at) = self.expires_at {
            json.raw("expires_at", itoa::Buffer::new().format(expires_at.seconds()));
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
        self.write_members(&mut json);
        json.finish()
    }

    /// Writes [`members`](Self::members) as a JSON object; an empty text without any.
    #[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only the bindings call it"))]
    pub(crate) fn members_json(&self) -> Secret {
        if self.members.is_empty() {
            return Secret::new();
        }
        let mut json = json::Writer::new();
        self.write_members(&mut json);
        json.finish()
    }

    fn write_members(&self, json: &mut json::Writer) {
        for (name, value) in &self.members {
            json.raw(name, value.expose());
        }
    }
}
