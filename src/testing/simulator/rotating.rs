//! A strict authorization server: a refresh token works once, and its reuse may revoke all tokens of the grant
//! (RFC 9700 4.14.2).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::handled::Handled;
use super::settings::Rotation;
use crate::testing::http::Response;
use crate::testing::random::Random;

/// One grant with its tokens.
struct Grant {
    is_valid: bool,
    current: String,
    /// Used refresh tokens, and when they were used.
    used: BTreeMap<String, u64>,
    /// When the current refresh token was issued.
    issued_at: u64,
    /// Access tokens and when they expire.
    access: BTreeMap<String, u64>,
}

impl Grant {
    fn has(&self, refresh_token: &str) -> bool {
        self.current == refresh_token || self.used.contains_key(refresh_token)
    }
}

impl Rotation {
    /// Whether this is the current refresh token of a grant, and has not expired.
    fn accepts(&self, grant: &Grant, refresh_token: &str, now: u64) -> bool {
        grant.current == refresh_token && !self.has_expired(grant, now)
    }

    fn has_expired(&self, grant: &Grant, now: u64) -> bool {
        self.expires_after.is_some_and(|idle| now >= grant.issued_at.saturating_add(idle))
    }

    /// Whether the response to a refresh token that was used is repeated: it was used a short time ago, and its successor
    /// was not.
    fn repeats(&self, grant: &Grant, refresh_token: &str, now: u64) -> bool {
        let used_at = grant.used.get(refresh_token).copied();
        let is_last = grant.used.values().max().copied() == used_at;
        used_at.is_some_and(|at| is_last && now < at.saturating_add(self.grace))
    }
}

/// The server.
pub(super) struct Rotating {
    grants: Vec<Grant>,
    random: Random,
    lifetime: u64,
    rotation: Rotation,
}

impl Rotating {
    pub(super) fn new(seed: u64, lifetime: u64, rotation: Rotation) -> Self {
        Self { grants: Vec::new(), random: Random::new(seed), lifetime, rotation }
    }

    /// The user consents: a token response.
    pub(super) fn connect(&mut self, now: u64) -> Response {
        let mut grant = Grant {
            is_valid: true,
            current: self.random.token("refresh"),
            used: BTreeMap::new(),
            issued_at: now,
            access: BTreeMap::new(),
        };
        let members = issue(&mut grant, &mut self.random, now, self.lifetime);
        self.grants.push(grant);
        Response::json(200, &members)
    }

    /// A refresh.
    pub(super) fn refresh(&mut self, refresh_token: &str, now: u64) -> (Response, Handled) {
        let rotation = self.rotation;
        let mut grants = self.grants.iter_mut().filter(|grant| grant.is_valid);
        let Some(grant) = grants.find(|grant| grant.has(refresh_token)) else {
            return (refusal(), Handled::Responded);
        };
        let handled = if rotation.accepts(grant, refresh_token, now) {
            grant.used.insert(refresh_token.to_owned(), now);
            grant.current = self.random.token("refresh");
            grant.issued_at = now;
            Handled::Responded
        } else if rotation.repeats(grant, refresh_token, now) {
            Handled::ReuseAccepted
        } else if grant.current == refresh_token {
            return (refusal(), Handled::Expired);
        } else if rotation.detects_reuse {
            grant.is_valid = false;
            return (refusal(), Handled::ReuseDetected);
        } else {
            return (refusal(), Handled::ReuseRefused);
        };
        (Response::json(200, &issue(grant, &mut self.random, now, self.lifetime)), handled)
    }

    /// Revokes a refresh token and all tokens of its grant (RFC 7009 section 2.1). Some servers ignore one that was used.
    pub(super) fn revoke(&mut self, refresh_token: &str) -> (Response, Handled) {
        let mut grants = self.grants.iter_mut().filter(|grant| grant.is_valid);
        let found = grants.find(|grant| grant.has(refresh_token));
        let confirmed = Response::json(200, &json!({}));
        match found {
            Some(grant) if !self.rotation.revokes_family && grant.current != refresh_token => {
                return (confirmed, Handled::RevocationIgnored);
            }
            Some(grant) => grant.is_valid = false,
            None => {}
        }
        (confirmed, Handled::Responded)
    }

    pub(super) fn revoke_all(&mut self) {
        for grant in &mut self.grants {
            grant.is_valid = false;
        }
    }

    /// Whether the refresh token works and has not been used.
    pub(super) fn is_valid(&self, refresh_token: &str, now: u64) -> bool {
        self.grants.iter().any(|grant| grant.is_valid && self.rotation.accepts(grant, refresh_token, now))
    }

    /// Whether the refresh token has expired, because it was not used for so long.
    pub(super) fn has_expired(&self, refresh_token: &str, now: u64) -> bool {
        let current = self.grants.iter().find(|grant| grant.current == refresh_token);
        current.is_some_and(|grant| self.rotation.has_expired(grant, now))
    }

    /// Whether the refresh token of a valid grant was used, so that the server does not accept it.
    pub(super) fn is_used(&self, refresh_token: &str, now: u64) -> bool {
        let is_used = |grant: &&Grant| grant.is_valid && grant.used.contains_key(refresh_token);
        let found = self.grants.iter().find(is_used);
        found.is_some_and(|grant| !self.rotation.repeats(grant, refresh_token, now))
    }

    /// Whether a resource server accepts the access token.
    pub(super) fn accepts(&self, access_token: &str, now: u64) -> bool {
        let expires_at = |grant: &Grant| grant.access.get(access_token).copied().unwrap_or(0);
        self.grants.iter().any(|grant| grant.is_valid && now < expires_at(grant))
    }
}

fn refusal() -> Response {
    Response::json(400, &json!({ "error": "invalid_grant" }))
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
