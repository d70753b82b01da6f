//! A stored grant with its tokens: the host keeps it, and the machines read a [`Record`] of it.

use crate::flow::effect::{Save, Slot};
use crate::manager::policy::BackOff;
use crate::manager::record::Record;
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// The tokens of a slot.
#[derive(Debug, Clone, Default)]
pub(super) struct Tokens {
    pub(super) access_token: Secret,
    /// Empty if there is none.
    pub(super) refresh_token: Secret,
    pub(super) expires_at: Option<UnixTime>,
}

/// A stored grant.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredRecord {
    /// The number of the write, which no process knows: two records may have one version if the store lost writes.
    pub(super) write: u64,
    pub(super) version: i64,
    /// None in the records of the oldest release.
    pub(super) format: Option<u32>,
    /// Of the consent; none in the records of the oldest release.
    pub(super) grant_id: Option<u64>,
    /// Whether it has the member that only later releases know.
    pub(super) has_later_member: bool,
    pub(super) tokens: Tokens,
    pub(super) requests: Vec<UnixTime>,
    pub(super) refreshing_since: Option<UnixTime>,
    pub(super) request_ended_at: Option<UnixTime>,
    pub(super) hold_until: Option<UnixTime>,
    pub(super) rejected_at: Option<UnixTime>,
    pub(super) issued_at: Option<UnixTime>,
    /// Of a vault. The machines do not know it.
    pub(super) back_off: Option<BackOff>,
}

impl StoredRecord {
    pub(super) fn access_token(&self) -> &str {
        self.tokens.access_token.expose()
    }

    /// Whether its tokens are these.
    pub(super) fn has(&self, tokens: &Tokens) -> bool {
        self.access_token() == tokens.access_token.expose()
            && self.refresh_token() == tokens.refresh_token.expose()
    }

    pub(super) fn refresh_token(&self) -> &str {
        self.tokens.refresh_token.expose()
    }

    /// What decisions read of it. `rejected` is the access token that the resource server rejected, empty where there is
    /// none.
    pub(super) fn record(&self, rejected: &str) -> Record {
        let access_token = self.access_token();
        Record {
            version: self.version,
            has_refresh_token: !self.tokens.refresh_token.is_empty(),
            access_token_rejected: access_token.is_empty() || access_token == rejected,
            expires_at: self.tokens.expires_at,
            issued_at: self.issued_at,
            requests: self.requests.clone(),
            refreshing_since: self.refreshing_since,
            request_ended_at: self.request_ended_at,
            hold_until: self.hold_until,
            rejected_at: self.rejected_at,
        }
    }

    /// The record of a save: the tokens of its slot, its members, and the other members of the loaded record. The caller
    /// adds what its release writes beside these.
    pub(super) fn compose(
        save: &Save,
        loaded: Option<&Self>,
        issued: Option<&Tokens>,
        remembered: Option<&Self>,
    ) -> Self {
        let tokens = match save.tokens {
            Slot::Loaded => loaded.map(|loaded| &loaded.tokens),
            Slot::Issued => issued,
            Slot::Remembered => remembered.map(|remembered| &remembered.tokens),
        };
        Self {
            write: 0,
            version: save.version,
            format: loaded.and_then(|loaded| loaded.format),
            grant_id: loaded.and_then(|loaded| loaded.grant_id),
            has_later_member: loaded.is_some_and(|loaded| loaded.has_later_member),
            tokens: tokens.cloned().unwrap_or_default(),
            requests: save.requests.clone(),
            refreshing_since: save.refreshing_since,
            request_ended_at: save.request_ended_at,
            hold_until: save.hold_until,
            rejected_at: save.rejected_at,
            issued_at: save.issued_at,
            back_off: loaded.and_then(|loaded| loaded.back_off),
        }
    }
}
