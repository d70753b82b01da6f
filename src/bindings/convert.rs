//! Between fields of a frame and values of the core.

use std::borrow::Cow;

use crate::protocol::authorize::Pending;
use crate::protocol::frame::{Reader, join};
use crate::protocol::grant::{EXPECTATION_FIELDS, Earlier, Exchange};
use crate::protocol::secret::Secret;

/// State, code_verifier, issuer, redirect_uri, created_at, expires_at, offline, return_to.
pub(super) fn pending<'a>(reader: &mut Reader<'a>) -> Pending<'a> {
    Pending {
        state: Secret::from(reader.text()),
        code_verifier: Secret::from(reader.text()),
        issuer: Cow::Borrowed(reader.text()),
        redirect_uri: Cow::Borrowed(reader.text()),
        created_at: reader.number(),
        expires_at: reader.number(),
        offline: reader.optional().is_some(),
        return_to: reader.optional().map(Cow::Borrowed),
    }
}

/// The URL, then the fields that [`pending`] reads.
pub(super) fn authorization_request(url: &str, pending: &Pending<'_>) -> String {
    join(&[
        url,
        pending.state.expose(),
        pending.code_verifier.expose(),
        &pending.issuer,
        &pending.redirect_uri,
        &pending.created_at.to_string(),
        &pending.expires_at.to_string(),
        if pending.offline { "1" } else { "" },
        pending.return_to.as_deref().unwrap_or_default(),
    ])
}

/// Refresh_token, accounts_server, api_domain, scope.
pub(super) fn earlier<'a>(reader: &mut Reader<'a>) -> Earlier<'a> {
    Earlier {
        refresh_token: Secret::from(reader.text()),
        accounts_server: reader.text(),
        api_domain: reader.text(),
        scope: reader.text(),
    }
}

/// URL, authorization header, body; then the expectation, which the host hands back with the answer.
pub(super) fn exchange(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let authorization = request.authorization.as_ref().map_or("", Secret::expose);
    let expectation: [&str; EXPECTATION_FIELDS] = exchange.expectation.fields();
    let mut fields = vec![request.url.as_str(), authorization, request.body.expose()];
    fields.extend(expectation);
    join(&fields)
}
