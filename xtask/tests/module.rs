//! Builds the module of this tree and runs its tests in Node, for `cargo xtask mutants`.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let tested = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("test-module").status();
    if tested.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
