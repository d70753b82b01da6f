//! The input is a form.

use super::text;
use crate::text::form::{append, decode, encode_into, pairs};

pub fn run(data: &[u8]) {
    let form = text(data);
    assert!(pairs(&form).eq(form_urlencoded::parse(form.as_bytes())), "{form}");

    let mut encoded = String::new();
    encode_into(&mut encoded, &form);
    assert_eq!(decode(&encoded), form);
    assert!(
        encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)),
        "{encoded}"
    );

    let sent: Vec<_> = pairs(&form).collect();
    let mut again = String::new();
    for (name, value) in &sent {
        append(&mut again, name, value);
    }
    assert!(pairs(&again).eq(sent.iter().cloned()), "{again}");
}
