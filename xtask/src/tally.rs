//! How many tests a step ran, read off what its runner printed.

use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Adds up the closing lines of cargo's and of node's test runner.
pub fn tally(output: &str) -> Tally {
    let mut sum = Tally::default();
    for line in output.lines() {
        if let Some(result) = line.strip_prefix("test result: ") {
            for part in result.split([';', '.']) {
                add(&mut sum, part.trim().split_once(' ').map(|(count, what)| (what, count)));
            }
        } else if let Some(result) = line.strip_prefix("ℹ ") {
            add(&mut sum, result.split_once(' '));
        }
    }
    sum
}

fn add(sum: &mut Tally, counted: Option<(&str, &str)>) {
    let Some((what, Ok(count))) = counted.map(|(what, count)| (what, count.parse::<u64>())) else {
        return;
    };
    match what {
        "passed" | "pass" => sum.passed += count,
        "failed" | "fail" | "cancelled" => sum.failed += count,
        "ignored" | "skipped" | "todo" => sum.skipped += count,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, tally};

    #[test]
    fn cargo_prints_one_line_for_each_program() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: FAILED. 40 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.12s
";
        assert_eq!(tally(output), Tally { passed: 42, failed: 3, skipped: 1 });
    }

    #[test]
    fn node_prints_one_line_for_each_count() {
        let output = "✔ a (0.4ms)\nℹ tests 7\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 1\nℹ duration_ms 6.1\n";
        assert_eq!(tally(output), Tally { passed: 3, failed: 2, skipped: 2 });
    }

    #[test]
    fn other_words_count_for_nothing() {
        assert_eq!(tally("compiled 3 files, 5 passed\nℹ note\n"), Tally::default());
    }
}
