//! libFuzzer with one target, whose name is in the environment.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| (chosen().run)(data));

#[cfg(fuzzing)]
fn chosen() -> &'static fuzz::Target {
    static CHOSEN: std::sync::LazyLock<&fuzz::Target> = std::sync::LazyLock::new(|| {
        let name = std::env::var("GRANTKIT_FUZZ").expect("GRANTKIT_FUZZ names a target");
        fuzz::TARGETS
            .iter()
            .chain([&fuzz::PLANTED])
            .find(|target| target.name == name)
            .expect("a target has that name")
    });
    &CHOSEN
}

#[cfg(not(fuzzing))]
fn main() {
    eprintln!("this binary is built without libFuzzer: use `cargo xtask fuzz`");
    std::process::exit(2);
}
