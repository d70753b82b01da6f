//! What the server did with a request.

/// What the server did, beside its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handled {
    /// Nothing else.
    Responded,
    /// It refused the request because of the number of requests.
    Throttled,
    /// It detected the reuse of a refresh token, and revoked all tokens of the grant.
    ReuseDetected,
    /// It refused a refresh token that was used, and the grant lives.
    ReuseRefused,
    /// It accepted a refresh token that was used a short time ago, and issued its successor again.
    ReuseAccepted,
    /// It refused a refresh token that has expired.
    Expired,
    /// It confirmed the revocation of a refresh token that was used, and the grant lives.
    RevocationIgnored,
}

impl Handled {
    /// The name under which it is counted.
    pub(super) const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Responded => return None,
            Self::Throttled => "requests throttled",
            Self::ReuseDetected => "reuse detected",
            Self::ReuseRefused => "reuse refused",
            Self::ReuseAccepted => "reuse accepted in a grace period",
            Self::Expired => "requests with an expired refresh token",
            Self::RevocationIgnored => "revocations of a used token ignored",
        })
    }
}
