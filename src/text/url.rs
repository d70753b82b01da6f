//! URLs to which a secret may be sent: absolute ones with https, or with http on loopback.

/// The parts of an absolute URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlParts<'a> {
    /// The scheme and the authority, not normalized.
    pub origin: &'a str,
    /// The authority: host and port.
    pub authority: &'a str,
    /// The path and the query.
    pub rest: &'a str,
}

/// Why an http URL is refused.
pub(crate) const PLAIN_HTTP: &str = "is plain http, which is allowed to loopback only";

/// Splits a URL to which a secret may be sent.
///
/// # Errors
/// The reason as the predicate of a sentence, such as "is not an absolute URL".
pub fn parse(url: &str) -> Result<UrlParts<'_>, &'static str> {
    if url.bytes().any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\') {
        return Err("has a space, a backslash or a control character");
    }
    if url.contains('#') {
        return Err("has a fragment");
    }
    let (scheme, after) = url.split_once(':').ok_or("is not an absolute URL")?;
    let after = after.strip_prefix("//").ok_or("is not an absolute URL")?;
    let end = after.find(['/', '?']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end).ok_or("is not an absolute URL")?;
    if authority.is_empty() {
        return Err("has no host");
    }
    if authority.contains('@') {
        return Err("has credentials in it");
    }
    match scheme {
        "https" => {}
        "http" if is_loopback(authority) => {}
        "http" => return Err(PLAIN_HTTP),
        _ => return Err("is neither https nor http"),
    }
    let origin = url.strip_suffix(rest).unwrap_or(url);
    Ok(UrlParts { origin, authority, rest })
}

/// Parses an origin, which a single `/` may follow.
///
/// # Errors
/// As [`parse`], and for a path or a query.
pub fn parse_origin(url: &str) -> Result<&str, &'static str> {
    let location = parse(url)?;
    if matches!(location.rest, "" | "/") { Ok(location.origin) } else { Err("has a path") }
}

/// Whether two origins are the same one: the case of the host and the default port do not count (RFC 6454 section 4).
pub(crate) fn is_same_origin(one: &str, other: &str) -> bool {
    without_default_port(one).eq_ignore_ascii_case(without_default_port(other))
}

fn without_default_port(origin: &str) -> &str {
    let port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(port).unwrap_or(origin)
}

/// The host and port of a URL for messages; the whole text if [`parse`] rejects it.
#[must_use]
pub fn host(url: &str) -> &str {
    parse(url).map_or(url, |location| location.authority)
}

/// Whether the host is a loopback address (RFC 8252 section 7.3) or a name that resolves to one.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if host == "localhost" || host.ends_with(".localhost") || host == "[::1]" {
        return true;
    }
    // By hand: `Ipv4Addr::from_str` makes the core module 1 KB larger (`cargo xtask size`).
    let is_octet = |part: &str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part == "0" || !part.starts_with('0')) && part.parse::<u8>().is_ok()
    };
    host.starts_with("127.") && host.split('.').count() == 4 && host.split('.').all(is_octet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_anywhere_and_http_on_loopback() {
        for (url, origin, rest) in [
            ("https://a.example", "https://a.example", ""),
            ("https://a.example:8443/x?y=1", "https://a.example:8443", "/x?y=1"),
            ("https://a.example?y", "https://a.example", "?y"),
            ("http://127.0.0.1:1234/", "http://127.0.0.1:1234", "/"),
            ("http://127.9.9.9", "http://127.9.9.9", ""),
            ("http://localhost:80", "http://localhost:80", ""),
            ("http://[::1]:80/a", "http://[::1]:80", "/a"),
        ] {
            let location = parse(url).unwrap();
            assert_eq!((location.origin, location.rest), (origin, rest), "{url}");
        }
    }

    #[test]
    fn origins_are_compared_without_case_and_default_port() {
        for (one, other) in [
            ("https://a.example", "https://A.Example:443"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("https://[::1]:443", "https://[::1]"),
        ] {
            assert!(is_same_origin(one, other) && is_same_origin(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("https://a.example", "https://a.example:80"),
            ("http://localhost", "http://localhost:443"),
            ("http://localhost", "https://localhost"),
            ("https://a.example", "https://a.example:4433"),
            ("https://a.example", "https://a.example."),
        ] {
            assert!(!is_same_origin(one, other), "{one} {other}");
        }
    }

    #[test]
    fn refuses_urls_that_could_name_another_server() {
        for url in [
            "",
            "a.example",
            "//a.example",
            "https:///x",
            "https://u:p@a.example",
            "https://a.example\\@b.example",
            "https://a.example/#x",
            "ftp://a.example",
            "http://a.example",
            "http://127.0.0.1.a.example",
            "http://127.1",
            "http://127.0.0.256",
            "http://127.0.0.01",
            "http://127.0.0.",
            "http://127.0.0.+1",
            "http://127.0.0.1.1",
            "http://localhost.a.example",
            "https://a .example",
            "https://a\n.example",
            "javascript://x",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
        assert_eq!(parse_origin("https://a.example/"), Ok("https://a.example"));
        assert!(parse_origin("https://a.example/x").is_err());
    }
}
