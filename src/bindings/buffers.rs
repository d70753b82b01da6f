//! What crosses the boundary, and is wiped behind.

use std::cell::RefCell;

use zeroize::Zeroize;

use super::error;
use crate::oauth::authorization_request::{self, RANDOM_BYTES};
use crate::oauth::client::Packed;
use crate::oauth::error::Error;
use crate::oauth::frame::Reader;
use crate::oauth::pkce;
use crate::text::secret::Secret;

/// How many draws of randomness the host makes at once: asking for 4096 bytes costs it little more than asking for one.
const DRAWS: usize = 64;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    // One client at a time, which every other call names again: nothing is left behind of a client that nobody uses.
    static CLIENT: RefCell<Packed> = RefCell::new(Packed::default());
    static ATTEMPT: RefCell<[[u8; pkce::LENGTH]; 3]> = const { RefCell::new([[0; pkce::LENGTH]; 3]) };
    static OUTPUT: RefCell<Secret> = const { RefCell::new(Secret::new()) };
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

/// Where the host puts randomness: 64 draws of 64 bytes.
pub(super) fn random() -> *mut u8 {
    RANDOM.with_borrow_mut(|pool| pool.as_mut_ptr().cast())
}

/// Where the texts of the latest attempt are. The host wipes them.
pub(super) fn attempt_texts() -> *const u8 {
    ATTEMPT.with_borrow(|texts| texts.as_ptr().cast())
}

/// Makes an attempt of one draw.
pub(super) fn attempt(draw: usize) -> i32 {
    give(take_random(draw).map(|random| {
        ATTEMPT.set(authorization_request::attempt(&random));
        Secret::new()
    }))
}

/// Takes a client out of the input.
pub(super) fn select(length: usize) {
    CLIENT.set(Packed::new(take(length)));
}

/// Gives the client that was selected to `work`.
pub(super) fn with_client<T>(work: impl FnOnce(&Packed) -> T) -> T {
    CLIENT.with_borrow(work)
}

/// Takes one draw out of the pool, and wipes it there.
fn take_random(draw: usize) -> Result<[u8; RANDOM_BYTES], Error> {
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

/// Runs `work` on the input; leaves its answer or its error in the output and returns the length, that of an error below
/// zero; wipes the input. Not generic, so that it is there once.
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
    give(result)
}

fn give(result: Result<Secret, Error>) -> i32 {
    let (sign, text) = match result {
        Ok(text) => (1, text),
        Err(error) => (-1, error::frame(&error)),
    };
    let length = i32::try_from(text.expose().len()).unwrap_or(i32::MAX);
    // What was there before is wiped as this takes its place.
    OUTPUT.set(text);
    length.saturating_mul(sign)
}

/// Takes a frame out of the input, and wipes it there.
pub(super) fn take(length: usize) -> Secret {
    INPUT.with_borrow_mut(|input| {
        let Some(used) = input.get_mut(..length) else { return Secret::new() };
        let text = std::str::from_utf8(used).map(str::to_owned).unwrap_or_default();
        used.zeroize();
        Secret::from(text)
    })
}
