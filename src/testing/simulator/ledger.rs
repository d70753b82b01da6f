//! Every token that was issued and every token request that was sent: what no process knows, and the properties read.

use std::collections::{BTreeMap, BTreeSet};

use super::call::CallOptions;
use super::process::Instance;

/// A token request, as its sender sees it.
pub(super) struct Sent {
    pub(super) instance: Instance,
    /// The lock under which it was sent.
    pub(super) fence: Option<u64>,
    pub(super) refresh_token: String,
    /// The access token that it is to replace.
    pub(super) access_token: String,
    pub(super) options: CallOptions,
    /// How many requests within a window its sender counts in the record, with this one.
    pub(super) counted: usize,
    /// When its sender decided to send it, and marked the record.
    pub(super) marked_at: u64,
    pub(super) sent_at: u64,
    /// Whether the sender waits for the response.
    pub(super) awaited: bool,
    /// When the sender had the complete response.
    pub(super) delivered_at: Option<u64>,
    /// When the store first had the tokens that it brought.
    pub(super) saved_at: Option<u64>,
    /// When its sender gave up saving the tokens that it brought.
    pub(super) gave_up_at: Option<u64>,
    /// When the sender learned that it failed, and with which code.
    pub(super) failed: Option<(u64, &'static str)>,
    /// The end of the pause that the failure calls for, in milliseconds.
    pub(super) pause: Option<u64>,
}

/// A copy of a request on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copy {
    pub(super) request: u64,
    /// Whether the network made it of a request that was sent once.
    pub(super) is_duplicate: bool,
}

/// An access token.
pub(super) struct Access {
    serial: usize,
    /// By the server's clock, in seconds.
    pub(super) expires_at: u64,
    /// The request that brought it; none for the user's consent.
    request: Option<u64>,
    /// When the store first had it, in milliseconds.
    pub(super) saved_at: Option<u64>,
}

/// The place of a refresh token in the order of issue: its consent, then the token itself.
pub(super) type Age = (usize, usize);

/// All tokens and requests.
#[derive(Default)]
pub(super) struct Ledger {
    refresh: BTreeMap<String, Age>,
    access: BTreeMap<String, Access>,
    /// The request that brought a refresh token first.
    brought_by: BTreeMap<String, u64>,
    /// The request that used up a refresh token.
    pub(super) used_by: BTreeMap<String, u64>,
    pub(super) requests: BTreeMap<u64, Sent>,
    /// Refresh tokens of which the server may have counted a request at another time than the record did, or one that the
    /// record has lost.
    pub(super) counted_late: BTreeSet<String>,
    /// Refresh tokens of which the server got a revocation request.
    pub(super) revoked: BTreeSet<String>,
    /// Refresh tokens that the store had as rejected.
    pub(super) rejected: BTreeSet<String>,
}

impl Ledger {
    pub(super) fn issue(
        &mut self,
        access_token: &str,
        expires_at: u64,
        refresh_token: Option<&str>,
        request: Option<u64>,
    ) {
        let serial = self.access.len();
        self.access.insert(access_token.to_owned(), Access { serial, expires_at, request, saved_at: None });
        if let Some(token) = refresh_token {
            let serial = self.refresh.len();
            let sent = request.and_then(|request| self.requests.get(&request));
            let consent =
                sent.and_then(|sent| self.age_of(&sent.refresh_token)).map_or(serial, |(consent, _)| consent);
            if let Some(request) = request.filter(|_| !self.refresh.contains_key(token)) {
                self.brought_by.insert(token.to_owned(), request);
            }
            self.refresh.entry(token.to_owned()).or_insert((consent, serial));
        }
    }

    /// The place of a refresh token in the order of issue; `None` for a token that was never issued.
    pub(super) fn age_of(&self, refresh_token: &str) -> Option<Age> {
        self.refresh.get(refresh_token).copied()
    }

    pub(super) fn access(&self, token: &str) -> Option<&Access> {
        self.access.get(token)
    }

    /// Whether the store has this access token for the first time.
    pub(super) fn is_saved_first(&self, access_token: &str, now: u64) -> bool {
        self.access(access_token).is_some_and(|access| access.saved_at == Some(now))
    }

    /// The store no longer counts the requests with a refresh token.
    pub(super) fn forget_requests(&mut self, refresh_token: &str) {
        if self.requests.values().any(|sent| sent.refresh_token == refresh_token) {
            self.counted_late.insert(refresh_token.to_owned());
        }
    }

    /// The request that brought an access token; none for the user's consent.
    pub(super) fn brought(&self, access_token: &str) -> Option<&Sent> {
        self.requests.get(&self.access(access_token)?.request?)
    }

    /// The store has these tokens.
    pub(super) fn saved(&mut self, access_token: &str, refresh_token: &str, now: u64) {
        let access = self.access.get_mut(access_token);
        let request = access.and_then(|access| {
            access.saved_at.get_or_insert(now);
            access.request
        });
        for request in request.into_iter().chain(self.brought_by.get(refresh_token).copied()) {
            if let Some(sent) = self.requests.get_mut(&request) {
                sent.saved_at.get_or_insert(now);
            }
        }
    }

    pub(super) fn request(&mut self, id: u64, change: impl FnOnce(&mut Sent)) {
        if let Some(sent) = self.requests.get_mut(&id) {
            change(sent);
        }
    }

    /// No manager of that process waits for responses any more.
    pub(super) fn crashed(&mut self, instance: Instance) {
        for sent in self.requests.values_mut().filter(|sent| sent.instance.shares_a_process(instance)) {
            sent.awaited = false;
        }
    }

    pub(super) fn in_flight(&self) -> impl Iterator<Item = (u64, &Sent)> {
        self.requests.iter().filter(|(_, sent)| sent.awaited).map(|(id, sent)| (*id, sent))
    }

    /// The requests that were to replace an access token, in the order in which they were sent.
    pub(super) fn requests_for<'a>(&'a self, access_token: &'a str) -> impl Iterator<Item = (u64, &'a Sent)> {
        let requests = self.requests.iter().map(|(id, sent)| (*id, sent));
        requests.filter(move |(_, sent)| sent.access_token == access_token)
    }

    /// All refresh tokens of the consent of one of them.
    pub(super) fn of_the_same_consent(&self, refresh_token: &str) -> impl Iterator<Item = &str> {
        let consent = self.age_of(refresh_token).map(|(consent, _)| consent);
        let same = self.refresh.iter().filter(move |(_, age)| Some(age.0) == consent);
        same.map(|(token, _)| token.as_str())
    }

    /// The request that brought a refresh token first; none for the user's consent.
    pub(super) fn origin(&self, refresh_token: &str) -> Option<&Sent> {
        self.requests.get(self.brought_by.get(refresh_token)?)
    }

    /// A token's name in a trace: its kind, and its place in the order of issue.
    pub(super) fn name(&self, token: &str) -> String {
        let refresh = self.refresh.get(token).map(|(_, serial)| format!("r{serial}"));
        let access = || self.access.get(token).map(|access| format!("a{}", access.serial));
        refresh
            .or_else(access)
            .unwrap_or_else(|| if token.is_empty() { "none" } else { "unknown" }.to_owned())
    }
}
