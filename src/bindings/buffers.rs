//! What crosses the boundary, and is wiped behind.

use std::cell::RefCell;

use zeroize::Zeroize;

use crate::protocol::authorize::RANDOM_BYTES;
use crate::protocol::error::Error;
use crate::protocol::frame::Reader;
use crate::protocol::secret::Secret;

/// How many draws of randomness the host makes at once.
pub(super) const DRAWS: usize = 16;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Secret> = const { RefCell::new(Secret::new()) };
    static ERROR: RefCell<Option<Error>> = const { RefCell::new(None) };
    static RANDOM: RefCell<[[u8; RANDOM_BYTES]; DRAWS]> = const { RefCell::new([[0; RANDOM_BYTES]; DRAWS]) };
}

/// Makes room for `size` bytes of input and says where.
pub(super) fn input(size: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        if input.len() < size {
            input.zeroize();
            input.resize(size.next_power_of_two(), 0);
        }
        input.as_mut_ptr()
    })
}

/// Where the latest answer begins.
pub(super) fn output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.expose().as_ptr())
}

/// Takes the latest error.
pub(super) fn take_error() -> Option<Error> {
    ERROR.take()
}

/// Where the host puts randomness.
pub(super) fn random() -> *mut u8 {
    RANDOM.with_borrow_mut(|pool| pool.as_mut_ptr().cast())
}

/// Takes one draw out of the pool, and wipes it there.
pub(super) fn take_random(draw: usize) -> Result<[u8; RANDOM_BYTES], Error> {
    let taken = RANDOM
        .with_borrow_mut(|pool| pool.get_mut(draw).map(|bytes| std::mem::replace(bytes, [0; RANDOM_BYTES])));
    taken.filter(|bytes| bytes.iter().any(|byte| *byte != 0)).ok_or_else(|| {
        Error::configuration(&[
            "there is no randomness: draw it with crypto.getRandomValues inside a request",
        ])
    })
}

/// How long a frame is, how many fields it has, and how many bytes of a body stand behind it.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) length: usize,
    pub(super) fields: usize,
    pub(super) body: usize,
}

/// What makes an answer of a frame and the body behind it.
pub(super) type Work<'w> = dyn FnMut(&mut Reader<'_>, &[u8]) -> Result<Secret, Error> + 'w;

/// Runs `work` on the input; leaves its answer in the output and returns its length, or -1 and leaves an error; wipes the
/// input. Not generic, so that it is there once.
pub(super) fn answer(sizes: Sizes, work: &mut Work<'_>) -> i32 {
    let result = INPUT.with_borrow_mut(|input| {
        let end = sizes.length.saturating_add(sizes.body);
        let (frame, body) =
            input.get(..end).and_then(|used| used.split_at_checked(sizes.length)).unwrap_or_default();
        let result = match std::str::from_utf8(frame) {
            Ok(frame) => Reader::new(frame, sizes.fields).and_then(|mut reader| work(&mut reader, body)),
            Err(_) => Err(Error::configuration(&["a value is not UTF-8"])),
        };
        if let Some(used) = input.get_mut(..end) {
            used.zeroize();
        }
        result
    });
    let length = match &result {
        Ok(text) => i32::try_from(text.expose().len()).unwrap_or(i32::MAX),
        Err(_) => -1,
    };
    // What was there before is wiped as this takes its place.
    OUTPUT.set(result.unwrap_or_else(|error| {
        ERROR.set(Some(error));
        Secret::new()
    }));
    length
}
