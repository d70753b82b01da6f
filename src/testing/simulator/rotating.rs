//! A strict authorization server: a refresh token works once, and its reuse revokes all tokens of the grant
//! (RFC 9700 4.14.2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::testing::http::Response;
use crate::testing::random::Random;

/// One grant with its tokens.
struct Grant {
    is_valid: bool,
    current: String,
    used: BTreeSet<String>,
    /// Access tokens and when they expire.
    access: BTreeMap<String, u64>,
}

impl Grant {
    fn has(&self, refresh_token: &str) -> bool {
        self.current == refresh_token || self.used.contains(refresh_token)
    }
}

/// The server.
pub(super) struct Rotating {
    grants: Vec<Grant>,
    random: Random,
    lifetime: u64,
}

impl Rotating {
    pub(super) fn new(seed: u64, lifetime: u64) -> Self {
        Self { grants: Vec::new(), random: Random::new(seed), lifetime }
    }

    /// The user consents: a token response.
    pub(super) fn connect(&mut self, now: u64) -> Response {
        let mut grant = Grant {
            is_valid: true,
            current: self.random.token("refresh"),
            used: BTreeSet::new(),
            access: BTreeMap::new(),
        };
        let members = issue(&mut grant, &mut self.random, now, self.lifetime);
        self.grants.push(grant);
        Response::json(200, &members)
    }

    /// A refresh.
    pub(super) fn refresh(&mut self, refresh_token: &str, now: u64) -> Response {
        match self.grants.iter_mut().find(|grant| grant.has(refresh_token)) {
            Some(grant) if grant.is_valid && grant.current == refresh_token => {
                grant.used.insert(refresh_token.to_owned());
                grant.current = self.random.token("refresh");
                Response::json(200, &issue(grant, &mut self.random, now, self.lifetime))
            }
            reused => {
                if let Some(grant) = reused {
                    grant.is_valid = false;
                }
                Response::json(400, &json!({ "error": "invalid_grant" }))
            }
        }
    }

    /// Revokes a refresh token and all tokens of its grant (RFC 7009 section 2.1).
    pub(super) fn revoke(&mut self, refresh_token: &str) -> Response {
        if let Some(grant) = self.grants.iter_mut().find(|grant| grant.has(refresh_token)) {
            grant.is_valid = false;
        }
        Response::json(200, &json!({}))
    }

    pub(super) fn revoke_all(&mut self) {
        for grant in &mut self.grants {
            grant.is_valid = false;
        }
    }

    /// Whether the refresh token works.
    pub(super) fn is_valid(&self, refresh_token: &str) -> bool {
        self.grants.iter().any(|grant| grant.is_valid && grant.current == refresh_token)
    }

    /// Whether the refresh token was used, and its grant is still valid.
    pub(super) fn is_used(&self, refresh_token: &str) -> bool {
        self.grants.iter().any(|grant| grant.is_valid && grant.used.contains(refresh_token))
    }

    /// Whether a resource server accepts the access token.
    pub(super) fn accepts(&self, access_token: &str, now: u64) -> bool {
        let expires_at = |grant: &Grant| grant.access.get(access_token).copied().unwrap_or(0);
        self.grants.iter().any(|grant| grant.is_valid && now < expires_at(grant))
    }
}

fn issue(grant: &mut Grant, random: &mut Random, now: u64, lifetime: u64) -> Value {
    let access_token = random.token("access");
    grant.access.insert(access_token.clone(), now.saturating_add(lifetime));
    json!({
        "access_token": access_token,
        "refresh_token": grant.current,
        "token_type": "Bearer",
        "expires_in": lifetime,
    })
}
