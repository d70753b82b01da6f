//! Every input of the corpus passes, also where no fuzzer runs, and every parser has a target.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use fuzz::{PLANTED, TARGETS};

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src")
}

#[test]
fn every_input_passes() {
    let mut failed = Vec::new();
    for target in TARGETS {
        let inputs = below(&corpus().join(target.name));
        assert!(!inputs.is_empty(), "{}", target.name);
        for path in inputs {
            let input = fs::read(&path).unwrap();
            if catch_unwind(|| (target.run)(&input)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn the_planted_bug_is_one() {
    (PLANTED.run)(b"bug?");
    assert!(catch_unwind(|| (PLANTED.run)(b"bug!")).is_err());
}

#[test]
fn each_target_has_a_folder_and_the_corpus_is_small() {
    let folders =
        fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = TARGETS.iter().map(|target| target.name.to_owned());
    assert_eq!(folders.collect::<BTreeSet<_>>(), names.collect());
    let sizes: Vec<u64> = below(&corpus()).iter().map(|path| path.metadata().unwrap().len()).collect();
    assert!(sizes.len() <= 1000 && sizes.iter().sum::<u64>() <= 1_000_000, "{} files", sizes.len());
}

/// A new parser fails here until a target names its file. A function that reads text is known by its name.
#[test]
fn every_parser_has_a_target() {
    let has_parser = |text: &str| {
        text.lines().any(|line| {
            let name = line.trim_start().split_once("fn ").map_or("", |(_, name)| name);
            let name = name.split(['(', '<']).next().unwrap_or_default();
            let is_reader = ["parse", "read", "decode", "validate", "from_json", "redact", "step", "decide"];
            is_reader.iter().any(|word| name.split('_').any(|part| part == *word) || name == *word)
        })
    };
    let mut parsers = BTreeSet::new();
    for path in below(&sources()).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let product = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        if has_parser(product) {
            parsers.insert(path.strip_prefix(sources()).unwrap().to_str().unwrap().to_owned());
        }
    }
    let named: Vec<&str> = TARGETS.iter().flat_map(|target| target.parsers.iter().copied()).collect();
    for name in &named {
        assert!(sources().join(name).exists(), "{name}");
    }
    let missing: Vec<_> = parsers
        .iter()
        .filter(|parser| !named.iter().any(|name| Path::new(parser).starts_with(name)))
        .collect();
    assert!(missing.is_empty(), "no target parses with {missing:#?}");
    assert!(parsers.len() > 20, "{parsers:#?}");
}
