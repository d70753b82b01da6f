//! Scope ([RFC 6749 section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)), with the separators that callers
//! and servers use.

use super::profile::Profile;
use crate::text::redact::is_invisible;

/// The scope tokens of a text.
fn tokens(text: &str, commas: bool) -> impl Iterator<Item = &str> {
    // A scope token has no invisible character (RFC 6749 section 3.3), and scopes are shown to users and in messages.
    text.split(move |c: char| c.is_ascii_whitespace() || (commas && c == ',') || is_invisible(c))
        .filter(|token| !token.is_empty())
}

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

/// The scope of a request, with the separator of the profile.
#[must_use]
pub fn requested(profile: &Profile, text: &str) -> String {
    join(text, profile.scope_separator == ',', profile.scope_separator)
}

/// The scope of a response, separated by spaces.
#[must_use]
pub fn granted(profile: &Profile, text: &str) -> String {
    join(text, profile.scope_response_commas, ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles() -> (Profile, Profile) {
        let zoho = Profile { scope_separator: ',', scope_response_commas: true, ..Profile::default() };
        (Profile::default(), zoho)
    }

    #[test]
    fn each_profile_has_its_separator() {
        let (rfc, zoho) = profiles();
        assert_eq!(requested(&zoho, "a.READ b.ALL, c,"), "a.READ,b.ALL,c");
        assert_eq!(granted(&zoho, "a,b c"), "a b c");
        assert_eq!(requested(&rfc, " a  b,c\n"), "a b,c");
        assert_eq!(granted(&rfc, "a b,c"), "a b,c");
    }

    #[test]
    fn a_granted_scope_has_no_control_characters() {
        let (_, zoho) = profiles();
        assert_eq!(granted(&zoho, "a\u{1b}]0;b\u{7} c\u{9b}\u{202e},d\u{e4}"), "a ]0;b c d\u{e4}");
    }
}
