//! From Rust to `pkg/wasm`: cargo, wasm-bindgen, wasm-opt, once for the core and once with the fake Zoho.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64ct::{Base64, Encoding};
use duct::cmd;
use wasm_bindgen_cli_support::Bindgen;

use crate::files::{self, CACHE};
use crate::{cli, node, rows, rust};

const OUT: &str = "pkg/wasm";
const NO_PANIC: &str = "no thread panics";

struct Module {
    /// Name of the files in pkg/wasm.
    name: &'static str,
    features: &'static str,
    /// Whether its bytes also go into a script, for bundlers that emit no assets.
    inline: bool,
}

const MODULES: [Module; 2] = [
    Module { name: "grantkit", features: "", inline: true },
    Module { name: "testing", features: "testing", inline: false },
];

/// What the compiler and wasm-bindgen emit; without these wasm-opt refuses the module.
const WASM_FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Makes `pkg/wasm` and the command line what the sources say, and does nothing where they are.
pub fn build() -> Result<()> {
    files::write(format!("{CACHE}/lock"), "")?;
    let lock = File::open(format!("{CACHE}/lock"))?;
    lock.lock().context("cannot wait for another build to end")?;

    rust::ensure_target()?;
    let inputs = inputs()?;
    std::thread::scope(|scope| {
        let mut installing = Some(scope.spawn(node::ensure_modules));
        let mut installed = || installing.take().map_or(Ok(()), |thread| thread.join().expect(NO_PANIC));
        let mut packaging = Vec::new();
        for module in MODULES.iter().filter(|module| !is_current(module, &inputs)) {
            let compiled = compile(module)?;
            installed()?;
            packaging.push(scope.spawn(|| package(module, compiled, &inputs)));
        }
        packaging.into_iter().try_for_each(|thread| thread.join().expect(NO_PANIC))?;
        installed()
    })?;
    sweep()?;
    rows::build()?;
    cli::build()
}

/// Takes out what an older build left, since everything in the folder ships.
fn sweep() -> Result<()> {
    let made: Vec<PathBuf> = MODULES.iter().flat_map(outputs).collect();
    for path in files::walk(OUT)?.iter().filter(|path| !made.contains(path)) {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// Names all that the outputs are made from: the sources and their dependencies, this file and the tools.
///
/// Cargo cannot tell: both modules are one file to it, so it would compile each anew every time.
fn inputs() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    include_str!("wasm.rs").hash(&mut hasher);
    cmd!("rustc", "--version", "--verbose").read()?.hash(&mut hasher);
    std::env::var_os("RUSTFLAGS").hash(&mut hasher);
    let settings = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "package-lock.json"];
    for path in files::walk("src")?.into_iter().chain(settings.map(PathBuf::from)) {
        files::read(&path)?.hash(&mut hasher);
        path.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn is_current(module: &Module, inputs: &str) -> bool {
    let made = fs::read_to_string(stamp(module)).is_ok_and(|made| made == inputs);
    made && outputs(module).iter().all(|path| path.is_file())
}

/// Says what the module was last made from.
fn stamp(module: &Module) -> PathBuf {
    Path::new(CACHE).join(module.name).with_extension("stamp")
}

fn compile(module: &Module) -> Result<Vec<u8>> {
    let arguments = ["build", "--release", "--package", "grantkit", "--lib", "--target", rust::WASM];
    let chosen = ["--target-dir", "target", "--features", module.features];
    let paths = rust::without_machine_paths()?;
    let cargo =
        cmd(rust::cargo(), arguments.iter().chain(&chosen).copied().chain(["--config", &paths])).run();
    cargo.with_context(|| format!("the module {} does not compile", module.name))?;
    files::read(format!("target/{}/release/grantkit.wasm", rust::WASM))
}

fn package(module: &Module, compiled: Vec<u8>, inputs: &str) -> Result<()> {
    let stage = Path::new(CACHE).join(module.name);
    bind(module, compiled, &stage)?;
    optimize(&stage.join(format!("{}_bg.wasm", module.name)))?;
    let glue = stage.join(format!("{}.js", module.name));
    if module.inline {
        factory(&stage, &glue)?;
        inline(module, &stage)?;
    } else {
        shorten(&glue)?;
    }
    fs::create_dir_all(OUT)?;
    for path in outputs(module) {
        let name = path.file_name().context("an output has a name")?;
        files::place(&stage.join(name), &path)?;
    }
    files::write(stamp(module), inputs)
}

fn outputs(module: &Module) -> Vec<PathBuf> {
    let name = module.name;
    let glue = [
        format!("{name}.js"),
        format!("{name}.d.ts"),
        format!("{name}_bg.wasm"),
        format!("{name}_bg.d.wasm.ts"),
    ];
    let inline = ["inline.js", "inline.d.ts"].into_iter().filter(|_| module.inline).map(str::to_owned);
    glue.into_iter().chain(inline).map(|name| Path::new(OUT).join(name)).collect()
}

fn bind(module: &Module, compiled: Vec<u8>, stage: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(module.name, compiled).web(true)?.typescript(true);
    // Where the bytes are is for the loaders in pkg/load to say.
    bindgen.omit_default_module_path(true);
    let mut output = bindgen.generate_output().context("wasm-bindgen failed")?;
    let has_scripts =
        !output.local_modules().is_empty() || output.snippets().values().any(|list| !list.is_empty());
    if has_scripts || !output.npm_dependencies().is_empty() {
        bail!("a dependency brings scripts of its own, which the package does not ship");
    }
    output.emit(stage).with_context(|| format!("cannot write {}", stage.display()))?;
    // What an import of the file is, where it can be imported: the module, not its exports.
    let default = "declare const module: WebAssembly.Module;\nexport default module;\n";
    files::write(stage.join(format!("{}_bg.d.wasm.ts", module.name)), default)
}

fn optimize(path: &Path) -> Result<()> {
    let path = path.to_str().context("paths here are plain")?;
    let arguments = [path, "-o", path, "-Os", "--strip-producers", "--strip-target-features"];
    node::tool("wasm-opt", arguments.iter().chain(&WASM_FEATURES)).run().context("wasm-opt failed")?;
    Ok(())
}

/// Takes comments and white space out of the glue, which nobody reads and everybody downloads; names stay for stacks. Its
/// warnings go too: a library leaves the console alone, and what cannot be loaded rejects.
fn shorten(path: &Path) -> Result<()> {
    let arguments = ["--minify-whitespace", "--minify-syntax", "--drop:console"];
    // Everything that is supported has globalThis, and needs no other name of it.
    let others = ["global", "self", "window"].map(|name| format!("--define:{name}=undefined"));
    let output = node::tool("esbuild", arguments.map(str::to_owned).into_iter().chain(others))
        .stdin_path(path)
        .read()?;
    files::write(path, output + "\n")
}

/// Makes of the core's glue a function that creates an instance with state of its own: after a trap the package goes on with
/// a fresh instance, and promises of the old one must not reach into it.
fn factory(stage: &Path, glue: &Path) -> Result<()> {
    let entry = stage.join("entry.js");
    files::write(&entry, "export { initSync, send } from \"./grantkit.js\";\n")?;
    let arguments = ["--bundle", "--format=esm", "--minify-whitespace", "--minify-syntax", "--drop:console"];
    let others = ["global", "self", "window"].map(|name| format!("--define:{name}=undefined"));
    let entry = entry.to_str().context("paths here are plain")?;
    let arguments = std::iter::once(entry.to_owned()).chain(arguments.map(str::to_owned)).chain(others);
    let bundled = node::tool("esbuild", arguments).read()?;
    let exported = "export{initSync,send};";
    let Some(body) = bundled.trim_end().strip_suffix(exported) else {
        bail!("the glue of wasm-bindgen ends otherwise than expected: compare factory() with its output");
    };
    files::write(
        glue,
        format!("export function create(module){{{body}return{{wasm:initSync({{module}}),send}}}}\n"),
    )?;
    let types = glue.with_extension("d.ts");
    let declared = String::from_utf8(files::read(&types)?)?;
    let create = "/** A new instance. */\nexport function create(module: WebAssembly.Module): { wasm: InitOutput; send: typeof send };\n";
    files::write(types, declared + create)
}

fn inline(module: &Module, stage: &Path) -> Result<()> {
    let bytes = files::read(stage.join(format!("{}_bg.wasm", module.name)))?;
    let script = format!("export const bytes = \"{}\";\n", Base64::encode_string(&bytes));
    files::write(stage.join("inline.js"), script)?;
    files::write(stage.join("inline.d.ts"), "/** The module, in base64. */\nexport const bytes: string;\n")
}
