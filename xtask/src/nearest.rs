//! Refuses words that are not known, and names the nearest that is.

use anyhow::{Result, bail};

/// The known name with the fewest edits from `word`, compared with its parts too: `manger` finds `tests/js/manager`.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let edits = |name: &str| {
        let parts = name.split(['/', ' ', '.']).chain([name]);
        parts.map(|part| distance(word, part)).min()
    };
    known.into_iter().min_by_key(|name| (edits(name), name.len()))
}

/// A verb or a test that takes no arguments gets none.
pub fn refuse_all(arguments: &[String]) -> Result<()> {
    match arguments.first() {
        Some(first) => bail!("{first:?} is not known, since this command takes no arguments: omit it"),
        None => Ok(()),
    }
}

/// Levenshtein's: insertions, deletions and substitutions.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, right) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distances() {
        for (from, to, edits) in
            [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("list", "list", 0)]
        {
            assert_eq!(distance(from, to), edits, "{from} {to}");
        }
    }

    #[test]
    fn the_nearest_name_may_be_a_part_of_a_path() {
        let known =
            ["biome", "cargo test", "tests/js", "tests/js/manager", "tests/js/manager/redis.test.mjs"];
        assert_eq!(nearest("manger", known), Some("tests/js/manager"));
        assert_eq!(nearest("bioem", known), Some("biome"));
        assert_eq!(nearest("--lsit", ["--full", "--list"]), Some("--list"));
        assert_eq!(nearest("x", []), None);
    }
}
