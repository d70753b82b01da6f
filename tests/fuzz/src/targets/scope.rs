//! The input is a scope.

use super::text;
use crate::clients::{plain, zoho};
use crate::oauth::scope::{granted, requested};
use crate::text::redact::is_invisible;

pub fn run(data: &[u8]) {
    let scope = text(data);
    for client in [plain(), zoho()] {
        let profile = &client.profile;
        let seen = granted(profile, &scope);
        assert!(
            !seen.contains(is_invisible) && !seen.contains("  ") && seen.trim_matches(' ') == seen,
            "{seen:?}"
        );
        assert_eq!(granted(profile, &seen), seen);
        let sent = requested(profile, &scope);
        assert!(!sent.contains(is_invisible), "{sent:?}");
        assert_eq!(requested(profile, &sent), sent);
        // No character of a scope is lost or added.
        let rest = |text: &str| text.replace(|c: char| c.is_whitespace() || c == ',' || is_invisible(c), "");
        assert_eq!((rest(&seen), rest(&sent)), (rest(&scope), rest(&scope)));
    }
}
