//! `multipart/form-data` (RFC 7578), which Zoho's SDKs send: only named text parts.

use std::borrow::Cow;

/// The parameters of a multipart body; `None` for another content type, or a malformed body.
pub(super) fn parse(content_type: &str, body: &str) -> Option<Vec<(String, String)>> {
    let (kind, attributes) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let delimiter = format!("--{}", attribute(attributes, "boundary")?);
    let mut parameters = Vec::new();
    for part in body.split(delimiter.as_str()).skip(1) {
        let Some(part) = part.strip_prefix("\r\n") else { break };
        let (head, value) = part.split_once("\r\n\r\n")?;
        let disposition = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then_some(value)
        })?;
        let name = attribute(disposition, "name")?;
        parameters.push((name.into_owned(), value.strip_suffix("\r\n")?.to_owned()));
    }
    Some(parameters)
}

fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    attributes.split(';').find_map(|attribute| {
        let (name, value) = attribute.trim().split_once('=')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim_matches('"').into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_named_parts() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"code\"\r\n\r\n1000.a\r\n\
                    --X\r\ncontent-disposition: form-data; name=b\r\nContent-Type: text/plain\r\n\r\n\r\n--X--\r\n";
        let expected = vec![("code".to_owned(), "1000.a".to_owned()), ("b".to_owned(), String::new())];
        assert_eq!(parse("multipart/form-data; boundary=X", body), Some(expected.clone()));
        assert_eq!(parse("Multipart/Form-Data; charset=utf-8; boundary=\"X\"", body), Some(expected));
        assert_eq!(parse("application/x-www-form-urlencoded", body), None);
        assert_eq!(parse("multipart/form-data", body), None);
        assert_eq!(parse("multipart/form-data; boundary=X", "--X\r\nno header"), None);
    }
}
