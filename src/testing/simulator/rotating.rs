//! A strict authorization server: a refresh token works once, and one that comes again takes its whole family along
//! (RFC 9700 4.14.2).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::testing::http::Response;
use crate::testing::random::Random;

/// All that came of one consent.
struct Family {
    alive: bool,
    current: String,
    spent: BTreeSet<String>,
    /// Access tokens and when they end.
    access: BTreeMap<String, u64>,
}

/// The server.
pub(super) struct Rotating {
    families: Vec<Family>,
    random: Random,
    life: u64,
}

impl Rotating {
    pub(super) fn new(seed: u64, life: u64) -> Self {
        Self { families: Vec::new(), random: Random::new(seed), life }
    }

    /// The user consents: a token answer.
    pub(super) fn connect(&mut self, now: u64) -> Response {
        let mut family = Family {
            alive: true,
            current: self.random.token("refresh"),
            spent: BTreeSet::new(),
            access: BTreeMap::new(),
        };
        let answer = issue(&mut family, &mut self.random, now, self.life);
        self.families.push(family);
        Response::json(200, &answer)
    }

    /// A refresh.
    pub(super) fn refresh(&mut self, refresh_token: &str, now: u64) -> Response {
        let known =
            |family: &&mut Family| family.current == refresh_token || family.spent.contains(refresh_token);
        match self.families.iter_mut().find(known) {
            Some(family) if family.alive && family.current == refresh_token => {
                family.spent.insert(refresh_token.to_owned());
                family.current = self.random.token("refresh");
                Response::json(200, &issue(family, &mut self.random, now, self.life))
            }
            reused => {
                if let Some(family) = reused {
                    family.alive = false;
                }
                Response::json(400, &json!({ "error": "invalid_grant" }))
            }
        }
    }

    pub(super) fn revoke_all(&mut self) {
        for family in &mut self.families {
            family.alive = false;
        }
    }

    /// Whether the refresh token works.
    pub(super) fn is_alive(&self, refresh_token: &str) -> bool {
        self.families.iter().any(|family| family.alive && family.current == refresh_token)
    }

    /// Whether the refresh token was used, and its family was still alive.
    pub(super) fn is_spent(&self, refresh_token: &str) -> bool {
        self.families.iter().any(|family| family.alive && family.spent.contains(refresh_token))
    }

    /// Whether a resource server takes the access token.
    pub(super) fn takes(&self, access_token: &str, now: u64) -> bool {
        let ends = |family: &Family| family.access.get(access_token).copied().unwrap_or(0);
        self.families.iter().any(|family| family.alive && now < ends(family))
    }
}

fn issue(family: &mut Family, random: &mut Random, now: u64, life: u64) -> Value {
    let access_token = random.token("access");
    family.access.insert(access_token.clone(), now.saturating_add(life));
    json!({
        "access_token": access_token,
        "refresh_token": family.current,
        "token_type": "Bearer",
        "expires_in": life,
    })
}
