//! The input is a callback.

use super::text;
use crate::clients::{PLAIN, ZOHO, plain, zoho};
use crate::invariants::callback;
use crate::text::split::cut;

pub fn run(data: &[u8]) {
    let url = text(data);
    let seen = callback(plain(), PLAIN, &url);
    let at_zoho = callback(zoho(), ZOHO, &url);
    if let (Ok((code, None)), Ok((zohos, _))) = (&seen, &at_zoho) {
        assert_eq!(code, zohos, "{url}");
    }
    for separator in [b'#', b'?', b'&', b'='] {
        let expected = url.split_once(char::from(separator));
        let (before, after) = cut(&url, separator);
        assert_eq!((before, after), expected.map_or((&*url, None), |(before, after)| (before, Some(after))));
    }
}
