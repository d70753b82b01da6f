//! The columns in which servers depart from the RFCs.

use crate::oauth::client::Authentication;

/// One kind of authorization server: where it departs from the RFCs, and what it calls things.
///
/// The row `rfc` departs nowhere; each leniency of another row can be read in its columns.
#[derive(Debug)]
pub struct Profile {
    /// What `AuthorizationServer.profile` says to choose this row.
    pub name: &'static str,
    /// The endpoints that the row supplies, so that a configuration need not.
    pub endpoints: Endpoints,
    /// The data centres between which this server spreads its users; empty for a server with one origin.
    pub data_centres: &'static [DataCentre],
    /// Between scopes of an authorization or refresh request (RFC 6749 3.3 says a space).
    pub scope_separator: char,
    /// Whether the server also writes commas between the scopes of an answer.
    pub answers_comma_scopes: bool,
    /// Whether the server refuses an authorization request without scope.
    pub scope_required: bool,
    /// Parameters that every authorization request carries unless the caller sets them.
    pub authorization_parameters: &'static [(&'static str, &'static str)],
    /// How a client with a secret authenticates unless its configuration says.
    pub authentication: Authentication,
    /// How id and secret are written into HTTP Basic credentials (RFC 6749 2.3.1).
    pub basic: BasicEncoding,
    /// Whether the HTTP status says if a token answer is an error; some servers send errors with 200.
    pub status_decides: bool,
    /// Whether an answer without `token_type` is taken as Bearer (RFC 6749 5.1 requires it).
    pub token_type_optional: bool,
    /// How lifetimes are written.
    pub lifetime: Lifetime,
    /// Words of `error` beyond those of RFC 6749 5.2, and what they mean.
    pub errors: &'static [(&'static str, Meaning)],
    /// How the server says that it throttles, beside HTTP 429.
    pub throttle: Throttle,
    /// Whether an exchange that asked for offline access must bring a refresh token.
    pub offline_refresh_token: bool,
    /// How many token requests the server takes for one refresh token.
    pub budget: Option<Budget>,
    /// How API calls carry the access token, and how their answers speak of it.
    pub api: Api,
    /// How tokens are revoked: each form is tried until one is confirmed.
    pub revocation: &'static [Revocation],
    /// What a person should look at when the server rejects the client.
    pub client_hint: &'static str,
    /// What a person should do when a code is rejected.
    pub code_hint: &'static str,
}

/// What a row knows of a server's endpoints.
#[derive(Debug, Clone, Copy)]
pub enum Endpoints {
    /// The caller's metadata (RFC 8414) names them all.
    Metadata,
    /// Fixed URLs.
    Fixed {
        /// The issuer identifier.
        issuer: &'static str,
        /// The authorization endpoint.
        authorization: &'static str,
        /// The token endpoint.
        token: &'static str,
    },
    /// Paths, the same at the accounts origin of every data centre.
    PerDataCentre {
        /// The authorization endpoint's path.
        authorization: &'static str,
        /// The token endpoint's path.
        token: &'static str,
    },
}

/// One place where a server keeps accounts.
#[derive(Debug, Clone, Copy)]
pub struct DataCentre {
    /// The name in the callback's `location`.
    pub location: &'static str,
    /// The origin that issues tokens.
    pub accounts: &'static str,
    /// The origins that take tokens; the first is the one for production.
    pub apis: &'static [&'static str],
    /// Whether the provider documents both hosts.
    pub sure: bool,
}

/// How Basic credentials are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasicEncoding {
    /// Percent-encoded, unreserved characters left alone.
    Encoded,
    /// As they are, for servers that do not decode.
    Raw,
}

/// How `expires_in` is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Lifetime {
    /// A member in seconds that wins over `expires_in`.
    pub seconds_member: Option<&'static str>,
    /// `expires_in` above this is in milliseconds.
    pub milliseconds_above: Option<u64>,
}

/// What an `error` word means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The code or the refresh token is no longer good.
    DeadGrant,
    /// The client, its secret, its redirect URI or its request is refused.
    Client,
    /// The scope is refused.
    Scope,
    /// Too many requests.
    Throttled,
    /// The server failed; the same request may succeed later.
    Transient,
}

/// How a throttle looks, beside HTTP 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Only HTTP 429.
    Status,
    /// Also a member `status` that says `failure`, or HTTP 400 with a description and an unknown word: the words are
    /// localised. `hold_off` is the time to wait in seconds where the answer names none.
    Failure {
        /// Seconds.
        hold_off: u32,
    },
}

/// One form of revocation request.
#[derive(Debug, Clone, Copy)]
pub struct Revocation {
    /// Path at the accounts origin; `None` is the metadata's `revocation_endpoint` (RFC 7009).
    pub path: Option<&'static str>,
    /// The parameter that carries the token's type.
    pub type_parameter: Option<&'static str>,
    /// The client authentication of this form; `None` is the client's own.
    pub authentication: Option<Authentication>,
    /// Whether HTTP 400 says that the server does not know the token.
    pub unknown_is_400: bool,
}

/// So many requests in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How many.
    pub requests: usize,
    /// Seconds.
    pub window: i64,
}

/// How a resource server speaks of tokens, beside `WWW-Authenticate` (RFC 6750 3).
#[derive(Debug, Clone, Copy)]
pub struct Api {
    /// The scheme of the `authorization` header.
    pub scheme: &'static str,
    /// The member of a JSON body of HTTP 401 that holds a word.
    pub member: &'static str,
    /// Words that say that the access token is no longer good.
    pub dead_token: &'static [&'static str],
    /// Words that say that it lacks a scope.
    pub scope: &'static [&'static str],
}
