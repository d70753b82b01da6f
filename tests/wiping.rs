//! What is left of a secret in the memory that a native program gives back. It needs an allocator of its own, which reads
//! each block before it is freed.
#![allow(missing_docs, unsafe_code, clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use grantkit::Secret;

/// What the test writes. In halves, so that the program itself has it nowhere in one piece.
const HALVES: [&str; 2] = ["marked-", "a7c31f"];

struct Watching;

/// Blocks that were freed with the marked text in them.
static FOUND: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the allocator of the system with its own arguments.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that a block has nothing of an earlier one and all of it may be read.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has this size, and was initialized by `alloc`.
        let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
        let [start, end] = HALVES.map(str::as_bytes);
        let marked = |window: &[u8]| window.starts_with(start) && window.ends_with(end);
        if bytes.windows(start.len().saturating_add(end.len())).any(marked) {
            FOUND.fetch_add(1, Ordering::SeqCst);
        }
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// How many blocks with the text a call frees.
fn freed(run: impl FnOnce()) -> usize {
    FOUND.store(0, Ordering::SeqCst);
    run();
    FOUND.load(Ordering::SeqCst)
}

#[test]
fn a_secret_is_overwritten_when_it_is_dropped() {
    let text = || HALVES.concat();
    assert_eq!(freed(|| drop(text())), 1, "a plain text is found");
    assert_eq!(freed(|| drop(Secret::from(text()))), 0);
    assert_eq!(freed(|| drop(Secret::from(text()).clone())), 0);
    let mut long = text();
    long.reserve(1000);
    assert_eq!(freed(|| drop(Some(Secret::from(long)))), 0);
}
