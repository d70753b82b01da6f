//! The authorization endpoint (RFC 6749 section 4.1): the consent page, and the redirect with the authorization
//! response.

use std::sync::Arc;

use super::authorization_request::AuthorizationRequest;
use super::call::{self, Call};
use super::http::{Request, Response};
use super::issued::{Challenge, Grant, WebCode};
use super::limits::{Counter, WEB_CODE_LIFE};
use super::misuse::Misuse;
use super::options::User;
use super::origins::Service;
use super::server::FakeZoho;
use super::{page, scope};
use crate::text::form;

impl FakeZoho {
    pub(super) fn authorize(&mut self, call: &Call<'_>) -> Response {
        let request = match self.authorization(call) {
            Ok(request) => request,
            Err(title) => return page::error(400, title),
        };
        if call.is_method("GET") {
            return page::consent(&request, call);
        }
        let email = call.parameter("user");
        match (
            call.parameter("decision"),
            request.users.iter().find(|user| Some(user.email.as_str()) == email).cloned(),
        ) {
            (Some("refuse"), _) => Response::redirect(&request.denied()).logged_as("access_denied"),
            (Some("approve"), Some(user)) => match self.approve(&request, user) {
                Ok(callback) => Response::redirect(&callback),
                Err(callback) => Response::redirect(&callback).logged_as("access_denied"),
            },
            _ => page::error(400, "Invalid Request"),
        }
    }

    /// Approves or denies an authorization request without the page, and returns the callback URL of the redirect.
    /// Without `email`, the user is the first that the page offers.
    ///
    /// # Errors
    /// A URL that is not an authorization endpoint, a request for which Zoho shows an error page, or an unknown user.
    pub fn consent(
        &mut self,
        authorization_url: &str,
        email: Option<&str>,
        deny: bool,
    ) -> Result<String, Misuse> {
        let get = Request::get(authorization_url);
        let (origin, path, _) = call::split(authorization_url);
        let call = Call::parse(&get, &self.origins)
            .filter(|call| call.service == Service::Accounts && call.path == "/oauth/v2/auth")
            .ok_or_else(|| Misuse::new(format!("{origin}{path} is not an authorization endpoint of Zoho: pass the URL of an authorization request")))?;
        let request = self.authorization(&call).map_err(|title| {
            Misuse::new(format!(
                "Zoho answers this authorization request with the page {title:?}: correct the request"
            ))
        })?;
        if deny {
            return Ok(request.denied());
        }
        let mut users = request.users.iter();
        let user = match email {
            Some(email) => users.find(|user| user.email == email),
            None => users.next(),
        };
        let offered = || request.users.iter().map(|user| user.email.as_str()).collect::<Vec<_>>().join(", ");
        let user = user
            .cloned()
            .ok_or_else(|| Misuse::new(format!("the page has no such user: use one of {}", offered())))?;
        let (Ok(callback) | Err(callback)) = self.approve(&request, user);
        Ok(callback)
    }

    /// Parses an authorization request. `Err` is the title of the page that Zoho shows for an invalid one, without a
    /// redirect.
    fn authorization(&self, call: &Call<'_>) -> Result<AuthorizationRequest, &'static str> {
        let client = call.parameter("client_id").and_then(|id| self.client(id)).ok_or("Invalid Client")?;
        if call.parameter("response_type") != Some("code") {
            return Err("Invalid response type");
        }
        let scope = call.parameter("scope").and_then(scope::parse).ok_or("Invalid OAuth scope")?;
        let redirect_uri = call
            .parameter("redirect_uri")
            .filter(|uri| client.redirect_uris.iter().any(|registered| registered == uri))
            .ok_or("Invalid Redirect Uri")?;
        let users: Vec<_> =
            self.users.iter().filter(|user| client.secret_for(user.region).is_some()).cloned().collect();
        if users.is_empty() {
            return Err("Invalid Client");
        }
        Ok(AuthorizationRequest {
            client: client.clone(),
            scope,
            users,
            redirect_uri: redirect_uri.to_owned(),
            state: call.parameter("state").map(str::to_owned),
            offline: call.parameter("access_type") == Some("offline"),
            prompt_consent: call.parameter("prompt") == Some("consent"),
            challenge: challenge(call)?,
        })
    }

    /// The callback with a new code. `Err` is the callback without one, where the client had ten codes in ten minutes.
    fn approve(&mut self, request: &AuthorizationRequest, user: Arc<User>) -> Result<String, String> {
        if !self.rate_limits.take(Counter::Codes(request.client.id.clone()), self.now) {
            return Err(request.denied());
        }
        let region = user.region;
        let code = self.issued.add_code(
            Grant { client: request.client.clone(), user, scope: request.scope.clone() },
            Some(WebCode {
                redirect_uri: request.redirect_uri.clone(),
                challenge: request.challenge.clone(),
                offline: request.offline,
                prompt_consent: request.prompt_consent,
            }),
            self.now.saturating_add(WEB_CODE_LIFE),
            &mut self.random,
        );
        let mut callback = request.callback();
        form::append(&mut callback, "code", &code);
        if !self.callback.no_location {
            form::append(&mut callback, "location", &region.location);
        }
        if !self.callback.no_accounts_server {
            let accounts = self.origins.public(&region.accounts_server);
            if self.callback.plain {
                callback.push_str("&accounts-server=");
                callback.push_str(accounts);
            } else {
                form::append(&mut callback, "accounts-server", accounts);
            }
        }
        if self.callback.trailing_ampersand {
            callback.push('&');
        }
        Ok(callback)
    }
}

impl AuthorizationRequest {
    /// The redirect URI with the state, to which parameters are appended.
    fn callback(&self) -> String {
        let mut callback = self.redirect_uri.clone();
        callback.push(if callback.contains('?') { '&' } else { '?' });
        if let Some(state) = &self.state {
            form::append(&mut callback, "state", state);
        }
        callback
    }

    fn denied(&self) -> String {
        let mut callback = self.callback();
        form::append(&mut callback, "error", "access_denied");
        callback
    }
}

/// The code challenge (RFC 7636 section 4.3). The method is `plain` when the request has none.
fn challenge(call: &Call<'_>) -> Result<Option<Challenge>, &'static str> {
    let method = call.parameter("code_challenge_method");
    let Some(value) = call.parameter("code_challenge") else {
        return if method.is_none() { Ok(None) } else { Err("Invalid Request") };
    };
    let hashed = match method {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(_) => return Err("Invalid Request"),
    };
    Ok(Some(Challenge { value: value.to_owned(), hashed }))
}
