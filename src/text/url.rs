//! URLs to which a secret may be sent: absolute, https, or http on loopback.

/// The parts of an absolute URL that decide which server it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlParts<'a> {
    /// Scheme and authority, as written.
    pub origin: &'a str,
    /// Authority without scheme.
    pub authority: &'a str,
    /// What follows the origin: path and query.
    pub rest: &'a str,
}

/// Why an http URL is refused.
pub(crate) const PLAIN_HTTP: &str = "is plain http, which is allowed to loopback only: use https";

/// Splits `url`, or says why no secret may be sent there.
///
/// # Errors
/// A reason to append to the name of the value: "is not an absolute URL", and so on.
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

/// Parses a value that must be an origin; a single `/` after it is ignored.
///
/// # Errors
/// As [`parse`].
pub fn parse_origin(url: &str) -> Result<&str, &'static str> {
    let location = parse(url)?;
    if matches!(location.rest, "" | "/") {
        Ok(location.origin)
    } else {
        Err("has a path: give the origin only")
    }
}

/// The host of an origin or URL that [`parse`] takes, for messages.
#[must_use]
pub fn host(url: &str) -> &str {
    parse(url).map_or(url, |location| location.authority)
}

/// RFC 8252 section 7.3: the loopback addresses, and the name that resolves to them.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if host == "localhost" || host.ends_with(".localhost") || host == "[::1]" {
        return true;
    }
    host.starts_with("127.") && host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
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
