//! Proof Key for Code Exchange ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)), with the method S256.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

/// The length of 256 bits as base64url, in characters.
pub(crate) const LENGTH: usize = 43;

/// Encodes 256 bits as base64url: random ones give a state or a code verifier
/// ([RFC 7636 section 4.1](https://www.rfc-editor.org/rfc/rfc7636#section-4.1)).
#[must_use]
pub(crate) fn base64url(bits: &[u8; 32]) -> [u8; LENGTH] {
    let mut text = [0; LENGTH];
    // It fails only if the buffer is too small.
    let _ = Base64UrlUnpadded::encode(bits, &mut text);
    text
}

/// The S256 code challenge of a code verifier
/// ([RFC 7636 section 4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
#[must_use]
pub(crate) fn challenge(verifier: &[u8]) -> [u8; LENGTH] {
    base64url(&Sha256::digest(verifier).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B, from its octets.
    #[test]
    fn appendix_b() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105,
            214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = base64url(&octets);
        assert_eq!(&verifier, b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(&challenge(&verifier), b"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
