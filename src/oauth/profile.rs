//! A profile: where a provider departs from the RFCs, as a value that the configuration hands in.

use std::time::Duration;

pub use super::client_authentication::{BasicEncoding, ClientAuthentication};
pub use super::region::Region;
pub use crate::text::time::RateLimit;

/// Where a provider departs from the RFCs. The default departs nowhere, and each leniency is a column.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name of the row.
    pub id: String,
    /// The issuer identifier, where the row supplies it.
    pub issuer: Option<String>,
    /// The authorization endpoint. With [`regions`](Self::regions) it begins with `{accounts_server}`.
    pub authorization_endpoint: Option<String>,
    /// The token endpoint, likewise.
    pub token_endpoint: Option<String>,
    /// The regions between which the provider spreads its users; empty for a server with one origin. The first is the
    /// default.
    pub regions: Vec<Region>,
    /// The separator of scopes in a request (RFC 6749 section 3.3 says a space).
    pub scope_separator: char,
    /// Whether commas also separate the scopes of a response.
    pub scope_response_commas: bool,
    /// Whether the server refuses an authorization request without scope.
    pub scope_required: bool,
    /// Parameters that each authorization request carries unless the caller sets them.
    pub authorization_parameters: Vec<(String, String)>,
    /// How a client with a secret authenticates unless its configuration says.
    pub client_authentication: ClientAuthentication,
    /// How id and secret are written into HTTP Basic credentials (RFC 6749 section 2.3.1).
    pub basic_encoding: BasicEncoding,
    /// Whether a token response counts at any HTTP status, since the server sends errors with 200 and the body decides.
    pub token_response_any_status: bool,
    /// Whether a web page instead of a response goes away by itself, so that the request may be sent again.
    pub html_is_transient: bool,
    /// Whether a 2xx confirms a revocation only together with its body.
    pub revocation_body_decides: bool,
    /// Whether a response without `token_type` counts as Bearer (RFC 6749 section 5.1 requires it).
    pub token_type_optional: bool,
    /// How lifetimes are written.
    pub lifetime: Lifetime,
    /// Values of `error` beyond those of RFC 6749 section 5.2, and what they mean.
    pub errors: Vec<(String, Meaning)>,
    /// How the server reports that it throttles, besides HTTP 429.
    pub throttle: Throttle,
    /// Whether a code exchange that asked for offline access must bring a refresh token.
    pub offline_refresh_token: bool,
    /// How many token requests the server accepts for one refresh token.
    pub budget: Option<RateLimit>,
    /// How API calls carry the access token, and how API responses report a token that is not accepted.
    pub api: Api,
    /// How tokens are revoked: each form is tried until one is confirmed.
    pub revocation: Vec<Revocation>,
    /// The next step where the server rejects the client.
    pub client_hint: String,
    /// The next step where the server rejects a code.
    pub code_hint: String,
}

/// How `expires_in` is read.
#[derive(Debug, Clone, Default)]
pub struct Lifetime {
    /// A member in seconds that takes precedence over `expires_in`.
    pub seconds_member: Option<String>,
    /// `expires_in` above this number is in milliseconds.
    pub milliseconds_above: Option<u64>,
}

/// What a value of `error` means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// How a throttle looks, besides HTTP 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Only HTTP 429.
    Status,
    /// Also a member `status` with the value `failure`, or HTTP 400 with a description and an unknown `error`, since
    /// the texts are localised.
    Failure {
        /// The time to wait where the response names none.
        hold_off: Duration,
    },
}

/// One form of revocation request.
#[derive(Debug, Clone)]
pub struct Revocation {
    /// The endpoint, with `{accounts_server}` where there are regions; `None` is the metadata's `revocation_endpoint`
    /// (RFC 7009).
    pub endpoint: Option<String>,
    /// The parameter that carries the type of the token.
    pub type_parameter: Option<String>,
    /// The client authentication of this form; `None` is the client's own.
    pub client_authentication: Option<ClientAuthentication>,
    /// Whether HTTP 400 means that the server does not know the token.
    pub unknown_is_400: bool,
}

/// How a resource server reports that it does not accept a token, besides `WWW-Authenticate` (RFC 6750 section 3).
#[derive(Debug, Clone)]
pub struct Api {
    /// The scheme of the `authorization` header.
    pub scheme: String,
    /// The member of a JSON body of HTTP 401 that holds the error code.
    pub member: String,
    /// Error codes of an access token that is no longer valid.
    pub invalid_token: Vec<String>,
    /// Error codes of a token that lacks a scope.
    pub insufficient_scope: Vec<String>,
}

/// What stands for the accounts server of a region in an endpoint of a row.
const ACCOUNTS_SERVER: &str = "{accounts_server}";

/// An endpoint of a row at an accounts server; `None` where the endpoint is not one of regions.
pub(crate) fn at_region(endpoint: &str, accounts_server: &str) -> Option<String> {
    endpoint.strip_prefix(ACCOUNTS_SERVER).map(|path| [accounts_server, path].concat())
}

impl Revocation {
    /// The endpoint of the row, at an accounts server where there are regions.
    pub(crate) fn endpoint_at(&self, accounts_server: Option<&str>) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        match accounts_server {
            Some(accounts_server) => at_region(endpoint, accounts_server),
            None => Some(endpoint.clone()),
        }
    }
}

impl Profile {
    /// The region of that name.
    #[must_use]
    pub fn region(&self, location: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.location == location)
    }

    /// How long to wait after a throttle that names no time.
    #[must_use]
    pub const fn hold_off(&self) -> Duration {
        match self.throttle {
            Throttle::Failure { hold_off } => hold_off,
            Throttle::Status => Duration::from_secs(60),
        }
    }
}

impl Default for Profile {
    /// OAuth 2.0 as written.
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
            revocation_body_decides: false,
            token_type_optional: false,
            lifetime: Lifetime::default(),
            errors: Vec::new(),
            throttle: Throttle::Status,
            offline_refresh_token: false,
            budget: None,
            api: Api::default(),
            revocation: vec![Revocation::default()],
            client_hint: "check client_id, client_secret, redirect_uri and token_endpoint_auth_method against the client's registration".to_owned(),
            code_hint: "send the user through a new authorization request".to_owned(),
        }
    }
}

impl Default for Api {
    /// RFC 6750.
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
    /// RFC 7009.
    fn default() -> Self {
        Self {
            endpoint: None,
            type_parameter: Some("token_type_hint".to_owned()),
            client_authentication: None,
            unknown_is_400: false,
        }
    }
}
