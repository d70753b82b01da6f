//! A profile: how a provider departs from the RFCs, as a value of the configuration.

use std::time::Duration;

pub use super::client_authentication::{BasicEncoding, ClientAuthentication};
pub use super::region::Region;
pub use crate::text::time::RateLimit;

/// How a provider departs from the RFCs. The default follows them, and each departure is a column.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name of the row.
    pub id: String,
    /// The issuer identifier.
    pub issuer: Option<String>,
    /// The authorization endpoint, which begins with `{accounts_server}` if there are [`regions`](Self::regions).
    pub authorization_endpoint: Option<String>,
    /// The token endpoint, which begins with `{accounts_server}` if there are [`regions`](Self::regions).
    pub token_endpoint: Option<String>,
    /// The regions between which the provider distributes its users; empty for a server with one origin. The first is
    /// the default.
    pub regions: Vec<Region>,
    /// The separator of scopes in a request, which is a space in
    /// [RFC 6749 section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
    pub scope_separator: char,
    /// Whether commas also separate the scopes of a response.
    pub scope_response_commas: bool,
    /// Whether the server requires a scope in an authorization request.
    pub scope_required: bool,
    /// Parameters of each authorization request, unless the caller sets them.
    pub authorization_parameters: Vec<(String, String)>,
    /// How a client with a secret authenticates by default.
    pub client_authentication: ClientAuthentication,
    /// How HTTP Basic credentials are encoded.
    pub basic_encoding: BasicEncoding,
    /// Whether tokens are accepted with any HTTP status, since the server sends errors with 200 and the body decides.
    pub token_response_any_status: bool,
    /// Whether the request may be sent again after a web page instead of a JSON response.
    pub html_is_transient: bool,
    /// Whether HTTP 400 with an empty body means that the code or the refresh token is no longer valid.
    pub empty_400_is_invalid_grant: bool,
    /// Whether a 2xx confirms a revocation only if its body has no error.
    pub revocation_body_decides: bool,
    /// Whether a response without `token_type` counts as `Bearer`, though
    /// [RFC 6749 section 5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1) requires it. This is the default: to
    /// refuse the response would lose a refresh token in it.
    pub token_type_optional: bool,
    /// How the lifetime of an access token is read.
    pub lifetime: LifetimeFormat,
    /// Values of `error` beyond those of [RFC 6749 section 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2),
    /// with their meaning.
    pub errors: Vec<(String, Meaning)>,
    /// How the server reports throttling, besides HTTP 429.
    pub throttle: Throttle,
    /// Members of a response, each with the value that reports a failure, whether or not there is an `error`.
    pub failure_members: Vec<(String, String)>,
    /// The parameters that request offline access, which each authorization request has unless the caller sets them. The
    /// response to a code exchange for offline access must have a refresh token. `None` if the server has no such rule.
    pub offline_access: Option<Vec<(String, String)>>,
    /// How many token requests the server accepts for one refresh token; `None` without a documented limit.
    pub budget: Option<RateLimit>,
    /// How API calls present the access token, and how API responses report an invalid one.
    pub api: Api,
    /// The forms of revocation request, which are tried until the server confirms one.
    pub revocation: Vec<Revocation>,
    /// The next step after the server rejects the client, for messages.
    pub client_hint: String,
    /// The next step after the server rejects a code, for messages.
    pub code_hint: String,
    /// The next step after a response to a request for offline access without a refresh token, for messages.
    pub offline_hint: String,
}

/// How the lifetime of an access token is read.
#[derive(Debug, Clone, Default)]
pub struct LifetimeFormat {
    /// The member, in seconds, that precedes `expires_in`.
    pub seconds_member: Option<String>,
    /// The number above which `expires_in` is in milliseconds.
    pub milliseconds_above: Option<u64>,
}

/// The meaning of an `error` value to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// The code or the refresh token is no longer valid.
    InvalidGrant,
    /// The client, its secret, its redirect URI or its request is refused.
    InvalidClient,
    /// The scope is refused.
    InvalidScope,
    /// Too many requests.
    Throttled,
    /// The server failed; the same request may succeed later.
    Transient,
}

/// How a server reports throttling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Throttle {
    /// Only HTTP 429.
    Status,
    /// HTTP 429, or an `error` that is absent or unknown, with one of [`Profile::failure_members`] or with HTTP 400 and
    /// a description: the texts of `error` are localised.
    Failure {
        /// How long to wait if the response has no `Retry-After`.
        hold_off: Duration,
    },
}

/// One form of revocation request.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The endpoint, which begins with `{accounts_server}` if there are regions; `None` for the `revocation_endpoint`
    /// of the metadata.
    pub endpoint: Option<String>,
    /// The parameter with the type of the token; `None` to omit it.
    pub type_parameter: Option<String>,
    /// The client authentication of this form; `None` for that of the client.
    pub client_authentication: Option<ClientAuthentication>,
    /// Whether HTTP 400 means that the token is unknown to the server.
    pub unknown_is_400: bool,
}

/// How a resource server takes access tokens, and reports invalid ones besides `WWW-Authenticate`
/// ([RFC 6750 section 3](https://www.rfc-editor.org/rfc/rfc6750#section-3)).
#[derive(Debug, Clone)]
pub struct Api {
    /// The scheme of the `authorization` header.
    pub scheme: String,
    /// The member with the error code in the JSON body of an HTTP 401.
    pub member: String,
    /// Error codes of an access token that is no longer valid.
    pub invalid_token: Vec<String>,
    /// Error codes of an access token that lacks a scope.
    pub insufficient_scope: Vec<String>,
}

/// The placeholder for the accounts server of a region in an endpoint.
const ACCOUNTS_SERVER: &str = "{accounts_server}";

/// An endpoint at an accounts server; `None` if the endpoint has no placeholder.
pub(crate) fn at_region(endpoint: &str, accounts_server: &str) -> Option<String> {
    endpoint.strip_prefix(ACCOUNTS_SERVER).map(|path| [accounts_server, path].concat())
}

impl Revocation {
    /// The endpoint, at an accounts server if there are regions.
    pub(crate) fn endpoint_at(&self, accounts_server: Option<&str>) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        match accounts_server {
            Some(accounts_server) => at_region(endpoint, accounts_server),
            None => Some(endpoint.clone()),
        }
    }
}

impl Profile {
    /// The region with a name; `None` for an unknown name.
    #[must_use]
    pub fn region(&self, location: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.location == location)
    }

    /// How long to wait after a throttled request whose response has no `Retry-After`.
    #[must_use]
    pub const fn hold_off(&self) -> Duration {
        match self.throttle {
            Throttle::Failure { hold_off } => hold_off,
            Throttle::Status => Duration::from_secs(60),
        }
    }
}

impl Default for Profile {
    /// The profile of RFC 6749, named `rfc`.
    fn default() -> Self {
        Self {
            id: "rfc".to_owned(),
            issuer: None,
            authorization_endpoint: None,
            token_endpoint: None,
            regions: Vec::new(),
            scope_separator: ' ',
            scope_response_commas: false,
            scope_required: false,
            authorization_parameters: Vec::new(),
            client_authentication: ClientAuthentication::ClientSecretBasic,
            basic_encoding: BasicEncoding::Encoded,
            token_response_any_status: false,
            html_is_transient: false,
            empty_400_is_invalid_grant: false,
            revocation_body_decides: false,
            token_type_optional: true,
            lifetime: LifetimeFormat::default(),
            errors: Vec::new(),
            throttle: Throttle::Status,
            failure_members: Vec::new(),
            offline_access: None,
            budget: None,
            api: Api::default(),
            revocation: vec![Revocation::default()],
            client_hint: "check client_id, client_secret, redirect_uri and token_endpoint_auth_method against the client's registration".to_owned(),
            code_hint: "send the user through a new authorization request".to_owned(),
            offline_hint: "request what the server's documentation requires for a refresh token".to_owned(),
        }
    }
}

impl Default for Api {
    /// The scheme and the error codes of RFC 6750.
    fn default() -> Self {
        Self {
            scheme: "Bearer".to_owned(),
            member: "error".to_owned(),
            invalid_token: vec!["invalid_token".to_owned()],
            insufficient_scope: vec!["insufficient_scope".to_owned()],
        }
    }
}

impl Default for Revocation {
    /// The form of RFC 7009.
    fn default() -> Self {
        Self {
            endpoint: None,
            type_parameter: Some("token_type_hint".to_owned()),
            client_authentication: None,
            unknown_is_400: false,
        }
    }
}
