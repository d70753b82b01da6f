//! Builds the module of this tree and runs its tests in Node, for each mutant of `cargo xtask mutants`. No other command
//! runs it (`test = false` in Cargo.toml).

use std::process::Command;

#[test]
fn module() {
    let xtask = std::env::var_os("GRANTKIT_XTASK").expect("cargo xtask mutants runs this");
    let tested = Command::new(xtask).arg("test-module").current_dir(env!("CARGO_MANIFEST_DIR")).status();
    assert!(tested.unwrap().success());
}
