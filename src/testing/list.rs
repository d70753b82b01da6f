//! Lists of records: their order, their pages, what changed since a time, and what was deleted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::Call;
use super::failure::{crm_error, crm_error_about};
use super::http::Response;
use super::random::Random;
use super::records::{Module, Record};
use super::server::FakeZoho;
use super::{countries, date};

/// The most that a page may hold, and the default.
pub(super) const PER_PAGE: usize = 200;
/// How many records can be reached by page numbers; further ones need a page token.
const NUMBERED: usize = 2000;
/// How long a page token serves, in seconds.
const PAGE_TOKEN_LIFE: u64 = 86_400;
const SORTABLE: [&str; 3] = ["id", "Created_Time", "Modified_Time"];

/// Where a record stands in a list: the time by which it is sorted, or 0, then its id.
type Position = (i64, String);

/// The pages that were promised, by their tokens.
#[derive(Clone, Default)]
pub(super) struct Promised {
    pages: BTreeMap<String, NextPage>,
    made: u64,
}

/// What a page token stands for. Zoho documents that it is bound to the parameters of the first call and lives for a day,
/// not what it does when records change meanwhile; here the list goes on behind the last record that was shown.
#[derive(Clone)]
struct NextPage {
    asked: String,
    after: Position,
    number: usize,
    expires: u64,
}

/// What a list is asked for.
struct Query<'c> {
    fields: &'c str,
    page: usize,
    per_page: usize,
    sort_by: &'c str,
    ascending: bool,
    since: Option<i64>,
    after: Option<Position>,
}

impl FakeZoho {
    pub(super) fn list(&mut self, call: &Call<'_>, module: Module) -> Response {
        let query = match self.query(call) {
            Ok(query) => query,
            Err(refusal) => return refusal,
        };
        let mut records = self.records(call.region, module);
        records.retain(|record| changed(record, query.since));
        if records.is_empty() && query.since.is_some() {
            return Response::empty(304);
        }
        records.sort_by_cached_key(|record| position(record, query.sort_by));
        if !query.ascending {
            records.reverse();
        }
        let is_past = |record: &Record, after: &Position| {
            let position = position(record, query.sort_by);
            if query.ascending { position <= *after } else { position >= *after }
        };
        match &query.after {
            Some(after) => records.retain(|record| !is_past(record, after)),
            None => {
                records
                    .drain(..records.len().min(query.page.saturating_sub(1).saturating_mul(query.per_page)));
            }
        }
        let more = records.len() > query.per_page;
        records.truncate(query.per_page);
        let Some(last) = records.last() else { return Response::empty(204) };
        let (token, expiry) = match more {
            true => self.promise(call, position(last, query.sort_by), query.page.saturating_add(1)),
            false => (Value::Null, Value::Null),
        };
        let shown: Vec<Value> = records.into_iter().map(|record| select(record, query.fields)).collect();
        let info = json!({
            "page": query.page,
            "per_page": query.per_page,
            "count": shown.len(),
            "more_records": more,
            "next_page_token": token,
            "page_token_expiry": expiry,
            "sort_by": query.sort_by,
            "sort_order": if query.ascending { "asc" } else { "desc" },
        });
        Response::json(200, &json!({ "data": shown, "info": info }))
    }

    fn query<'c>(&self, call: &'c Call<'_>) -> Result<Query<'c>, Response> {
        let missing =
            || about("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", "fields");
        let fields = call.parameter("fields").ok_or_else(missing)?;
        let (page, per_page) = page_of(call)?;
        let sort_by = call.parameter("sort_by").unwrap_or("id");
        let order = call.parameter("sort_order").unwrap_or("desc");
        for (name, known) in
            [("sort_by", SORTABLE.contains(&sort_by)), ("sort_order", ["asc", "desc"].contains(&order))]
        {
            if !known {
                return Err(about("INVALID_DATA", "the value given seems to be invalid", name));
            }
        }
        let promised = match call.parameter("page_token") {
            None if page.saturating_mul(per_page) > NUMBERED => return Err(too_far()),
            None => None,
            Some(_) if call.parameter("page").is_some() => return Err(page_and_token()),
            Some(token) => Some(self.promised(call, token)?),
        };
        Ok(Query {
            fields,
            page: promised.map_or(page, |promised| promised.number),
            per_page,
            sort_by,
            ascending: order == "asc",
            since: modified_since(call),
            after: promised.map(|promised| promised.after.clone()),
        })
    }

    fn promised(&self, call: &Call<'_>, token: &str) -> Result<&NextPage, Response> {
        let found = self.promised.pages.get(token).filter(|promised| promised.asked == asked(call));
        let mismatch =
            "The page_token given seems to be invalid or input param is added or altered or deleted";
        match found {
            None => Err(about("TOKEN_BOUND_DATA_MISMATCH", mismatch, "page_token")),
            Some(promised) if promised.expires <= self.now => {
                Err(about("EXPIRED_VALUE", "Page token expired", "page_token"))
            }
            Some(promised) => Ok(promised),
        }
    }

    fn promise(&mut self, call: &Call<'_>, after: Position, number: usize) -> (Value, Value) {
        let expires = self.now.saturating_add(PAGE_TOKEN_LIFE);
        let Promised { pages, made } = &mut self.promised;
        // Whoever comes a day late still learns that the token expired.
        pages.retain(|_, page| page.expires.saturating_add(PAGE_TOKEN_LIFE) > self.now);
        // Of a randomness of their own: lists change no token that is issued later.
        *made = made.saturating_add(1);
        let mut random = Random::new(self.seed ^ made.wrapping_shl(40));
        let token = format!("{:016x}{:016x}", random.next(), random.next());
        pages.insert(token.clone(), NextPage { asked: asked(call), after, number, expires });
        (token.into(), date::write(expires, countries::of(call.region).zone).into())
    }

    /// `/{module}/deleted`, the latest first.
    pub(super) fn deleted(&self, call: &Call<'_>, module: Module) -> Response {
        let kind = call.parameter("type").unwrap_or("all");
        if !["all", "recycle", "permanent"].contains(&kind) {
            return about("INVALID_DATA", "the value given seems to be invalid", "type");
        }
        let (page, per_page) = match page_of(call) {
            Ok(pages) => pages,
            Err(refusal) => return refusal,
        };
        // What was deleted goes to the recycle bin, and the fake empties none.
        let mut entries = if kind == "permanent" { Vec::new() } else { self.deletions(call.region, module) };
        let since = modified_since(call);
        entries.retain(|entry| since.is_none_or(|since| time(entry, "deleted_time") > since));
        entries.sort_by_cached_key(|entry| std::cmp::Reverse(position(entry, "deleted_time")));
        entries.drain(..entries.len().min(page.saturating_sub(1).saturating_mul(per_page)));
        let more = entries.len() > per_page;
        entries.truncate(per_page);
        if entries.is_empty() {
            return Response::empty(204);
        }
        let info =
            json!({ "page": page, "per_page": per_page, "count": entries.len(), "more_records": more });
        Response::json(200, &json!({ "data": entries, "info": info }))
    }

    /// `/{module}/actions/count`.
    pub(super) fn count(&self, call: &Call<'_>, module: Module) -> Response {
        Response::json(200, &json!({ "count": self.records(call.region, module).len() }))
    }
}

/// What a page token is bound to: all that was asked but the page.
fn asked(call: &Call<'_>) -> String {
    let mut pairs: Vec<String> = call
        .parameters()
        .filter(|(name, _)| !["page", "page_token"].contains(name))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    format!("{} {} {:?}", call.path, pairs.join("&"), modified_since(call))
}

fn position(record: &Record, sort_by: &str) -> Position {
    let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
    (if sort_by == "id" { 0 } else { time(record, sort_by) }, id.to_owned())
}

fn time(record: &Record, name: &str) -> i64 {
    record.get(name).and_then(Value::as_str).and_then(date::read).unwrap_or_default()
}

/// The page and how many records it holds.
fn page_of(call: &Call<'_>) -> Result<(usize, usize), Response> {
    let number = |name: &str, default: usize, most: usize| match call.parameter(name) {
        None => Some(default),
        Some(text) => text.parse().ok().filter(|number| (1..=most).contains(number)),
    };
    let pages = number("page", 1, usize::MAX).zip(number("per_page", PER_PAGE, PER_PAGE));
    pages.ok_or_else(|| {
        crm_error(400, "INVALID_DATA", "page and per_page are positive numbers, per_page at most 200")
    })
}

/// `If-Modified-Since`, in the form of the API; anything else is no condition.
pub(super) fn modified_since(call: &Call<'_>) -> Option<i64> {
    call.request.find("if-modified-since").and_then(date::read)
}

pub(super) fn changed(record: &Record, since: Option<i64>) -> bool {
    since.is_none_or(|since| time(record, "Modified_Time") > since)
}

/// The id and the named fields.
pub(super) fn select(record: Record, fields: &str) -> Value {
    let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
    Value::Object(
        record.into_iter().filter(|(name, _)| name == "id" || wanted.contains(&name.as_str())).collect(),
    )
}

fn about(code: &str, message: &str, parameter: &str) -> Response {
    crm_error_about(400, code, message, &json!({ "param_name": parameter }))
}

fn too_far() -> Response {
    let message = "You can only get the first 2000 records without using page_token param.";
    crm_error_about(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, &json!({ "limit": NUMBERED }))
}

fn page_and_token() -> Response {
    let both = ["page", "page_token"].map(|name| json!({ "param_name": name }));
    let message = "You cannot use both page and page_token.";
    crm_error_about(400, "AMBIGUITY_DURING_PROCESSING", message, &json!({ "ambiguity_due_to": both }))
}
