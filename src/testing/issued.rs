//! Valid codes, refresh tokens and access tokens, each in the order of issue.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::limits::{ACCESS_TOKEN_LIFE, ACCESS_TOKENS, REFRESH_TOKENS};
use super::options::{Client, User};
use super::random::Random;

/// The consent of a user to a client.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) client: Arc<Client>,
    pub(super) user: Arc<User>,
    pub(super) scope: Vec<String>,
}

impl Grant {
    fn client_and_user(&self) -> (String, String) {
        (self.client.id.clone(), self.user.email.clone())
    }
}

#[derive(Clone)]
pub(super) struct Code {
    text: String,
    expires_at: u64,
    pub(super) grant: Grant,
    /// The authorization request; `None` for a code of the Self Client console.
    pub(super) web: Option<WebCode>,
}

#[derive(Clone)]
pub(super) struct WebCode {
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<Challenge>,
    pub(super) offline: bool,
    pub(super) prompt_consent: bool,
}

/// A code challenge (RFC 7636).
#[derive(Clone)]
pub(super) struct Challenge {
    pub(super) value: String,
    pub(super) hashed: bool,
}

#[derive(Clone)]
struct RefreshToken {
    text: String,
    grant: Grant,
}

#[derive(Clone)]
struct AccessToken {
    text: String,
    grant: Grant,
    refresh_token: Option<String>,
    expires_at: u64,
}

#[derive(Clone, Default)]
pub(super) struct Issued {
    codes: Vec<Code>,
    refresh_tokens: Vec<RefreshToken>,
    access_tokens: Vec<AccessToken>,
    /// Pairs of client and user with a refresh token. Another one for the pair needs `prompt=consent`.
    offline: BTreeSet<(String, String)>,
}

impl Issued {
    pub(super) fn add_code(
        &mut self,
        grant: Grant,
        web: Option<WebCode>,
        expires_at: u64,
        random: &mut Random,
    ) -> String {
        let text = random.token(&grant.client.id);
        self.codes.push(Code { text: text.clone(), expires_at, grant, web });
        text
    }

    pub(super) fn code(&mut self, text: &str, now: u64) -> Option<&Code> {
        self.codes.retain(|code| now < code.expires_at);
        self.codes.iter().find(|code| code.text == text)
    }

    pub(super) fn remove_code(&mut self, text: &str) {
        self.codes.retain(|code| code.text != text);
    }

    /// Whether the client has a refresh token of the user.
    pub(super) fn has_refresh_token(&self, grant: &Grant) -> bool {
        self.offline.contains(&grant.client_and_user())
    }

    pub(super) fn add_refresh_token(&mut self, grant: &Grant, random: &mut Random) -> String {
        let pair = grant.client_and_user();
        let mut live = self.refresh_tokens.iter().filter(|token| token.grant.client_and_user() == pair);
        if live.clone().count() >= REFRESH_TOKENS
            && let Some(oldest) = live.next().map(|token| token.text.clone())
        {
            self.remove_refresh_token(&oldest);
        }
        self.offline.insert(pair);
        let text = random.token(&grant.client.id);
        self.refresh_tokens.push(RefreshToken { text: text.clone(), grant: grant.clone() });
        text
    }

    pub(super) fn add_access_token(
        &mut self,
        grant: &Grant,
        refresh_token: Option<&str>,
        now: u64,
        random: &mut Random,
    ) -> String {
        self.access_tokens.retain(|token| now < token.expires_at);
        let of_grant =
            |token: &AccessToken| refresh_token.is_some() && token.refresh_token.as_deref() == refresh_token;
        if self.access_tokens.iter().filter(|token| of_grant(token)).count() >= ACCESS_TOKENS
            && let Some(oldest) = self.access_tokens.iter().position(of_grant)
        {
            self.access_tokens.remove(oldest);
        }
        let text = random.token(&grant.client.id);
        self.access_tokens.push(AccessToken {
            text: text.clone(),
            grant: grant.clone(),
            refresh_token: refresh_token.map(str::to_owned),
            expires_at: now.saturating_add(ACCESS_TOKEN_LIFE),
        });
        text
    }

    pub(super) fn refresh_token(&self, text: &str) -> Option<&Grant> {
        self.refresh_tokens.iter().find(|token| token.text == text).map(|token| &token.grant)
    }

    pub(super) fn access_token(&self, text: &str, now: u64) -> Option<&Grant> {
        let mut live = self.access_tokens.iter().filter(|token| now < token.expires_at);
        live.find(|token| token.text == text).map(|token| &token.grant)
    }

    pub(super) fn revoke_access_token(&mut self, text: &str) {
        self.access_tokens.retain(|token| token.text != text);
    }

    /// Revokes a refresh token and its access tokens. After the last one of a client and user, the next consent counts
    /// as their first.
    pub(super) fn revoke_refresh_token(&mut self, text: &str) {
        let Some(pair) = self.refresh_token(text).map(Grant::client_and_user) else { return };
        self.remove_refresh_token(text);
        if !self.refresh_tokens.iter().any(|token| token.grant.client_and_user() == pair) {
            self.offline.remove(&pair);
        }
    }

    fn remove_refresh_token(&mut self, text: &str) {
        self.refresh_tokens.retain(|token| token.text != text);
        self.access_tokens.retain(|token| token.refresh_token.as_deref() != Some(text));
    }
}
