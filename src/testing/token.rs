//! The token endpoint. Errors arrive with HTTP 200 and no member but `error`.

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::http::Response;
use super::issued::{Challenge, Grant};
use super::limits::{ACCESS_TOKEN_LIFE, Counted};
use super::options::Client;
use super::server::FakeZoho;
use super::{failure, page};

const INVALID_CLIENT: Refusal = Refusal::Error("invalid_client");
const INVALID_CODE: Refusal = Refusal::Error("invalid_code");

pub(super) enum Refusal {
    Error(&'static str),
    Throttled,
}

impl Refusal {
    fn answer(self) -> Response {
        match self {
            Self::Error(word) => Response::json(200, &json!({ "error": word })).filed_as(word),
            Self::Throttled => failure::throttle(),
        }
    }
}

impl FakeZoho {
    pub(super) fn token(&mut self, call: &Call<'_>) -> Response {
        let Some(grant_type) = call.parameter("grant_type").filter(|_| call.is("POST")) else {
            return page::error(400, "Bad Request");
        };
        let answer = match grant_type {
            "authorization_code" => self.code_grant(call),
            "refresh_token" => self.refresh_grant(call),
            // Zoho has no unsupported_grant_type.
            _ => Err(INVALID_CLIENT),
        };
        match answer {
            Ok(body) => Response::json(200, &body),
            Err(refusal) => refusal.answer(),
        }
    }

    /// By HTTP Basic, else by parameters.
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

    fn code_grant(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let client = self.authenticate(call).map_err(Refusal::Error)?;
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
                return Err(Refusal::Error("invalid_redirect_uri"));
            }
            if !web
                .challenge
                .as_ref()
                .is_none_or(|challenge| challenge.met_by(call.parameter("code_verifier")))
            {
                // Whoever guesses a verifier guesses once.
                self.issued.spend_code(text);
                return Err(INVALID_CODE);
            }
            offline = web.offline && (web.prompted || !self.issued.is_offline(&code.grant));
        }
        let counted = || Counted::RefreshTokens(client.id.clone(), code.grant.user.email.clone());
        if offline && !self.windows.spend(counted(), self.now) {
            return Err(Refusal::Throttled);
        }
        self.issued.spend_code(text);
        let refresh_token = offline.then(|| self.issued.add_refresh_token(&code.grant, &mut self.random));
        let mut answer = self.issue(&code.grant, refresh_token.as_deref());
        if let (Some(token), Some(members)) = (refresh_token, answer.as_object_mut()) {
            members.insert("refresh_token".to_owned(), token.into());
        }
        Ok(answer)
    }

    fn refresh_grant(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let client = self.authenticate(call).map_err(Refusal::Error)?;
        let text = call.parameter("refresh_token").ok_or(INVALID_CODE)?;
        let grant = self
            .issued
            .refresh_token(text)
            .filter(|grant| {
                grant.client.id == client.id && grant.user.region.location == call.region.location
            })
            .cloned()
            .ok_or(INVALID_CODE)?;
        if !self.windows.spend(Counted::AccessTokens(text.to_owned()), self.now) {
            return Err(Refusal::Throttled);
        }
        Ok(self.issue(&grant, Some(text)))
    }

    fn issue(&mut self, grant: &Grant, refresh_token: Option<&str>) -> Value {
        let access_token = self.issued.add_access_token(grant, refresh_token, self.now, &mut self.random);
        json!({
            "access_token": access_token,
            "scope": grant.scope.join(" "),
            "api_domain": self.origins.api(grant.user.region),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_LIFE,
        })
    }
}

impl Challenge {
    /// RFC 7636 4.6.
    fn met_by(&self, verifier: Option<&str>) -> bool {
        verifier.is_some_and(|verifier| {
            if self.hashed {
                Base64UrlUnpadded::encode_string(&Sha256::digest(verifier.as_bytes())) == self.value
            } else {
                verifier == self.value
            }
        })
    }
}
