//! What an organisation changed in its records, and the pages of lists that it was given.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub(super) type Record = Map<String, Value>;
/// Changes to the generated records, by data centre, module and id.
pub(super) type Edits = BTreeMap<(&'static str, Module, String), Edit>;

#[derive(Clone)]
pub(super) enum Edit {
    Written(Record),
    /// The entry in the list of deleted records.
    Deleted(Record),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Module {
    Leads,
    Contacts,
    Products,
}

/// The next pages, by their tokens.
#[derive(Clone, Default)]
pub(super) struct PageTokens {
    pub(super) pages: BTreeMap<String, NextPage>,
    pub(super) issued: u64,
}

/// The page of a page token. Zoho documents that the token is bound to the parameters of the first call and expires
/// after a day, not what happens when records change meanwhile; here the list continues after the last record that was
/// shown.
#[derive(Clone)]
pub(super) struct NextPage {
    pub(super) bound_to: String,
    pub(super) after: Position,
    pub(super) number: usize,
    pub(super) expires: u64,
}

/// The sort key of a record: the time by which the list is sorted, or 0, then the id.
pub(super) type Position = (i64, String);
