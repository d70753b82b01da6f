//! Lists of records: sorting, pages, records modified since a time, and deleted records.

use serde_json::{Value, json};

use super::call::Call;
use super::changes::{Module, NextPage, PageTokens, Position, Record};
use super::failure::{crm_error, crm_error_about};
use super::http::Response;
use super::random::Random;
use super::server::FakeZoho;
use super::{countries, date};

/// The largest page, in records, and the default.
pub(super) const PER_PAGE: usize = 200;
/// How many records page numbers reach. Further ones need a page token.
const MAX_BY_PAGE_NUMBER: usize = 2000;
/// The lifetime of a page token in seconds.
const PAGE_TOKEN_LIFE: u64 = 86_400;
const SORTABLE: [&str; 3] = ["id", "Created_Time", "Modified_Time"];

/// The parameters of a list.
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
            Err(error) => return error,
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
            true => self.issue_page_token(call, position(last, query.sort_by), query.page.saturating_add(1)),
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
        let missing = || {
            parameter_error("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", "fields")
        };
        let fields = call.parameter("fields").ok_or_else(missing)?;
        let (page, per_page) = page_of(call)?;
        let sort_by = call.parameter("sort_by").unwrap_or("id");
        let order = call.parameter("sort_order").unwrap_or("desc");
        for (name, known) in
            [("sort_by", SORTABLE.contains(&sort_by)), ("sort_order", ["asc", "desc"].contains(&order))]
        {
            if !known {
                return Err(parameter_error("INVALID_DATA", "the value given seems to be invalid", name));
            }
        }
        let next_page = match call.parameter("page_token") {
            None if page.saturating_mul(per_page) > MAX_BY_PAGE_NUMBER => return Err(page_limit_exceeded()),
            None => None,
            Some(_) if call.parameter("page").is_some() => return Err(page_and_token()),
            Some(token) => Some(self.next_page(call, token)?),
        };
        Ok(Query {
            fields,
            page: next_page.map_or(page, |next_page| next_page.number),
            per_page,
            sort_by,
            ascending: order == "asc",
            since: modified_since(call),
            after: next_page.map(|next_page| next_page.after.clone()),
        })
    }

    /// The page of a page token, or the error response for a token that is not valid here.
    fn next_page(&self, call: &Call<'_>, token: &str) -> Result<&NextPage, Response> {
        let found = self.page_tokens.pages.get(token).filter(|next_page| next_page.bound_to == binding(call));
        let mismatch =
            "The page_token given seems to be invalid or input param is added or altered or deleted";
        match found {
            None => Err(parameter_error("TOKEN_BOUND_DATA_MISMATCH", mismatch, "page_token")),
            Some(next_page) if next_page.expires <= self.now => {
                Err(parameter_error("EXPIRED_VALUE", "Page token expired", "page_token"))
            }
            Some(next_page) => Ok(next_page),
        }
    }

    /// Issues a token for the page after a record. Returns the token and when it expires.
    fn issue_page_token(&mut self, call: &Call<'_>, after: Position, number: usize) -> (Value, Value) {
        let expires = self.now.saturating_add(PAGE_TOKEN_LIFE);
        let PageTokens { pages, issued } = &mut self.page_tokens;
        // An expired token is remembered for a day, so that its error differs from that of an unknown one.
        pages.retain(|_, page| page.expires.saturating_add(PAGE_TOKEN_LIFE) > self.now);
        // A generator of its own, so that a list does not change the tokens that are issued later.
        *issued = issued.saturating_add(1);
        let mut random = Random::new(self.seed ^ issued.wrapping_shl(40));
        let token = format!("{:016x}{:016x}", random.next(), random.next());
        pages.insert(token.clone(), NextPage { bound_to: binding(call), after, number, expires });
        (token.into(), date::iso8601(expires, countries::country_of(call.region).zone).into())
    }

    /// `/{module}/deleted`, latest first.
    pub(super) fn deleted(&self, call: &Call<'_>, module: Module) -> Response {
        let kind = call.parameter("type").unwrap_or("all");
        if !["all", "recycle", "permanent"].contains(&kind) {
            return parameter_error("INVALID_DATA", "the value given seems to be invalid", "type");
        }
        let (page, per_page) = match page_of(call) {
            Ok(pages) => pages,
            Err(error) => return error,
        };
        // Deleted records are in the recycle bin, which the fake never empties.
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

/// The parameters to which a page token is bound: all but the page.
fn binding(call: &Call<'_>) -> String {
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
    record.get(name).and_then(Value::as_str).and_then(date::parse_iso8601).unwrap_or_default()
}

/// The number of the page, and how many records it has.
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

/// `If-Modified-Since`, in the format of the API. Another format is no condition.
pub(super) fn modified_since(call: &Call<'_>) -> Option<i64> {
    call.request.find("if-modified-since").and_then(date::parse_iso8601)
}

pub(super) fn changed(record: &Record, since: Option<i64>) -> bool {
    since.is_none_or(|since| time(record, "Modified_Time") > since)
}

/// The record with its id and these fields only.
pub(super) fn select(record: Record, fields: &str) -> Value {
    let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
    Value::Object(
        record.into_iter().filter(|(name, _)| name == "id" || wanted.contains(&name.as_str())).collect(),
    )
}

fn parameter_error(code: &str, message: &str, parameter: &str) -> Response {
    crm_error_about(400, code, message, &json!({ "param_name": parameter }))
}

fn page_limit_exceeded() -> Response {
    let message = "You can only get the first 2000 records without using page_token param.";
    crm_error_about(
        400,
        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
        message,
        &json!({ "limit": MAX_BY_PAGE_NUMBER }),
    )
}

fn page_and_token() -> Response {
    let both = ["page", "page_token"].map(|name| json!({ "param_name": name }));
    let message = "You cannot use both page and page_token.";
    crm_error_about(400, "AMBIGUITY_DURING_PROCESSING", message, &json!({ "ambiguity_due_to": both }))
}
