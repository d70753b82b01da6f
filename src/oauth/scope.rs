//! Scope (RFC 6749 3.3): what callers and servers write between its tokens.

use crate::oauth::profile::Profile;
use crate::text::redact::is_invisible;

/// The tokens of a scope as a caller or this profile's server writes it.
fn tokens(text: &str, commas: bool) -> impl Iterator<Item = &str> {
    // Nothing invisible is of a scope-token (RFC 6749 3.3), and scopes are shown to users and in messages.
    text.split(move |c: char| c.is_ascii_whitespace() || (commas && c == ',') || is_invisible(c))
        .filter(|token| !token.is_empty())
}

#[inline(never)]
fn join(text: &str, commas: bool, separator: char) -> String {
    let mut out = String::with_capacity(text.len());
    for token in tokens(text, commas) {
        if !out.is_empty() {
            out.push(separator);
        }
        out.push_str(token);
    }
    out
}

/// The scope of a request, with the profile's separator.
#[must_use]
pub fn requested(profile: &Profile, text: &str) -> String {
    join(text, profile.scope_separator == ',', profile.scope_separator)
}

/// The scope of an answer, with spaces.
#[must_use]
pub fn granted(profile: &Profile, text: &str) -> String {
    join(text, profile.answers_comma_scopes, ' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::table::{GITHUB, RFC, ZOHO};

    #[test]
    fn each_profile_has_its_separator() {
        assert_eq!(requested(&ZOHO, "a.READ b.ALL, c,"), "a.READ,b.ALL,c");
        assert_eq!(granted(&ZOHO, "a,b c"), "a b c");
        assert_eq!(requested(&RFC, " a  b,c\n"), "a b,c");
        assert_eq!(granted(&RFC, "a b,c"), "a b,c");
        assert_eq!(requested(&GITHUB, "repo gist"), "repo gist");
        assert_eq!(granted(&GITHUB, "repo,gist"), "repo gist");
    }

    #[test]
    fn what_a_server_grants_steers_no_log_or_terminal() {
        assert_eq!(granted(&ZOHO, "a\u{1b}]0;b\u{7} c\u{9b}\u{202e},d\u{e4}"), "a ]0;b c d\u{e4}");
    }
}
