//! The reader of a row.

use std::fmt;
use std::time::Duration;

use crate::oauth::profile::{
    BasicEncoding, ClientAuthentication, Meaning, Profile, RateLimit, Region, Revocation, Throttle,
};
use crate::text::json::{self, Members};

/// Why a text is not a row: the column, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRow(String);

impl fmt::Display for InvalidRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidRow {}

/// The columns that a row may have.
const COLUMNS: [&str; 27] = [
    "id",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "regions",
    "scope_separator",
    "scope_response_commas",
    "scope_required",
    "authorization_parameters",
    "client_authentication",
    "basic_encoding",
    "token_response_any_status",
    "html_is_transient",
    "empty_400_is_invalid_grant",
    "revocation_body_decides",
    "token_type_optional",
    "lifetime",
    "errors",
    "throttle",
    "failure_members",
    "offline_access",
    "budget",
    "api",
    "revocation",
    "client_hint",
    "code_hint",
    "offline_hint",
];

/// Parses a row: one JSON object of which each member is a column. A column that is absent has the value of the RFCs.
///
/// # Errors
/// A column that does not exist, or that has another type or an unknown value.
// Engines compile a function at its first call, and in its caller this one takes a tenth of a Worker's cold start (`npm run
// bench -- cold-worker`). A client of a server without a row does not call it.
#[inline(never)]
pub fn parse(json: &str) -> Result<Profile, InvalidRow> {
    let row = Members::parse(json).map_err(|_| {
        InvalidRow("the row is not one JSON object: give an object with the columns of a profile".to_owned())
    })?;
    only(&row, &COLUMNS, "the row has no column")?;
    let mut profile = Profile::default();
    read(&Columns(row), &mut profile)?;
    Ok(profile)
}

/// Refuses members with other names; the message begins with `what`.
fn only(members: &Members<'_>, names: &[&str], what: &str) -> Result<(), InvalidRow> {
    match members.iter().find(|(name, _)| !names.contains(name)) {
        Some((unknown, _)) => {
            Err(InvalidRow([what, " ", unknown, ": use one of ", &names.join(", ")].concat()))
        }
        None => Ok(()),
    }
}

/// Overwrites what the row has.
fn read(row: &Columns<'_>, profile: &mut Profile) -> Result<(), InvalidRow> {
    row.text_into("id", &mut profile.id)?;
    profile.issuer = row.text("issuer")?;
    profile.authorization_endpoint = row.text("authorization_endpoint")?;
    profile.token_endpoint = row.text("token_endpoint")?;
    row.objects(
        "regions",
        &["location", "name", "accounts_server", "api_domains", "undocumented"],
        |region| {
            profile.regions.push(self::region(region)?);
            Ok(())
        },
    )?;
    if let Some(separator) = row.text("scope_separator")? {
        profile.scope_separator =
            separator.parse().map_err(|_| invalid("scope_separator", "one character"))?;
    }
    profile.authorization_parameters = row.pairs("authorization_parameters")?;
    profile.failure_members = row.pairs("failure_members")?;
    if row.has("offline_access") {
        profile.offline_access = Some(row.pairs("offline_access")?);
    }
    if let Some(method) = row.method("client_authentication")? {
        profile.client_authentication = method;
    }
    match row.text("basic_encoding")?.as_deref() {
        None | Some("encoded") => {}
        Some("raw") => profile.basic_encoding = BasicEncoding::Raw,
        Some(_) => return Err(invalid("basic_encoding", "encoded or raw")),
    }
    for (name, flag) in [
        ("scope_response_commas", &mut profile.scope_response_commas),
        ("scope_required", &mut profile.scope_required),
        ("token_response_any_status", &mut profile.token_response_any_status),
        ("html_is_transient", &mut profile.html_is_transient),
        ("empty_400_is_invalid_grant", &mut profile.empty_400_is_invalid_grant),
        ("revocation_body_decides", &mut profile.revocation_body_decides),
        ("token_type_optional", &mut profile.token_type_optional),
    ] {
        if row.has(name) {
            *flag = row.flag(name)?;
        }
    }
    let lifetime = row.object("lifetime", &["seconds_member", "milliseconds_above"])?;
    profile.lifetime.seconds_member = lifetime.text("seconds_member")?;
    profile.lifetime.milliseconds_above = lifetime.number("milliseconds_above")?;
    for (code, meaning) in row.pairs("errors")? {
        profile.errors.push((code, self::meaning(&meaning)?));
    }
    if row.has("throttle") {
        let seconds = row.object("throttle", &["hold_off"])?.number("hold_off")?;
        let seconds = seconds.ok_or_else(|| invalid("throttle", "an object with hold_off"))?;
        profile.throttle = Throttle::Failure { hold_off: Duration::from_secs(seconds) };
    }
    if row.has("budget") {
        let budget = row.object("budget", &["requests", "window"])?;
        let both = budget.number("requests")?.zip(budget.number("window")?);
        let (requests, window) =
            both.ok_or_else(|| invalid("budget", "an object with requests and window"))?;
        let requests = usize::try_from(requests).unwrap_or(usize::MAX);
        profile.budget = Some(RateLimit { requests, window: Duration::from_secs(window) });
    }
    let api = row.object("api", &["scheme", "member", "invalid_token", "insufficient_scope"])?;
    api.text_into("scheme", &mut profile.api.scheme)?;
    api.text_into("member", &mut profile.api.member)?;
    api.texts_into("invalid_token", &mut profile.api.invalid_token)?;
    api.texts_into("insufficient_scope", &mut profile.api.insufficient_scope)?;
    if row.has("revocation") {
        profile.revocation.clear();
    }
    row.objects(
        "revocation",
        &["endpoint", "type_parameter", "client_authentication", "unknown_is_400"],
        |form| {
            profile.revocation.push(revocation(form)?);
            Ok(())
        },
    )?;
    row.text_into("client_hint", &mut profile.client_hint)?;
    row.text_into("code_hint", &mut profile.code_hint)?;
    row.text_into("offline_hint", &mut profile.offline_hint)
}

fn region(region: &Columns<'_>) -> Result<Region, InvalidRow> {
    let mut found =
        Region { location: String::new(), accounts_server: String::new(), api_domains: Vec::new() };
    for (name, text) in [("location", &mut found.location), ("accounts_server", &mut found.accounts_server)] {
        region.text_into(name, text)?;
        if text.is_empty() {
            return Err(invalid(name, "a string that is not empty"));
        }
    }
    region.texts_into("api_domains", &mut found.api_domains)?;
    // For people; the core only checks their types.
    region.text("name")?;
    region.flag("undocumented")?;
    Ok(found)
}

fn revocation(form: &Columns<'_>) -> Result<Revocation, InvalidRow> {
    let mut found = Revocation {
        endpoint: None,
        type_parameter: None,
        client_authentication: form.method("client_authentication")?,
        unknown_is_400: form.flag("unknown_is_400")?,
    };
    found.endpoint = form.text("endpoint")?;
    found.type_parameter = form.text("type_parameter")?;
    Ok(found)
}

fn meaning(name: &str) -> Result<Meaning, InvalidRow> {
    match name {
        "invalid_grant" => Ok(Meaning::InvalidGrant),
        "invalid_client" => Ok(Meaning::InvalidClient),
        "invalid_scope" => Ok(Meaning::InvalidScope),
        "throttled" => Ok(Meaning::Throttled),
        "transient" => Ok(Meaning::Transient),
        _ => Err(invalid("errors", "invalid_grant, invalid_client, invalid_scope, throttled or transient")),
    }
}

fn invalid(column: &str, expected: &str) -> InvalidRow {
    InvalidRow(format!(
        "the column {column} of the row has another type or an unknown value, and it must be {expected}: correct the row"
    ))
}

/// The members of an object of the row.
struct Columns<'a>(Members<'a>);

impl<'a> Columns<'a> {
    /// Whether the column is there; a duplicate is, and reading it is an error.
    fn has(&self, name: &str) -> bool {
        !matches!(self.0.get(name), Ok(None))
    }

    fn text(&self, name: &str) -> Result<Option<String>, InvalidRow> {
        self.0.text(name).map_err(|_| invalid(name, "a string and occur once"))
    }

    /// Overwrites `text`, if the column is there.
    fn text_into(&self, name: &str, text: &mut String) -> Result<(), InvalidRow> {
        if let Some(found) = self.text(name)? {
            *text = found;
        }
        Ok(())
    }

    fn flag(&self, name: &str) -> Result<bool, InvalidRow> {
        self.0.flag(name).map_err(|_| invalid(name, "true or false and occur once"))
    }

    fn number(&self, name: &str) -> Result<Option<u64>, InvalidRow> {
        self.0.number(name).map_err(|_| invalid(name, "a whole number and occur once"))
    }

    fn method(&self, name: &str) -> Result<Option<ClientAuthentication>, InvalidRow> {
        self.text(name)?
            .map(|method| {
                ClientAuthentication::from_name(&method)
                    .ok_or_else(|| invalid(name, "none, client_secret_post or client_secret_basic"))
            })
            .transpose()
    }

    fn members(&self, name: &str) -> Result<Members<'a>, InvalidRow> {
        self.0.object(name).map_err(|_| invalid(name, "an object and occur once"))
    }

    /// The members of an object, which has none but those with these names.
    fn object(&self, name: &str, known: &[&str]) -> Result<Self, InvalidRow> {
        Self::known(name, self.members(name)?, known)
    }

    fn known(column: &str, members: Members<'a>, known: &[&str]) -> Result<Self, InvalidRow> {
        only(&members, known, &["the column ", column, " of the row has no member"].concat())?;
        Ok(Self(members))
    }

    fn items(&self, name: &str) -> Result<Vec<&'a str>, InvalidRow> {
        self.0.items(name).map_err(|_| invalid(name, "an array and occur once"))
    }

    /// Reads each object of an array as [`Columns::object`] does.
    fn objects(
        &self,
        name: &str,
        known: &[&str],
        mut read: impl FnMut(&Self) -> Result<(), InvalidRow>,
    ) -> Result<(), InvalidRow> {
        for json in self.items(name)? {
            let members = Members::parse(json).map_err(|_| invalid(name, "an array of objects"))?;
            read(&Self::known(name, members, known)?)?;
        }
        Ok(())
    }

    /// Overwrites `texts`, if the column is there.
    fn texts_into(&self, name: &str, texts: &mut Vec<String>) -> Result<(), InvalidRow> {
        if !self.has(name) {
            return Ok(());
        }
        texts.clear();
        for json in self.items(name)? {
            texts.push(json::string(json).ok_or_else(|| invalid(name, "an array of strings"))?);
        }
        Ok(())
    }

    /// The members of an object of strings, in order.
    fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, InvalidRow> {
        let mut pairs = Vec::new();
        for (key, value) in self.members(name)?.iter() {
            let value = json::string(value).ok_or_else(|| invalid(name, "an object of strings"))?;
            pairs.push((key.to_owned(), value));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_row_is_the_rfc() {
        assert_eq!(format!("{:?}", parse("{}").unwrap()), format!("{:?}", Profile::default()));
    }

    #[test]
    fn a_code_has_one_of_five_meanings() {
        let row = r#"{"errors":{"a":"invalid_grant","b":"invalid_client","c":"invalid_scope","d":"throttled","e":"transient"}}"#;
        let meanings: Vec<Meaning> =
            parse(row).unwrap().errors.into_iter().map(|(_, meaning)| meaning).collect();
        let expected = [
            Meaning::InvalidGrant,
            Meaning::InvalidClient,
            Meaning::InvalidScope,
            Meaning::Throttled,
            Meaning::Transient,
        ];
        assert_eq!(meanings, expected);
    }

    #[test]
    fn a_row_that_cannot_be_used_names_its_column() {
        for (json, message) in [
            ("[]", "the row is not one JSON object"),
            (r#"{"scope_seperator":","}"#, "no column scope_seperator"),
            (
                r#"{"scope_separator":",,"}"#,
                "the column scope_separator of the row has another type or an unknown value, and it must be one character: correct the row",
            ),
            (r#"{"token_type_optional":"yes"}"#, "the column token_type_optional"),
            (r#"{"errors":{"x":"y"}}"#, "the column errors"),
            (r#"{"regions":[{"location":"eu"}]}"#, "the column accounts_server"),
            (r#"{"client_authentication":"mtls"}"#, "the column client_authentication"),
            (r#"{"id":"a","id":"b"}"#, "it must be a string and occur once: correct the row"),
            (r#"{"scope_required":1}"#, "it must be true or false and occur once: correct the row"),
            (r#"{"regions":[],"regions":[]}"#, "it must be an array and occur once: correct the row"),
            (r#"{"api":1}"#, "it must be an object and occur once: correct the row"),
            (r#"{"failure_members":{"status":1}}"#, "the column failure_members of the row "),
            (r#"{"offline_access":["access_type"]}"#, "the column offline_access of the row "),
            (r#"{"budget":{"requests":10}}"#, "must be an object with requests and window"),
            (r#"{"budget":{"window":600}}"#, "must be an object with requests and window"),
            (r#"{"budget":{}}"#, "must be an object with requests and window"),
            (r#"{"throttle":{}}"#, "must be an object with hold_off"),
            (
                r#"{"budget":{"requests":10,"windw":600}}"#,
                "the column budget of the row has no member windw: use one of requests, window",
            ),
            (
                r#"{"lifetime":{"seconds":"x"}}"#,
                "the column lifetime of the row has no member seconds: use one of ",
            ),
            (
                r#"{"throttle":{"holdoff":1}}"#,
                "the column throttle of the row has no member holdoff: use one of ",
            ),
            (
                r#"{"api":{"schema":"x"}}"#,
                "the column api of the row has no member schema: use one of scheme, ",
            ),
            (
                r#"{"regions":[{"location":"eu","accounts_servers":"x"}]}"#,
                "the column regions of the row has no member accounts_servers: use one of location, name, accounts_server, ",
            ),
            (
                r#"{"revocation":[{"url":"x"}]}"#,
                "the column revocation of the row has no member url: use one of ",
            ),
        ] {
            let error = parse(json).unwrap_err().to_string();
            assert!(error.contains(message), "{json}: {error}");
        }
    }
}
