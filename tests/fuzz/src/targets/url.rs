//! The input is two URLs, in two lines.

use ::url::{Host, Url};

use super::{head, text};
use crate::text::url::{host, is_same_origin, parse, parse_origin};

pub fn run(data: &[u8]) {
    let ([one], other) = head(data);
    let other = text(other);
    let [first, second] = [&*one, &*other].map(a_url);
    if let (Some(first), Some(second)) = (first, second) {
        let origins = [&one, &other].map(|url| parse(url).map_or("", |parts| parts.origin));
        assert!(
            !is_same_origin(origins[0], origins[1]) || first.origin() == second.origin(),
            "{one} {other}"
        );
    }
}

/// Checks a URL that is accepted, and returns it as the URL Standard parses it, which is how hosts send requests.
fn a_url(text: &str) -> Option<Url> {
    assert!(text.contains(host(text)));
    let parts = parse(text).ok()?;
    assert_eq!([parts.origin, parts.rest].concat(), text);
    assert!(parts.origin.ends_with(parts.authority));
    assert_eq!(
        parse_origin(text).ok(),
        Some(parts.origin).filter(|_| matches!(parts.rest, "" | "/")),
        "{text}"
    );
    let url = Url::parse(text).ok()?;
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(Host::Domain(name))) => {
            assert!(name == "localhost" || name.ends_with(".localhost"), "{url}")
        }
        ("http", Some(Host::Ipv4(address))) => assert!(address.is_loopback(), "{url}"),
        ("http", Some(Host::Ipv6(address))) => assert!(address.is_loopback(), "{url}"),
        _ => panic!("a secret may be sent to {url}"),
    }
    let origin = Url::parse(parts.origin).expect("the origin of a URL is one");
    assert_eq!(origin.origin(), url.origin(), "{text}");
    Some(url)
}
