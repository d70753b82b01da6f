//! Each line is a field of a frame.

use super::super::frame::{Reader, Writer};
use super::super::numbers;

pub fn run(data: &[u8]) {
    let frame = String::from_utf8_lossy(data).replace('\n', "\0");
    let fields: Vec<&str> = frame.split('\0').collect();
    assert!(Reader::new(&frame, fields.len().wrapping_add(1)).is_err());
    let mut reader = Reader::new(&frame, fields.len()).expect("that many fields");
    for (at, field) in fields.iter().enumerate() {
        assert_eq!(reader.left(), fields.len() - at);
        assert_eq!(reader.text(), *field);
    }
    assert_eq!((reader.left(), reader.text()), (0, ""));

    let mut writer = Writer::new(fields[0]);
    fields[1..].iter().for_each(|field| writer.field(field));
    assert_eq!(writer.finish().expose(), frame);

    for field in fields {
        let of_field = || Reader::unchecked(field);
        assert_eq!(of_field().number(), field.parse().ok());
        assert_eq!(of_field().optional().is_none(), field.is_empty());
        let seconds = field.parse::<i64>().ok().and_then(|seconds| u64::try_from(seconds).ok());
        assert_eq!(of_field().seconds().as_secs(), seconds.unwrap_or_default());
        let times: Vec<i64> = of_field().times().iter().map(|time| time.seconds()).collect();
        let expected: Vec<i64> = field.split(',').filter_map(|number| number.parse().ok()).collect();
        assert_eq!(times, expected);

        let read = numbers::read(field);
        assert_eq!(numbers::read(&numbers::write(&mut read.into_iter())), read, "{field}");
        if let Ok(number) = field.parse::<f64>() {
            assert!(
                number.is_nan()
                    || numbers::duration(number).as_secs() as f64
                        <= number.max(0.0) + 1e3 + number.abs() * 1e-9,
                "{number}"
            );
        }
    }
}
