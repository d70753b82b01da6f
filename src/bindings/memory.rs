//! The memory of the module: the allocator, and the stack. Both are overwritten after use, since most texts of a call hold
//! a secret.
#![expect(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

/// Talc has a third of the size of the standard allocator, and is faster (`cargo xtask size`, `npm run bench`). It
/// overwrites memory when it is freed.
struct Wiping(WasmDynamicTalc);

#[global_allocator]
static ALLOCATOR: Wiping = Wiping(new_wasm_dynamic_allocator());

/// Up to this size, in bytes, a loop is faster than `memory.fill`, which engines call as a function.
const SHORT: usize = 96;

// SAFETY: talc allocates; to overwrite memory before it is freed changes nothing that the program reads.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let size = layout.size();
        // SAFETY: the caller owns this memory, and does not read it again.
        unsafe {
            if size <= SHORT {
                for at in 0..size {
                    pointer.add(at).write_volatile(0);
                }
            } else {
                pointer.write_bytes(0, size);
                // Else the optimizer removes what no one reads.
                black_box(pointer);
            }
            self.0.dealloc(pointer, layout);
        }
    }

    // `realloc` is that of the trait: it moves, and frees the old memory here.
}

/// Overwrites the part of the stack that a call has used, which ends where the caller's begins.
#[inline(never)]
pub(super) fn wipe_stack<const BYTES: usize>() {
    black_box(&mut [0_u8; BYTES]);
}
