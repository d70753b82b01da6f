//! What is stored of one grant.

use super::plan::Life;
use crate::oauth::frame::{Reader, Writer};
use crate::text::secret::Secret;
use crate::text::time::UnixTime;

/// One grant. The tokens are opaque here but for what decisions need of them.
#[derive(Debug, Default)]
pub struct Record {
    /// Counts the saves; a save is a compare-and-set on it.
    pub version: i64,
    /// All tokens, as JSON.
    pub tokens: Secret,
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, or empty.
    pub refresh_token: Secret,
    /// When the access token expires, if the server said.
    pub expires_at: Option<UnixTime>,
    /// Times of the latest token requests, oldest first.
    pub requests: Vec<UnixTime>,
    /// Set while a refresh token that may have been spent has no answer yet.
    pub refreshing_since: Option<UnixTime>,
    /// No request before this time: the server throttled.
    pub hold_until: Option<UnixTime>,
    /// Since when the server is known to refuse the refresh token.
    pub rejected_at: Option<UnixTime>,
    /// When a refresh brought the tokens, so that their life is known.
    pub issued_at: Option<UnixTime>,
}

impl Clone for Record {
    fn clone(&self) -> Self {
        let copy = |secret: &Secret| Secret::from(secret.expose().to_owned());
        Self {
            tokens: copy(&self.tokens),
            access_token: copy(&self.access_token),
            refresh_token: copy(&self.refresh_token),
            requests: self.requests.clone(),
            ..*self
        }
    }
}

impl Record {
    /// Reads the ten fields in the order in which they are declared; times between commas, absent ones empty.
    #[must_use]
    #[inline(never)]
    pub fn read(reader: &mut Reader<'_>) -> Self {
        let secret = |reader: &mut Reader<'_>| Secret::from(reader.text().to_owned());
        Self {
            version: reader.number(),
            tokens: secret(reader),
            access_token: secret(reader),
            refresh_token: secret(reader),
            expires_at: reader.time(),
            requests: reader.times(),
            refreshing_since: reader.time(),
            hold_until: reader.time(),
            rejected_at: reader.time(),
            issued_at: reader.time(),
        }
    }

    /// Writes what [`Record::read`] reads.
    #[inline(never)]
    pub fn write(&self, writer: &mut Writer) {
        let time = |time: Option<UnixTime>| time.map(|time| time.to_string()).unwrap_or_default();
        writer.field(&self.version.to_string());
        writer.field(self.tokens.expose());
        writer.field(self.access_token.expose());
        writer.field(self.refresh_token.expose());
        writer.field(&time(self.expires_at));
        let requests: Vec<_> = self.requests.iter().map(ToString::to_string).collect();
        writer.field(&requests.join(","));
        for at in [self.refreshing_since, self.hold_until, self.rejected_at, self.issued_at] {
            writer.field(&time(at));
        }
    }

    /// The life of the access token.
    #[must_use]
    pub const fn life(&self) -> Life {
        Life { issued_at: self.issued_at, expires_at: self.expires_at }
    }

    /// Seconds of life that the access token has left; none where the server did not say.
    #[must_use]
    pub fn left(&self, now: UnixTime) -> Option<i64> {
        self.expires_at.map(|at| at.saturating_sub(now))
    }

    /// The same grant one version on.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { version: self.version.saturating_add(1), ..self.clone() }
    }
}
