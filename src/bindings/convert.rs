//! Between fields of a frame and values of the core.

use crate::protocol::frame::Reader;
use crate::protocol::grant::Earlier;

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
