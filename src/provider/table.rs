//! The rows.

use super::zoho::DATA_CENTRES;
use crate::oauth::client::Authentication;
use crate::oauth::profile::{
    Api, BasicEncoding, Budget, Endpoints, Lifetime, Meaning, Profile, Revocation, Throttle,
};

/// OAuth 2.0 as written.
pub const RFC: Profile = Profile {
    name: "rfc",
    endpoints: Endpoints::Metadata,
    data_centres: &[],
    scope_separator: ' ',
    answers_comma_scopes: false,
    scope_required: false,
    authorization_parameters: &[],
    authentication: Authentication::Basic,
    basic: BasicEncoding::Encoded,
    status_decides: true,
    token_type_optional: false,
    lifetime: Lifetime { seconds_member: None, milliseconds_above: None },
    errors: &[],
    throttle: Throttle::Status,
    offline_refresh_token: false,
    budget: None,
    api: Api {
        scheme: "Bearer",
        member: "error",
        dead_token: &["invalid_token"],
        scope: &["insufficient_scope"],
    },
    revocation: &[Revocation {
        path: None,
        type_parameter: Some("token_type_hint"),
        authentication: None,
        unknown_is_400: false,
    }],
    client_hint: "check client_id, client_secret, redirect_uri and token_endpoint_auth_method against the client's registration",
    code_hint: "send the user through a new authorization request",
};

/// OAuth 2.0, but Basic credentials are not decoded (node-oauth, oxide-auth).
pub const RFC_RAW_BASIC: Profile = Profile { name: "rfc-raw-basic", basic: BasicEncoding::Raw, ..RFC };

/// Zoho.
pub const ZOHO: Profile = Profile {
    name: "zoho",
    endpoints: Endpoints::PerDataCentre { authorization: "/oauth/v2/auth", token: "/oauth/v2/token" },
    data_centres: DATA_CENTRES,
    scope_separator: ',',
    answers_comma_scopes: true,
    scope_required: true,
    authorization_parameters: &[("access_type", "offline")],
    authentication: Authentication::Post,
    status_decides: false,
    token_type_optional: true,
    lifetime: Lifetime { seconds_member: Some("expires_in_sec"), milliseconds_above: Some(86_400) },
    errors: &[
        ("invalid_code", Meaning::DeadGrant),
        ("invalid_client_secret", Meaning::Client),
        ("invalid_redirect_uri", Meaning::Client),
        ("missing_org_info", Meaning::Client),
        ("access_denied", Meaning::Throttled),
        ("Access Denied", Meaning::Throttled),
        ("general_error", Meaning::Transient),
    ],
    throttle: Throttle::Failure { hold_off: 600 },
    offline_refresh_token: true,
    budget: Some(Budget { requests: 10, window: 600 }),
    api: Api {
        scheme: "Zoho-oauthtoken",
        member: "code",
        dead_token: &[
            "INVALID_TOKEN",
            "INVALID_OAUTHTOKEN",
            "AUTHENTICATION_FAILURE",
            "AUTHENTICATION_FAILED",
        ],
        scope: &["OAUTH_SCOPE_MISMATCH"],
    },
    revocation: &[
        Revocation {
            path: Some("/oauth/v2/revoke/token"),
            type_parameter: Some("token_type"),
            authentication: Some(Authentication::Basic),
            unknown_is_400: true,
        },
        Revocation {
            path: Some("/oauth/v2/token/revoke"),
            type_parameter: None,
            authentication: Some(Authentication::None),
            unknown_is_400: true,
        },
    ],
    client_hint: "the commonest cause is a client, or a secret, of another data centre: see in which api-console the client is registered, set that location, and give the secret of the user's data centre",
    code_hint: "a code lives for minutes, works once, and only at the data centre that made it: generate a new one",
    ..RFC
};

/// GitHub: errors with HTTP 200, commas between granted scopes.
pub const GITHUB: Profile = Profile {
    name: "github",
    endpoints: Endpoints::Fixed {
        issuer: "https://github.com/login/oauth",
        authorization: "https://github.com/login/oauth/authorize",
        token: "https://github.com/login/oauth/access_token",
    },
    answers_comma_scopes: true,
    authentication: Authentication::Post,
    status_decides: false,
    errors: &[
        ("bad_verification_code", Meaning::DeadGrant),
        ("bad_refresh_token", Meaning::DeadGrant),
        ("incorrect_client_credentials", Meaning::Client),
        ("redirect_uri_mismatch", Meaning::Client),
        ("application_suspended", Meaning::Client),
    ],
    revocation: &[],
    ..RFC
};

/// Every row.
pub const PROFILES: &[&Profile] = &[&RFC, &RFC_RAW_BASIC, &ZOHO, &GITHUB];

/// The words of RFC 6749 5.2 and 4.1.2.1, RFC 6750 and OAuth practice, for every row.
pub const COMMON_ERRORS: &[(&str, Meaning)] = &[
    ("invalid_grant", Meaning::DeadGrant),
    ("invalid_client", Meaning::Client),
    ("unauthorized_client", Meaning::Client),
    ("unsupported_grant_type", Meaning::Client),
    ("invalid_request", Meaning::Client),
    ("invalid_scope", Meaning::Scope),
    ("slow_down", Meaning::Throttled),
    ("temporarily_unavailable", Meaning::Transient),
    ("server_error", Meaning::Transient),
    ("internal_server_error", Meaning::Transient),
];

/// The row of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().copied().find(|profile| profile.name == name)
}

impl Profile {
    /// What an `error` word means: the row's own words first, then those that all servers share.
    #[must_use]
    pub fn meaning(&self, word: &str) -> Option<Meaning> {
        self.errors.iter().chain(COMMON_ERRORS).find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
    }

    /// How long to wait after a throttle that does not say, in seconds.
    #[must_use]
    pub const fn hold_off(&self) -> i64 {
        match self.throttle {
            Throttle::Failure { hold_off } => hold_off as i64,
            Throttle::Status => 60,
        }
    }
}
