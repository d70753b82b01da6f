//! Programs that tests need and that come with the operating system.

use anyhow::{Context, Result, bail};
use duct::cmd;

/// Whether `CI` is set, where no test may be skipped.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    name: &'static str,
    /// A shell command that succeeds where the program is installed.
    probe: &'static str,
    /// Debian's package.
    package: &'static str,
}

pub const CHROMIUM: Program = Program {
    name: "Chromium",
    probe: "test -x \"$CHROMIUM\" || command -v chromium || command -v chromium-browser || command -v google-chrome",
    package: "chromium",
};

pub const CXX: Program =
    Program { name: "A C++ compiler", probe: "command -v c++ || command -v \"$CXX\"", package: "g++" };

pub const FIREFOX: Program = Program {
    name: "Firefox",
    probe: "test -x \"$FIREFOX\" || command -v firefox-esr || command -v firefox",
    package: "firefox-esr",
};

pub const PYTHON: Program = Program {
    name: "Python 3 with venv",
    probe: "python3 -c 'import ensurepip, venv'",
    package: "python3-venv",
};

pub const REDIS: Program =
    Program { name: "Redis", probe: "command -v redis-server", package: "redis-server" };

impl Program {
    pub fn is_there(&self) -> bool {
        let probe = cmd!("sh", "-c", self.probe).stdout_null().stderr_null().unchecked().run();
        probe.is_ok_and(|output| output.status.success())
    }

    pub fn how_to_install(&self) -> String {
        format!("{} is missing: apt-get install --no-install-recommends {}", self.name, self.package)
    }
}

/// Installs the missing programs where this user may. In CI, one that is still missing is an error.
pub fn provide(programs: &[&Program]) -> Result<()> {
    let missing: Vec<&Program> = programs.iter().filter(|program| !program.is_there()).copied().collect();
    if !missing.is_empty() && may_install() {
        install(missing.iter().map(|program| program.package).collect())?;
    }
    match missing.iter().find(|program| !program.is_there()) {
        Some(program) if in_ci() => bail!("{}", program.how_to_install()),
        _ => Ok(()),
    }
}

fn may_install() -> bool {
    let is_root = cmd!("id", "-u").read().is_ok_and(|id| id == "0");
    is_root && cmd!("apt-get", "--version").stdout_null().run().is_ok()
}

fn install(packages: Vec<&str>) -> Result<()> {
    println!("installing {}", packages.join(", "));
    let install = ["install", "--quiet=2", "--yes", "--no-install-recommends"];
    for arguments in [vec!["update", "--quiet=2"], [&install[..], &packages].concat()] {
        let apt = cmd("apt-get", &arguments).env("DEBIAN_FRONTEND", "noninteractive");
        let output =
            apt.stderr_to_stdout().stdout_capture().unchecked().run().context("cannot run apt-get")?;
        if !output.status.success() {
            println!("apt-get {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stdout));
        }
    }
    Ok(())
}
