//! A valid authorization request.

use std::sync::Arc;

use super::issued::Challenge;
use super::options::{Client, User};

/// A valid authorization request.
pub(super) struct AuthorizationRequest {
    pub(super) client: Arc<Client>,
    pub(super) scope: Vec<String>,
    /// The users who may consent: those at whose data centre the client has a secret.
    pub(super) users: Vec<Arc<User>>,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) offline: bool,
    pub(super) prompt_consent: bool,
    pub(super) challenge: Option<Challenge>,
}
