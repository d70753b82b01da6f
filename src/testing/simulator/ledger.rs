//! Who got which token, and what became of it: what no process knows, and every property is judged by.

use std::collections::{BTreeMap, BTreeSet};

use super::host::Want;
use super::process::Life;

/// A token request, as its sender sees it.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) life: Life,
    /// The lock under which it was sent.
    pub(super) fence: Option<u64>,
    pub(super) refresh_token: String,
    /// The access token that it is to replace.
    pub(super) access_token: String,
    pub(super) want: Want,
    /// When its sender decided to send it, and made the mark.
    pub(super) marked_at: u64,
    pub(super) sent_at: u64,
    /// The sender waits for the answer.
    pub(super) awaited: bool,
    /// The sender has the answer whole.
    pub(super) delivered: bool,
    /// When the store had what it brought, first.
    pub(super) saved_at: Option<u64>,
    /// The store failed to save what it brought.
    pub(super) unsaved: bool,
}

/// A copy of a request on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copy {
    pub(super) request: u64,
    /// The network made it of one that went out once.
    pub(super) is_double: bool,
}

/// An access token.
#[derive(Debug)]
pub(super) struct Access {
    serial: usize,
    /// By the server's clock, in seconds.
    pub(super) ends: u64,
    /// The request that brought it; none for the user's consent.
    request: Option<u64>,
    /// It was in the store at some time.
    pub(super) saved: bool,
}

/// Where a refresh token stands in the order of issue: the consent that it came of, then the token itself.
pub(super) type Age = (usize, usize);

/// Every token that a server issued.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By consent, then by order of issue.
    refresh: BTreeMap<String, Age>,
    access: BTreeMap<String, Access>,
    /// The request that spent a refresh token.
    pub(super) spent_by: BTreeMap<String, u64>,
    pub(super) requests: BTreeMap<u64, Sent>,
    /// Refresh tokens of which the server may have counted a request at another time than the record did.
    pub(super) loose: BTreeSet<String>,
    /// Refresh tokens that the store had as dead.
    pub(super) buried: BTreeSet<String>,
}

impl Ledger {
    pub(super) fn issue(
        &mut self,
        access_token: &str,
        ends: u64,
        refresh_token: Option<&str>,
        request: Option<u64>,
    ) {
        let serial = self.access.len();
        self.access.insert(access_token.to_owned(), Access { serial, ends, request, saved: false });
        if let Some(token) = refresh_token {
            let serial = self.refresh.len();
            let sent = request.and_then(|request| self.requests.get(&request));
            let consent =
                sent.and_then(|sent| self.age_of(&sent.refresh_token)).map_or(serial, |(consent, _)| consent);
            self.refresh.entry(token.to_owned()).or_insert((consent, serial));
        }
    }

    /// Where a refresh token stands in the order of issue; none for what no server issued.
    pub(super) fn age_of(&self, refresh_token: &str) -> Option<Age> {
        self.refresh.get(refresh_token).copied()
    }

    pub(super) fn access(&self, token: &str) -> Option<&Access> {
        self.access.get(token)
    }

    /// The store has this access token.
    pub(super) fn saved(&mut self, access_token: &str, now: u64) {
        if let Some(access) = self.access.get_mut(access_token) {
            access.saved = true;
            if let Some(sent) = access.request.and_then(|request| self.requests.get_mut(&request)) {
                sent.saved_at.get_or_insert(now);
            }
        }
    }

    pub(super) fn request(&mut self, id: u64, change: impl FnOnce(&mut Sent)) {
        if let Some(sent) = self.requests.get_mut(&id) {
            change(sent);
        }
    }

    /// Nobody of that life waits any more.
    pub(super) fn died(&mut self, life: Life) {
        for sent in self.requests.values_mut().filter(|sent| sent.life == life) {
            sent.awaited = false;
        }
    }

    pub(super) fn in_flight(&self) -> impl Iterator<Item = (u64, &Sent)> {
        self.requests.iter().filter(|(_, sent)| sent.awaited).map(|(id, sent)| (*id, sent))
    }

    /// A token's name in a trace: its kind, and the order in which it was issued.
    pub(super) fn name(&self, token: &str) -> String {
        let refresh = self.refresh.get(token).map(|(_, serial)| format!("r{serial}"));
        let access = || self.access.get(token).map(|access| format!("a{}", access.serial));
        refresh
            .or_else(access)
            .unwrap_or_else(|| if token.is_empty() { "none" } else { "unknown" }.to_owned())
    }
}
