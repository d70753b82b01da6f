//! The token endpoint. An error response has HTTP status 200 and `error` as its only member.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::http::Response;
use super::issued::{Challenge, Grant};
use super::limits::{ACCESS_TOKEN_LIFE, Counter};
use super::options::Client;
use super::server::FakeZoho;
use super::{failure, page};

const INVALID_CLIENT: TokenError = TokenError::Code("invalid_client");
const INVALID_CODE: TokenError = TokenError::Code("invalid_code");

pub(super) enum TokenError {
    Code(&'static str),
    Throttled,
}

impl TokenError {
    fn into_response(self) -> Response {
        match self {
            Self::Code(code) => Response::json(200, &json!({ "error": code })).logged_as(code),
            Self::Throttled => failure::throttle(),
        }
    }
}

impl FakeZoho {
    pub(super) fn token(&mut self, call: &Call<'_>) -> Response {
        let Some(grant_type) = call.parameter("grant_type").filter(|_| call.is_method("POST")) else {
            return page::error(400, "Bad Request");
        };
        let tokens = match grant_type {
            "authorization_code" => self.code_grant(call),
            "refresh_token" => self.refresh_grant(call),
            // Zoho has no unsupported_grant_type.
            _ => Err(INVALID_CLIENT),
        };
        match tokens {
            Ok(body) => Response::json(200, &body),
            Err(error) => error.into_response(),
        }
    }

    /// Authenticates the client by HTTP Basic, else by parameters. `Err` is an `error` value.
    pub(super) fn authenticate(&self, call: &Call<'_>) -> Result<Arc<Client>, &'static str> {
        let (id, secret) = call.basic().map_or_else(
            || {
                (
                    call.parameter("client_id").map(str::to_owned),
                    call.parameter("client_secret").map(str::to_owned),
                )
            },
            |(id, secret)| (Some(id), Some(secret)),
        );
        let client = id.as_deref().and_then(|id| self.client(id)).ok_or("invalid_client")?;
        let expected = client.secret_for(call.region).ok_or("invalid_client")?;
        if secret.as_deref() == Some(expected) { Ok(client.clone()) } else { Err("invalid_client_secret") }
    }

    fn code_grant(&mut self, call: &Call<'_>) -> Result<Value, TokenError> {
        let client = self.authenticate(call).map_err(TokenError::Code)?;
        let text = call.parameter("code").ok_or(INVALID_CODE)?;
        let code = self
            .issued
            .code(text, self.now)
            .filter(|code| {
                code.grant.client.id == client.id && code.grant.user.region.location == call.region.location
            })
            .cloned()
            .ok_or(INVALID_CODE)?;
        let mut offline = true;
        if let Some(web) = &code.web {
            if call.parameter("redirect_uri") != Some(&web.redirect_uri) {
                return Err(TokenError::Code("invalid_redirect_uri"));
            }
            if !web
                .challenge
                .as_ref()
                .is_none_or(|challenge| challenge.matches(call.parameter("code_verifier")))
            {
                // A code verifier can be guessed once.
                self.issued.remove_code(text);
                return Err(INVALID_CODE);
            }
            offline = web.offline && (web.prompt_consent || !self.issued.has_refresh_token(&code.grant));
        }
        let counter = || Counter::RefreshTokens(client.id.clone(), code.grant.user.email.clone());
        if offline && !self.rate_limits.take(counter(), self.now) {
            return Err(TokenError::Throttled);
        }
        self.issued.remove_code(text);
        let refresh_token = offline.then(|| self.issued.add_refresh_token(&code.grant, &mut self.random));
        let mut tokens = self.issue(&code.grant, refresh_token.as_deref());
        if let (Some(token), Some(members)) = (refresh_token, tokens.as_object_mut()) {
            members.insert("refresh_token".to_owned(), token.into());
        }
        Ok(tokens)
    }

    fn refresh_grant(&mut self, call: &Call<'_>) -> Result<Value, TokenError> {
        let client = self.authenticate(call).map_err(TokenError::Code)?;
        let text = call.parameter("refresh_token").ok_or(INVALID_CODE)?;
        let grant = self
            .issued
            .refresh_token(text)
            .filter(|grant| {
                grant.client.id == client.id && grant.user.region.location == call.region.location
            })
            .cloned()
            .ok_or(INVALID_CODE)?;
        if !self.rate_limits.take(Counter::AccessTokens(text.to_owned()), self.now) {
            return Err(TokenError::Throttled);
        }
        Ok(self.issue(&grant, Some(text)))
    }

    fn issue(&mut self, grant: &Grant, refresh_token: Option<&str>) -> Value {
        let access_token = self.issued.add_access_token(grant, refresh_token, self.now, &mut self.random);
        json!({
            "access_token": access_token,
            "scope": grant.scope.join(" "),
            "api_domain": self.origins.api_origin(grant.user.region),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_LIFE,
        })
    }
}

impl Challenge {
    /// Verifies the code verifier (RFC 7636 section 4.6).
    fn matches(&self, verifier: Option<&str>) -> bool {
        verifier.is_some_and(|verifier| {
            if self.hashed {
                Base64UrlUnpadded::encode_string(&Sha256::digest(verifier.as_bytes())) == self.value
            } else {
                verifier == self.value
            }
        })
    }
}
