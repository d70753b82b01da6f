//! Line 1 is the status, and the rest the body.

use super::head;
use crate::clients::zoho;
use crate::invariants::revocation_response;

pub fn run(data: &[u8]) {
    let ([status], body) = head(data);
    revocation_response(zoho(), status.parse().unwrap_or(200), body);
}
