//! Client authentication at the token and revocation endpoints
//! ([RFC 6749 section 2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).

use base64ct::{Base64, Encoding};

use crate::text::form;
use crate::text::secret::Secret;

/// A method of client authentication: the `token_endpoint_auth_method` of
/// [RFC 7591 section 2](https://www.rfc-editor.org/rfc/rfc7591#section-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `none`: a public client, which sends `client_id` in the body.
    None,
    /// `client_secret_post`: `client_id` and `client_secret` in the body.
    ClientSecretPost,
    /// `client_secret_basic`: HTTP Basic credentials.
    ClientSecretBasic,
}

impl ClientAuthentication {
    const ALL: [(Self, &'static str); 3] = [
        (Self::None, "none"),
        (Self::ClientSecretPost, "client_secret_post"),
        (Self::ClientSecretBasic, "client_secret_basic"),
    ];

    /// The registered name, such as `client_secret_basic`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(method, _)| *method == self).map_or("none", |(_, name)| name)
    }

    /// The method with a registered name; `None` for an unknown name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(method, _)| *method)
    }
}

/// How `client_id` and `client_secret` are encoded in HTTP Basic credentials
/// ([RFC 6749 section 2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasicEncoding {
    /// Percent-encoded, as RFC 6749 requires.
    Encoded,
    /// Not encoded, for servers that do not decode them.
    Raw,
}

/// The credentials of HTTP Basic ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
pub(crate) fn basic_credentials(encoding: BasicEncoding, client_id: &str, secret: &str) -> Secret {
    let mut pair = form::body_for([client_id, secret]);
    match encoding {
        BasicEncoding::Encoded => {
            form::encode_into(&mut pair, client_id);
            pair.push(':');
            form::encode_into(&mut pair, secret);
        }
        BasicEncoding::Raw => {
            for part in [client_id, ":", secret] {
                pair.push_str(part);
            }
        }
    }
    Secret::from(Base64::encode_string(Secret::from(pair).expose().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_known_by_its_registered_name() {
        for (method, name) in [
            (ClientAuthentication::None, "none"),
            (ClientAuthentication::ClientSecretPost, "client_secret_post"),
            (ClientAuthentication::ClientSecretBasic, "client_secret_basic"),
        ] {
            assert_eq!((method.name(), ClientAuthentication::from_name(name)), (name, Some(method)));
        }
        assert_eq!(ClientAuthentication::from_name("client_secret"), None);
    }
}
