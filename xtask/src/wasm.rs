//! From Rust to `pkg/wasm`: cargo, wasm-bindgen, wasm-opt, once for the core and once with the fake Zoho.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64ct::{Base64, Encoding};
use duct::cmd;
use wasm_bindgen_cli_support::Bindgen;

use crate::files::{self, CACHE};
use crate::{cli, node, notices, package, rows, rust};

const OUT: &str = "pkg/wasm";
const NO_PANIC: &str = "no thread panics";

struct Module {
    /// Name of the files in pkg/wasm.
    name: &'static str,
    features: &'static str,
    /// The script that has its bytes too, for bundlers that emit no assets.
    inline: &'static str,
    /// Whether its glue becomes a function that creates an instance.
    factory: bool,
}

const MODULES: [Module; 2] = [
    Module { name: "grantkit", features: "", inline: "inline", factory: true },
    Module { name: "testing", features: "testing", inline: "testing-inline", factory: false },
];

/// How a module is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// As it ships.
    Release,
    /// For `cargo xtask check`: compiled in seconds, ten times as large, and not to be published.
    Quick,
}

/// Only the testing module is made from these.
const TESTING: [&str; 2] = ["src/testing", "src/bindings/testing.rs"];

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

/// Makes `pkg/wasm`, the command line and the folder that npm packs, each unless no input changed since. A release build
/// also serves where a quick one would do.
pub fn build(build: Build) -> Result<()> {
    files::write(format!("{CACHE}/lock"), "")?;
    let lock = File::open(format!("{CACHE}/lock"))?;
    lock.lock().context("cannot wait for another build to end")?;

    rust::ensure_target()?;
    let modules = MODULES.iter().map(|module| Ok((module, inputs(module)?))).collect::<Result<Vec<_>>>()?;
    std::thread::scope(|scope| {
        let mut installing = Some(scope.spawn(node::ensure_modules));
        let mut installed = || installing.take().map_or(Ok(()), |thread| thread.join().expect(NO_PANIC));
        let mut packaging = Vec::new();
        for (module, inputs) in modules.iter().filter(|(module, inputs)| !is_current(module, inputs, build)) {
            let compiled = compile(module, build)?;
            installed()?;
            packaging.push(scope.spawn(move || package(module, compiled, inputs, build)));
        }
        packaging.into_iter().try_for_each(|thread| thread.join().expect(NO_PANIC))?;
        installed()
    })?;
    sweep()?;
    notices::build()?;
    rows::build()?;
    cli::build()?;
    package::build()
}

/// Removes the files of older builds, since everything in the folder ships.
fn sweep() -> Result<()> {
    let made: Vec<PathBuf> = MODULES.iter().flat_map(outputs).chain([notices::OUT.into()]).collect();
    for path in files::walk(OUT)?.iter().filter(|path| !made.contains(path)) {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// A hash of all inputs of a module: the sources, their dependencies, the options of the build and the tools.
///
/// Cargo cannot tell: both modules are one file to it, so it would compile each again every time.
fn inputs(module: &Module) -> Result<String> {
    let tools = (
        include_str!("wasm.rs"),
        cmd!(rust::rustc(), "--version", "--verbose").read()?,
        std::env::var_os("RUSTFLAGS"),
    );
    let settings = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "package-lock.json"];
    let sources = files::walk("src")?.into_iter().filter(|path| is_compiled(module, path));
    files::fingerprint(sources.chain(settings.map(PathBuf::from)), tools)
}

fn is_compiled(module: &Module, path: &Path) -> bool {
    module.features == "testing" || !TESTING.iter().any(|only| path.starts_with(only))
}

fn is_current(module: &Module, inputs: &str, build: Build) -> bool {
    let made = fs::read_to_string(stamp_path(module)).unwrap_or_default();
    let serves = [Build::Release, build].map(|build| stamp(inputs, build)).contains(&made);
    serves && outputs(module).iter().all(|path| path.is_file())
}

/// Says from what and how the module was last made.
fn stamp(inputs: &str, build: Build) -> String {
    format!("{} {inputs}", build.profile())
}

fn stamp_path(module: &Module) -> PathBuf {
    Path::new(CACHE).join(module.name).with_extension("stamp")
}

impl Build {
    const fn profile(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Quick => "quick",
        }
    }

    /// Settings of the profile that Cargo.toml does not have.
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Release => &[],
            Self::Quick => &[
                "profile.quick.inherits=\"release\"",
                "profile.quick.opt-level=1",
                "profile.quick.lto=false",
                "profile.quick.codegen-units=16",
                "profile.quick.incremental=true",
            ],
        }
    }
}

fn compile(module: &Module, build: Build) -> Result<Vec<u8>> {
    let arguments = ["build", "--quiet", "--package", "grantkit", "--lib", "--target", rust::WASM];
    let chosen = ["--profile", build.profile(), "--target-dir", "target", "--features", module.features];
    let paths = rust::without_machine_paths()?;
    let settings =
        build.settings().iter().copied().chain([paths.as_str()]).flat_map(|setting| ["--config", setting]);
    println!("compiling {} ({})", module.name, build.profile());
    if build == Build::Release
        && let Err(reason) = rust::check_for_release()
    {
        println!("these modules are for tests and not for a release, since {reason}");
    }
    let cargo = cmd(rust::cargo(), arguments.into_iter().chain(chosen).chain(settings)).run();
    cargo.with_context(|| format!("the module {} does not compile", module.name))?;
    files::read(format!("target/{}/{}/grantkit.wasm", rust::WASM, build.profile()))
}

fn package(module: &Module, compiled: Vec<u8>, inputs: &str, build: Build) -> Result<()> {
    let stage = Path::new(CACHE).join(module.name);
    bind(module, compiled, &stage)?;
    let binary = stage.join(format!("{}_bg.wasm", module.name));
    let glue = stage.join(format!("{}.js", module.name));
    if module.factory {
        rename(&binary, &glue)?;
    }
    if build == Build::Release {
        optimize(&binary)?;
    }
    if module.factory {
        factory(&stage, &glue)?;
    } else {
        shorten(&glue)?;
    }
    inline(module, &stage)?;
    fs::create_dir_all(OUT)?;
    // Before the first file is replaced, so that a build that ends halfway is not taken for the earlier one.
    files::write(stamp_path(module), "")?;
    for path in outputs(module) {
        let name = path.file_name().context("an output has a name")?;
        files::place(&stage.join(name), &path)?;
    }
    files::write(stamp_path(module), stamp(inputs, build))
}

fn outputs(module: &Module) -> Vec<PathBuf> {
    let name = module.name;
    let glue = [
        format!("{name}.js"),
        format!("{name}.d.ts"),
        format!("{name}_bg.wasm"),
        format!("{name}_bg.d.wasm.ts"),
    ];
    let inline = [format!("{}.js", module.inline), format!("{}.d.ts", module.inline)];
    glue.into_iter().chain(inline).map(|name| Path::new(OUT).join(name)).collect()
}

fn bind(module: &Module, compiled: Vec<u8>, stage: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(module.name, compiled).web(true)?.typescript(true);
    // The loaders in pkg/load say where the bytes are.
    bindgen.omit_default_module_path(true);
    let mut output = bindgen.generate_output().context("wasm-bindgen failed")?;
    let has_scripts =
        !output.local_modules().is_empty() || output.snippets().values().any(|list| !list.is_empty());
    if has_scripts || !output.npm_dependencies().is_empty() {
        bail!(
            "a dependency brings scripts of its own, which the package does not ship: remove the dependency or its scripts"
        );
    }
    output.emit(stage).with_context(|| format!("cannot write {}", stage.display()))?;
    // A runtime that can import the file gives the module, not its exports.
    let default = "declare const module: WebAssembly.Module;\nexport default module;\n";
    files::write(stage.join(format!("{}_bg.d.wasm.ts", module.name)), default)
}

/// Shortens the names that only the module and its glue use, of which each user downloads 1,500 bytes.
fn rename(binary: &Path, glue: &Path) -> Result<()> {
    let mut module = walrus::Module::from_file(binary).context("walrus cannot read the module")?;
    let imports = module.imports.iter_mut().map(|import| {
        import.module = "_".to_owned();
        &mut import.name
    });
    let exports = module.exports.iter_mut().map(|export| &mut export.name);
    let types = glue.with_extension("d.ts");
    let mut script = String::from_utf8(files::read(glue)?)?;
    let mut declared = String::from_utf8(files::read(&types)?)?;
    script = script.replace(GLUE, "_");
    for (at, name) in imports.chain(exports.filter(|name| name.starts_with(CLOSURES))).enumerate() {
        let short = format!("_{at}");
        if !script.contains(name.as_str()) {
            bail!("the glue of wasm-bindgen has no {name}: adapt rename() to its output");
        }
        script = script.replace(name.as_str(), &short);
        declared = declared.replace(name.as_str(), &short);
        *name = short;
    }
    files::write(binary, module.emit_wasm())?;
    files::write(glue, script)?;
    files::write(types, declared)
}

/// The module from which the imports come.
const GLUE: &str = "./grantkit_bg.js";
/// Exports that call a closure of Rust.
const CLOSURES: &str = "wasm_bindgen__convert__closures";

fn optimize(path: &Path) -> Result<()> {
    let path = path.to_str().context("paths here are plain")?;
    // With -Oz the module has 1,100 bytes less, and a callback takes a tenth longer (`npm run bench -- callback`).
    // A function of one caller is inlined up to 500 bytes: engines compile a whole function at its first call, and without
    // this limit a Worker's cold start takes 8 % longer (`npm run bench -- cold-worker`).
    let passes =
        ["-O3", "--one-caller-inline-max-function-size=500", "--strip-producers", "--strip-target-features"];
    let arguments = [&[path, "-o", path][..], &passes].concat();
    node::tool("wasm-opt", arguments.iter().chain(&WASM_FEATURES)).run().context("wasm-opt failed")?;
    Ok(())
}

/// Takes comments and white space out of the glue, which every user downloads; names stay for stacks. Its warnings go
/// too: a library does not write to the console, and a module that cannot be loaded rejects.
fn shorten(path: &Path) -> Result<()> {
    let arguments = ["--minify-whitespace", "--minify-syntax", "--drop:console"];
    // Every supported runtime has globalThis.
    let others = ["global", "self", "window"].map(|name| format!("--define:{name}=undefined"));
    let output = node::tool("esbuild", arguments.map(str::to_owned).into_iter().chain(others))
        .stdin_path(path)
        .read()?;
    files::write(path, output + "\n")
}

/// Makes of the core's glue a function that creates an instance with state of its own: after a trap the package goes on with
/// a fresh instance, and promises of the old one must not reach into it. What the glue does to load a module is left out,
/// since pkg/wasm.js compiles it, and so are its wrappers of exports, since these take and return values as they are.
fn factory(stage: &Path, glue: &Path) -> Result<()> {
    let generated = String::from_utf8(files::read(glue)?)?;
    if !generated.contains("function __wbg_get_imports()")
        || !generated.contains("\nlet wasmModule, wasmInstance, wasm;")
    {
        bail!("the glue of wasm-bindgen has other names: adapt factory() to its output");
    }
    let instantiate = "export function instantiate(module) {
    wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
    wasm.__wbindgen_start();
    return wasm;
}
";
    files::write(glue, generated + instantiate)?;
    let entry = stage.join("entry.js");
    files::write(&entry, "export { instantiate } from \"./grantkit.js\";\n")?;
    let arguments = ["--bundle", "--format=esm", "--minify-whitespace", "--minify-syntax", "--drop:console"];
    let others = ["global", "self", "window"].map(|name| format!("--define:{name}=undefined"));
    let entry = entry.to_str().context("paths here are plain")?;
    let arguments = std::iter::once(entry.to_owned()).chain(arguments.map(str::to_owned)).chain(others);
    let bundled = node::tool("esbuild", arguments).read()?;
    let body = bundled.trim_end().strip_suffix("export{instantiate};").context(
        "the bundled glue does not end with its one export: adapt factory() to the output of esbuild",
    )?;
    let body = trim(body)?;
    files::write(glue, format!("export function create(module){{{body}return instantiate(module)}}\n"))?;
    let types = glue.with_extension("d.ts");
    let declared = String::from_utf8(files::read(&types)?)?;
    let create = "/** A new instance. */\nexport function create(module: WebAssembly.Module): InitOutput;\n";
    files::write(types, declared + create)
}

/// Removes what the glue does not need here. Every supported runtime has `globalThis`: the glue need not ask for it, nor for
/// the global objects that are not defined. It decodes URLs and headers, for which it creates its decoder, and no 2 GiB of
/// text, after which a decoder of Safari has to be replaced.
fn trim(glue: &str) -> Result<String> {
    let mut short = glue.to_owned();
    for (asked, plain) in [
        ("isLikeNone(void 0)?0:addToExternrefTable0(void 0)", "0"),
        (
            "let ret=typeof globalThis>\"u\"?void 0:globalThis;return isLikeNone(ret)?0:addToExternrefTable0(ret)",
            "return addToExternrefTable0(globalThis)",
        ),
        ("function isLikeNone(x){return x==null}", ""),
        ("var MAX_SAFARI_DECODE_BYTES=2146435072,numBytesDecoded=0;", ""),
        (
            "return numBytesDecoded+=bytes.length,numBytesDecoded>=MAX_SAFARI_DECODE_BYTES&&(cachedTextDecoder=new TextDecoder(\"utf-8\",{ignoreBOM:!0}),cachedTextDecoder.decode(),numBytesDecoded=bytes.length),",
            "return ",
        ),
        ("cachedTextDecoder.decode();", ""),
        ("var cachedTextDecoder=new TextDecoder(\"utf-8\",{ignoreBOM:!0});", "var cachedTextDecoder;"),
        (
            "cachedTextDecoder.decode(bytes)",
            "(cachedTextDecoder??=new TextDecoder(\"utf-8\",{ignoreBOM:!0})).decode(bytes)",
        ),
    ] {
        if !short.contains(asked) {
            bail!("the glue of wasm-bindgen has no {asked}: adapt trim() to its output");
        }
        short = short.replace(asked, plain);
    }
    let short = arrows(&short);
    if short.contains("isLikeNone") {
        bail!("the glue of wasm-bindgen uses isLikeNone elsewhere: adapt trim() to its output");
    }
    Ok(short)
}

/// Writes members that are functions of one expression as arrow functions.
fn arrows(glue: &str) -> String {
    const FUNCTION: &str = ":function(";
    let mut parts = glue.split(FUNCTION);
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let expression = part.split_once("){return ").and_then(|(names, rest)| {
            let (body, rest) = rest.split_once('}')?;
            let is_plain = !names.contains('{') && !body.contains(['{', ';']) && !body.contains("arguments");
            is_plain.then(|| format!(":({names})=>{body}{rest}"))
        });
        short.push_str(&expression.unwrap_or_else(|| format!("{FUNCTION}{part}")));
    }
    short
}

fn inline(module: &Module, stage: &Path) -> Result<()> {
    let bytes = files::read(stage.join(format!("{}_bg.wasm", module.name)))?;
    let script = format!("export const bytes = \"{}\";\n", Base64::encode_string(&bytes));
    files::write(stage.join(format!("{}.js", module.inline)), script)?;
    let types = stage.join(format!("{}.d.ts", module.inline));
    files::write(types, "/** The module, in base64. */\nexport const bytes: string;\n")
}

#[cfg(test)]
mod tests {
    use super::{MODULES, arrows, is_compiled};
    use std::path::Path;

    #[test]
    fn functions_of_one_expression_become_arrow_functions() {
        for (glue, expected) in [
            ("{a:function(x){return x==1},b:function(){return 0}}", "{a:(x)=>x==1,b:()=>0}"),
            ("{a:function(x){let y=x;return y}}", "{a:function(x){let y=x;return y}}"),
            (
                "{a:function(){return f(function(){return 1},arguments)}}",
                "{a:function(){return f(function(){return 1},arguments)}}",
            ),
        ] {
            assert_eq!(arrows(glue), expected, "{glue}");
        }
    }

    #[test]
    fn a_change_of_the_fake_does_not_compile_the_core() {
        let [core, testing] = &MODULES;
        for (path, in_core) in [
            ("src/testing/token.rs", false),
            ("src/bindings/testing.rs", false),
            ("src/bindings/mod.rs", true),
            ("src/text/json.rs", true),
        ] {
            assert_eq!(is_compiled(core, Path::new(path)), in_core, "{path}");
            assert!(is_compiled(testing, Path::new(path)), "{path}");
        }
    }
}
