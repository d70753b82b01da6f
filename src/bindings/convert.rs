//! Between fields of a frame and values of the core.

use crate::flow::refresh::{Event, Failure, Outcome, Refresh, Step};
use crate::manager::record::Record;
use crate::oauth::authorization_request::{Outline, Pending};
use crate::oauth::client::{Client, ClientConfig};
use crate::oauth::frame::Reader;
use crate::oauth::frame::Writer;
use crate::oauth::metadata::AuthorizationServer;
use crate::oauth::token_request::Earlier;
use crate::text::secret::Secret;

/// Client_id, token_endpoint_auth_method, redirect_uri; of the server profile, location, issuer, authorization_endpoint,
/// token_endpoint, revocation_endpoint, whether it sends iss; then a name, a data centre and a text for each
/// client_secret, accounts_server and api_domain.
pub(super) fn config<'a>(reader: &mut Reader<'a>) -> ClientConfig<'a> {
    let mut config = ClientConfig {
        client_id: reader.text(),
        token_endpoint_auth_method: reader.optional(),
        redirect_uri: reader.optional(),
        server: AuthorizationServer {
            profile: reader.optional(),
            location: reader.optional(),
            issuer: reader.optional(),
            authorization_endpoint: reader.optional(),
            token_endpoint: reader.optional(),
            revocation_endpoint: reader.optional(),
            authorization_response_iss_parameter_supported: reader.optional().is_some(),
            ..AuthorizationServer::default()
        },
        client_secret: Vec::new(),
    };
    while reader.left() > 0 {
        let (name, location, text) = (reader.text(), reader.text(), reader.text());
        match name {
            "client_secret" => config.client_secret.push((location, text.into())),
            "accounts_server" => config.server.accounts_server.push((location, text)),
            _ => config.server.api_domain.push((location, text)),
        }
    }
    config
}

/// Three parts of the URL, issuer, redirect_uri, life in seconds, whether offline access is asked for.
pub(super) fn outline(outline: Outline<'_>) -> Secret {
    let [before_state, before_challenge, rest] = outline.url;
    let mut frame = Writer::begin(before_state);
    for text in [&before_challenge, &rest, outline.issuer, outline.redirect_uri, &outline.life.to_string()] {
        frame.field(text);
    }
    frame.flag(outline.offline);
    frame.finish()
}

/// State, code_verifier, issuer, redirect_uri, whether offline access was asked for. No check reads when the attempt
/// began, or where it leads afterwards.
pub(super) fn pending<'a>(reader: &mut Reader<'a>, expires_at: f64) -> Pending<'a> {
    Pending {
        state: reader.text().into(),
        code_verifier: reader.text().into(),
        issuer: reader.text(),
        redirect_uri: reader.text(),
        created_at: 0,
        expires_at: seconds(expires_at),
        offline: reader.optional().is_some(),
        return_to: None,
    }
}

/// Refresh_token, accounts_server, api_domain, scope.
pub(super) fn earlier<'a>(reader: &mut Reader<'a>) -> Earlier<'a> {
    Earlier {
        refresh_token: reader.text().into(),
        accounts_server: reader.text(),
        api_domain: reader.text(),
        scope: reader.text(),
    }
}

/// A time in seconds as JavaScript has it.
#[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
pub(super) const fn seconds(now: f64) -> i64 {
    now as i64
}

/// What came of a step: `loaded` and a record, `absent`, `saved` and a flag, `answered` and a record, `failed` with an
/// error code and seconds to wait, or `woke`.
pub(super) fn event(reader: &mut Reader<'_>, client: &Client<'_>) -> Event {
    match reader.text() {
        "loaded" => Event::Loaded(Some(Record::read(reader))),
        "absent" => Event::Loaded(None),
        "saved" => Event::Saved(reader.optional().is_some()),
        "answered" => Event::Answered(Record::read(reader)),
        "failed" => Event::Failed(Outcome::of(reader.text(), reader.number(), client.profile)),
        _ => Event::Woke,
    }
}

/// The state of a refresh, the name of its next step and what belongs to it.
pub(super) fn step(refresh: &Refresh, step: &Step) -> Secret {
    let mut frame = Writer::begin(refresh.phase.code().to_string());
    refresh.write(&mut frame);
    match step {
        Step::Load => frame.field("load"),
        Step::Save(record, expected) => {
            frame.field("save");
            frame.field(&expected.to_string());
            record.write(&mut frame);
        }
        Step::Send(record) => {
            frame.field("send");
            record.write(&mut frame);
        }
        Step::Sleep(seconds) => {
            frame.field("sleep");
            frame.field(&seconds.to_string());
        }
        Step::Use(record) => {
            frame.field("use");
            record.write(&mut frame);
        }
        Step::Fail(failure) => {
            let (name, seconds) = match failure {
                Failure::Absent => ("absent", 0),
                Failure::Reauthorize => ("reauthorize", 0),
                Failure::Throttled(seconds) => ("throttled", *seconds),
                Failure::Request => ("request", 0),
                Failure::Contended => ("contended", 0),
            };
            frame.field("fail");
            frame.field(name);
            frame.field(&seconds.to_string());
        }
    }
    frame.finish()
}
