//! The areas of the repository: which files are of each, and which tests are quick enough to run after each change.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::checks::is_test;
use crate::files;

/// Also the areas that a commit names.
pub struct Area {
    pub name: &'static str,
    /// Files and folders. A file is of the area with the longest path that it is under.
    pub sources: &'static [&'static str],
    /// What `cargo test` is given, once for each entry.
    pub cargo: &'static [&'static [&'static str]],
    /// Files of node's test runner, and folders that hold some.
    pub node: &'static [&'static str],
    /// Files in those folders that only `npm test` runs, since each takes many seconds.
    pub slow: &'static [&'static str],
    /// Whether its tests use `target/www`.
    pub demo: bool,
}

const NONE: Area = Area { name: "", sources: &[], cargo: &[], node: &[], slow: &[], demo: false };

pub const AREAS: [Area; 18] = [
    Area {
        name: "core",
        sources: &[
            "src",
            "tests/properties",
            "tests/native.rs",
            "tests/wiped.rs",
            "tests/vectors",
            "Cargo.toml",
            "Cargo.lock",
        ],
        cargo: &[&["--lib", "--test", "native", "--test", "wiped"]],
        node: &["tests/js/vectors.test.mjs", "tests/js/oracle.test.mjs", "tests/js/client.test.mjs"],
        ..NONE
    },
    Area {
        name: "client",
        sources: &["pkg", "tests/js", "tests/scenario", "tests/types", "tests/runtimes"],
        node: &["tests/js"],
        ..NONE
    },
    Area {
        name: "manager",
        sources: &[
            "src/manager",
            "src/flow",
            "pkg/manager.js",
            "pkg/token-manager.js",
            "pkg/dumps.js",
            "pkg/refresh.js",
            "pkg/revocation.js",
            "pkg/revoke-grant.js",
            "pkg/flow.js",
            "pkg/in-store.js",
            "pkg/store-effects.js",
            "pkg/record-fields.js",
            "pkg/api.js",
            "tests/js/manager",
        ],
        cargo: &[&["--lib", "--", "manager::", "flow::"]],
        node: &["tests/js/manager"],
        slow: &["tests/js/manager/processes.test.mjs", "tests/js/manager/redis.test.mjs"],
        ..NONE
    },
    Area {
        name: "testing",
        sources: &[
            "src/testing",
            "src/bindings/testing.rs",
            "pkg/testing.js",
            "pkg/testing.d.ts",
            "pkg/testing-inline.js",
            "pkg/testing-inline.d.ts",
            "pkg/fake-no-server.js",
            "pkg/fake-server.js",
            "pkg/fake-transport.js",
            "pkg/fake-zoho.js",
            "tests/fake_zoho",
            "tests/js/testing.test.mjs",
        ],
        cargo: &[&["--lib", "--", "testing::"], &["--test", "fake_zoho"]],
        node: &["tests/js/testing.test.mjs"],
        ..NONE
    },
    Area {
        name: "simulator",
        sources: &["src/testing/simulator", "tests/simulator.rs"],
        cargo: &[&["--lib", "--", "testing::simulator", "flow::", "manager::"], &["--test", "simulator"]],
        ..NONE
    },
    Area {
        name: "stores",
        sources: &[
            "pkg/stores",
            "pkg/node.js",
            "pkg/private-file.js",
            "pkg/redis.js",
            "pkg/check-token-store.js",
            "pkg/sealer.js",
            "tests/js/stores",
        ],
        node: &["tests/js/stores", "tests/js/sealer.test.mjs"],
        slow: &["tests/js/stores/file-crash.test.mjs", "tests/js/stores/redis.test.mjs"],
        ..NONE
    },
    Area {
        name: "cloudflare",
        sources: &[
            "pkg/cloudflare.js",
            "pkg/cloudflare.d.ts",
            "pkg/vault-error.js",
            "pkg/vault-fetch.js",
            "pkg/vault-schedule.js",
            "pkg/stores/durable-object.js",
            "tests/js/cloudflare",
        ],
        node: &["tests/js/cloudflare", "tests/js/stores/durable-object.test.mjs"],
        slow: &[
            "tests/js/cloudflare/alarm.test.mjs",
            "tests/js/cloudflare/errors.test.mjs",
            "tests/js/cloudflare/fetch.test.mjs",
        ],
        ..NONE
    },
    Area {
        name: "web",
        sources: &["pkg/web.js", "pkg/web.d.ts", "tests/js/web"],
        node: &["tests/js/web"],
        ..NONE
    },
    Area {
        name: "cli",
        sources: &["pkg/cli", "docs/cli.md", "xtask/cli.mjs", "tests/cli"],
        node: &["tests/cli"],
        slow: &[
            "tests/cli/api.test.mjs",
            "tests/cli/doctor.test.mjs",
            "tests/cli/fake.test.mjs",
            "tests/cli/login.test.mjs",
            "tests/cli/output.test.mjs",
            "tests/cli/self-client.test.mjs",
            "tests/cli/terminal.test.mjs",
            "tests/cli/save-failure.test.mjs",
        ],
        ..NONE
    },
    Area {
        name: "www",
        sources: &["www", "tests/www", "tests/start.test.mjs"],
        demo: true,
        node: &["tests/www"],
        slow: &[
            "tests/www/controls.test.mjs",
            "tests/www/deploy.test.mjs",
            "tests/www/events.test.mjs",
            "tests/www/headers.test.mjs",
            "tests/www/https.test.mjs",
            "tests/www/session-lifetime.test.mjs",
            "tests/www/lock.test.mjs",
            "tests/www/port.test.mjs",
            "tests/www/redeploy.test.mjs",
            "tests/www/pending-revocation.test.mjs",
        ],
        ..NONE
    },
    Area {
        name: "page",
        sources: &["www/page", "tests/browser"],
        demo: true,
        node: &["tests/browser"],
        slow: &[
            "tests/browser/connect.test.mjs",
            "tests/browser/firefox.test.mjs",
            "tests/browser/page.test.mjs",
            "tests/browser/recover.test.mjs",
            "tests/browser/self-client.test.mjs",
        ],
        ..NONE
    },
    Area {
        name: "docs",
        sources: &[
            "docs",
            "DESIGN.md",
            "README.md",
            "CHANGELOG.md",
            "SECURITY.md",
            "tests/docs",
            "tests/readme.test.mjs",
        ],
        node: &["tests/docs", "tests/readme.test.mjs"],
        ..NONE
    },
    Area {
        name: "examples",
        sources: &["examples", "tests/examples"],
        node: &["tests/examples"],
        slow: &[
            "tests/examples/browser.test.mjs",
            "tests/examples/crm-sync.test.mjs",
            "tests/examples/redis.test.mjs",
            "tests/examples/worker.test.mjs",
            "tests/examples/web-flow.test.mjs",
        ],
        ..NONE
    },
    Area { name: "fuzz", sources: &["tests/fuzz"], cargo: &[&["--package", "fuzz"]], ..NONE },
    Area { name: "servers", sources: &["tests/servers"], node: &["tests/servers"], ..NONE },
    Area {
        name: "bench",
        sources: &["tests/bench", "tests/size.mjs", "xtask/src/bench.rs"],
        node: &["tests/bench"],
        slow: &["tests/bench/bench.test.mjs"],
        ..NONE
    },
    Area {
        name: "stability",
        sources: &["tests/stability", "docs/stability.md", "xtask/src/snapshot.rs"],
        cargo: &[&["--package", "xtask", "snapshot"]],
        node: &["tests/stability"],
        ..NONE
    },
    Area {
        name: "build",
        sources: &[
            "xtask",
            ".cargo",
            ".ci",
            ".github",
            "CONTRIBUTING.md",
            "package.json",
            "package-lock.json",
            "pkg/package.json",
            "pkg/load",
            "tests/forge",
            "tests/packaging",
            "tests/structure",
            "tests/support",
        ],
        cargo: &[&["--package", "xtask"]],
        node: &["tests/forge", "tests/structure"],
        ..NONE
    },
];

impl Area {
    /// The files for node's test runner.
    pub fn scripts(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for path in self.node.iter().map(Path::new) {
            if path.is_dir() {
                let inside = files::walk(path)?.into_iter();
                found.extend(
                    inside.filter(|file| file.parent() == Some(path) && is_test(file) && !self.is_slow(file)),
                );
            } else {
                found.push(path.to_owned());
            }
        }
        Ok(found)
    }

    fn is_slow(&self, file: &Path) -> bool {
        self.slow.iter().any(|slow| file == Path::new(slow))
    }
}

/// The area of a file.
pub fn of(file: &Path) -> Option<&'static Area> {
    let depth = |area: &Area| {
        let above = area.sources.iter().filter(|source| file.starts_with(source));
        above.map(|source| Path::new(source).components().count()).max()
    };
    AREAS.iter().filter(|area| depth(area).is_some()).max_by_key(|area| depth(area))
}

/// The areas of the files that differ from the last commit.
pub fn changed() -> Result<Vec<&'static Area>> {
    let git =
        |arguments: &[&str]| duct::cmd("git", arguments).read().context("git cannot list the changed files");
    let listed =
        [git(&["diff", "--name-only", "HEAD"])?, git(&["ls-files", "--others", "--exclude-standard"])?];
    let files: Vec<&Path> = listed.iter().flat_map(|text| text.lines()).map(Path::new).collect();
    let is_changed =
        |area: &Area| files.iter().any(|file| of(file).is_some_and(|found| found.name == area.name));
    Ok(AREAS.iter().filter(|area| is_changed(area)).collect())
}

#[cfg(test)]
mod tests {
    use super::{AREAS, of};
    use std::fs;
    use std::path::Path;

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

    #[test]
    fn the_longest_path_decides() {
        let area = |file: &str| of(Path::new(file)).map(|area| area.name);
        assert_eq!(area("src/text/json.rs"), Some("core"));
        assert_eq!(area("src/manager/plan.rs"), Some("manager"));
        assert_eq!(area("src/testing/simulator/world.rs"), Some("simulator"));
        assert_eq!(area("pkg/client.js"), Some("client"));
        assert_eq!(area("pkg/cli/src/main.js"), Some("cli"));
        assert_eq!(area("pkg/stores/file.js"), Some("stores"));
        assert_eq!(area("rustfmt.toml"), None);
    }

    #[test]
    fn every_path_of_an_area_exists() {
        for area in &AREAS {
            for path in [area.sources, area.node, area.slow].concat() {
                assert!(Path::new(ROOT).join(path).exists(), "{}: {path}", area.name);
            }
        }
    }

    #[test]
    fn contributing_has_a_row_for_each_area() {
        let text = fs::read_to_string(Path::new(ROOT).join("CONTRIBUTING.md")).unwrap();
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        let named: Vec<&str> = rows.map(|(name, _)| name).filter(|name| !name.contains('/')).collect();
        assert_eq!(named, AREAS.map(|area| area.name));
    }
}
