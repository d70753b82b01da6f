//! Registered clients, by a number of the host: the only values that outlive a call.

use std::cell::RefCell;

use super::buffers::{self, Work};
use super::config;
use super::frame::Reader;
use crate::oauth::client::Client;
use crate::oauth::error::Error;
use crate::text::secret::Secret;

/// The most clients in the table. The host registers a removed client again.
const CAPACITY: usize = 64;

/// What a call returns when its client is not in the table.
pub(super) const MISS: i32 = i32::MIN;

thread_local! {
    /// Oldest first.
    static CLIENTS: RefCell<Vec<(u32, Client)>> = const { RefCell::new(Vec::new()) };
}

/// Checks the configuration in the input, and registers the client under a number.
pub(super) fn register(number: u32, sizes: buffers::Sizes) -> i32 {
    buffers::run(sizes, &mut |reader, _| {
        let client = Client::new(config::read(reader)?)?;
        CLIENTS.with_borrow_mut(|clients| {
            clients.retain(|(known, _)| *known != number);
            if clients.len() == CAPACITY {
                clients.remove(0);
            }
            clients.push((number, client));
        });
        Ok(Secret::new())
    })
}

/// A function from a client, the fields of the input and the body after them to the output.
pub(super) type ClientWork<'w> = dyn FnMut(&Client, &mut Reader<'_>, &[u8]) -> Result<Secret, Error> + 'w;

/// Runs `work` with a registered client.
pub(super) fn with(number: u32, sizes: buffers::Sizes, work: &mut ClientWork<'_>) -> i32 {
    CLIENTS.with_borrow(|clients| {
        let Some((_, client)) = clients.iter().rev().find(|(known, _)| *known == number) else { return MISS };
        let work: &mut Work<'_> = &mut |reader, body| work(client, reader, body);
        buffers::run(sizes, work)
    })
}
