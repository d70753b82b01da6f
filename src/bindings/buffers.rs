//! The buffers through which texts are passed, and which are overwritten after use.

use std::cell::RefCell;

use zeroize::Zeroize;

use super::error;
use super::frame::Reader;
use super::memory::wipe_stack;
use crate::oauth::authorization_request::{self, RANDOM_BYTES};
use crate::oauth::error::Error;
use crate::oauth::pkce;
use crate::text::secret::Secret;

/// The number of draws that the host fills at once: 4096 random bytes take it little longer than one.
pub(super) const DRAWS: usize = 64;

/// The stack that is overwritten after [`draw_attempt`], in bytes: more than it takes.
const ATTEMPT_STACK: usize = 1024;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ATTEMPT: RefCell<[[u8; pkce::LENGTH]; 3]> = const { RefCell::new([[0; pkce::LENGTH]; 3]) };
    static OUTPUT: RefCell<Secret> = const { RefCell::new(Secret::new()) };
    static RANDOM: RefCell<[[u8; RANDOM_BYTES]; DRAWS]> = const { RefCell::new([[0; RANDOM_BYTES]; DRAWS]) };
}

/// Reserves `size` bytes of input. The returned pointer is valid until the next call of this function.
pub(super) fn input(size: usize) -> *mut u8 {
    INPUT.with_borrow_mut(|input| {
        if input.len() < size {
            input.zeroize();
            input.resize(size.next_power_of_two(), 0);
        }
        input.as_mut_ptr()
    })
}

/// A pointer to the output of the latest call.
pub(super) fn output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.expose().as_ptr())
}

/// A pointer to the buffer that the host fills with random bytes.
pub(super) fn random() -> *mut u8 {
    RANDOM.with_borrow_mut(|pool| pool.as_mut_ptr().cast())
}

/// A pointer to the texts of [`attempt`], which the host overwrites after use.
pub(super) fn attempt_texts() -> *const u8 {
    ATTEMPT.with_borrow(|texts| texts.as_ptr().cast())
}

/// Derives state, code verifier and code challenge from one draw of random bytes.
pub(super) fn attempt(draw: usize) -> i32 {
    let length = draw_attempt(draw);
    wipe_stack::<ATTEMPT_STACK>();
    length
}

/// A function of its own, so that the wiped part of the stack is below the caller's.
#[inline(never)]
fn draw_attempt(draw: usize) -> i32 {
    give(take_random(draw).map(|random| {
        ATTEMPT.set(authorization_request::state_and_verifier(&random));
        Secret::new()
    }))
}

/// Takes one draw of random bytes, and overwrites it in the buffer.
fn take_random(draw: usize) -> Result<[u8; RANDOM_BYTES], Error> {
    let taken = RANDOM
        .with_borrow_mut(|pool| pool.get_mut(draw).map(|bytes| std::mem::replace(bytes, [0; RANDOM_BYTES])));
    taken.filter(|bytes| bytes.iter().any(|byte| *byte != 0)).ok_or_else(|| {
        Error::configuration("there is no randomness: draw it with crypto.getRandomValues inside a request")
    })
}

/// The length of a frame in bytes, the number of its fields, and the length of the body after it in bytes.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) length: usize,
    pub(super) fields: usize,
    pub(super) body: usize,
}

/// A function from a frame and the body after it to the output.
pub(super) type Work<'w> = dyn FnMut(&mut Reader<'_>, &[u8]) -> Result<Secret, Error> + 'w;

/// Runs `work` on the input, and overwrites the input. The output has the result or the error. Returns its length in
/// bytes, negative for an error.
pub(super) fn run(sizes: Sizes, work: &mut Work<'_>) -> i32 {
    let end = sizes.length.saturating_add(sizes.body);
    with_input(end, &mut |used| {
        let (frame, body) = used.split_at_checked(sizes.length).unwrap_or_default();
        Reader::new(text(frame)?, sizes.fields).and_then(|mut reader| work(&mut reader, body))
    })
}

/// As [`run`], for a text instead of a frame.
pub(super) fn run_text(length: usize, work: &mut dyn FnMut(&str) -> Result<Secret, Error>) -> i32 {
    with_input(length, &mut |used| work(text(used)?))
}

fn text(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::configuration("a value is not UTF-8: pass a string"))
}

fn with_input(length: usize, work: &mut dyn FnMut(&[u8]) -> Result<Secret, Error>) -> i32 {
    give(INPUT.with_borrow_mut(|input| {
        let Some(used) = input.get_mut(..length) else {
            return Err(Error::configuration("the input is longer than its buffer: ask for room first"));
        };
        let result = work(used);
        used.zeroize();
        result
    }))
}

fn give(result: Result<Secret, Error>) -> i32 {
    let (sign, text) = match result {
        Ok(text) => (1, text),
        Err(error) => (-1, error::frame(&error)),
    };
    let length = i32::try_from(text.expose().len()).unwrap_or(i32::MAX);
    // The earlier output is overwritten when it is dropped here.
    OUTPUT.set(text);
    length.saturating_mul(sign)
}

/// Takes a text of the input, and overwrites it in the buffer.
pub(super) fn take(length: usize) -> Secret {
    INPUT.with_borrow_mut(|input| {
        let Some(used) = input.get_mut(..length) else { return Secret::new() };
        let text = std::str::from_utf8(used).map(str::to_owned).unwrap_or_default();
        used.zeroize();
        Secret::from(text)
    })
}
