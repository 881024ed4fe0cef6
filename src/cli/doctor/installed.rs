//! How this copy of devshell was installed, and what updates it. devshell never updates itself: the program that
//! installed it does. The copy's path and what is beside it say which one that was.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::host::Host;

/// The name of devshell's packages everywhere.
const PACKAGE: &str = "devshell-cli";

pub fn check(host: &Host) -> Finding {
    let names = |directory: &Path| {
        let entries = fs_err::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let way = Way::of(&host.executable, &names);
    Finding::good("devshell", format!("{}, {}", env!("CARGO_PKG_VERSION"), way.shown()))
}

#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// The copy that a launcher keeps.
    Launcher,
    Npm,
    /// A package of a project, which is in this directory.
    NpmProject(PathBuf),
    UvTool,
    Pipx,
    /// pip, or uv, in the virtual environment of this interpreter.
    Venv(PathBuf),
    Pip,
    Cargo,
    Deb,
    /// A clone, where cargo built it.
    Clone,
    Unknown,
}

impl Way {
    /// `names` gives what a directory has, or nothing if it cannot be read.
    fn of(executable: &Path, names: &dyn Fn(&Path) -> Vec<String>) -> Self {
        let has = |directory: &Path, name: &str| names(directory).iter().any(|one| one == name);
        let Some((directory, prefix)) =
            executable.parent().and_then(|directory| Some((directory, directory.parent()?)))
        else {
            return Self::Unknown;
        };
        if is_kept_by_launcher(directory) {
            return Self::Launcher;
        }
        if let Some(project) = prefix.ancestors().filter(|place| place.ends_with("node_modules")).last() {
            let project = project.parent().unwrap_or(project);
            return if project.ends_with("lib") { Self::Npm } else { Self::NpmProject(project.to_owned()) };
        }
        if has(prefix, "uv-receipt.toml") {
            return Self::UvTool;
        }
        if has(prefix, "pipx_metadata.json") {
            return Self::Pipx;
        }
        if is_wheel(prefix, names) {
            let is_venv = has(prefix, "pyvenv.cfg");
            return if is_venv { Self::Venv(directory.join("python")) } else { Self::Pip };
        }
        if directory.ends_with("bin") && (has(prefix, ".crates.toml") || has(prefix, ".crates2.json")) {
            return Self::Cargo;
        }
        if executable == Path::new("/usr/bin/devshell")
            && has(Path::new("/var/lib/dpkg/info"), &format!("{PACKAGE}.list"))
        {
            return Self::Deb;
        }
        if has(directory, ".cargo-lock") { Self::Clone } else { Self::Unknown }
    }

    fn shown(&self) -> String {
        let quoted = |path: &Path| shell_words::quote(&path.to_string_lossy()).into_owned();
        match self {
            Self::Launcher => "kept by a launcher; the repository's launcher decides the version".to_owned(),
            Self::Npm => format!("installed with npm; `npm update --global {PACKAGE}` updates it"),
            Self::NpmProject(project) => {
                format!("a package of a project; `npm --prefix {} update {PACKAGE}` updates it", quoted(project))
            }
            Self::UvTool => format!("installed with uv; `uv tool upgrade {PACKAGE}` updates it"),
            Self::Pipx => format!("installed with pipx; `pipx upgrade {PACKAGE}` updates it"),
            Self::Venv(python) => {
                let python = quoted(python);
                format!("in a virtual environment; `{python} -m pip install --upgrade {PACKAGE}` updates it")
            }
            Self::Pip => format!("installed with pip; `python3 -m pip install --upgrade {PACKAGE}` updates it"),
            Self::Cargo => "installed with cargo; `cargo install --path .` in a newer clone updates it".to_owned(),
            Self::Deb => {
                format!("from a Debian package; `sudo apt-get install ./{PACKAGE}_VERSION_ARCH.deb` updates it")
            }
            Self::Clone => "built in a clone; `git pull` and `cargo build` update it".to_owned(),
            Self::Unknown => "installed by hand; the executable of a newer archive updates it".to_owned(),
        }
    }
}

/// A launcher keeps a copy in `launchers/HASH`.
fn is_kept_by_launcher(directory: &Path) -> bool {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    let is_hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash && directory.parent().is_some_and(|parent| parent.ends_with("launchers"))
}

/// Whether an installation of Python has our wheel. Debian's own Python has `dist-packages`.
fn is_wheel(prefix: &Path, names: &dyn Fn(&Path) -> Vec<String>) -> bool {
    let lib = prefix.join("lib");
    let pythons = names(&lib).into_iter().filter(|name| name.starts_with("python"));
    let places = pythons.flat_map(|python| ["site-packages", "dist-packages"].map(|name| lib.join(&python).join(name)));
    let is_ours = |name: &String| name.starts_with("devshell_cli-") && name.ends_with(".dist-info");
    places.into_iter().any(|place| names(&place).iter().any(is_ours))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// How the first of these paths was installed, if they are all there are.
    fn way(paths: &[&str]) -> Way {
        let names = |directory: &Path| {
            let below = paths.iter().filter_map(|path| Path::new(path).strip_prefix(directory).ok());
            let names = below.filter_map(|rest| Some(rest.iter().next()?.to_string_lossy().into_owned()));
            names.collect::<BTreeSet<_>>().into_iter().collect()
        };
        Way::of(Path::new(paths[0]), &names)
    }

    #[test]
    fn the_path_and_what_is_beside_it_say_who_installed_it() {
        let kept = format!("/h/.local/share/devshell/launchers/{}/devshell", "a1".repeat(32));
        let info = "devshell_cli-0.1.0.dist-info/RECORD";
        let [venv, user, debian] = [
            format!("/h/v/lib/python3.13/site-packages/{info}"),
            format!("/h/.local/lib/python3.11/site-packages/{info}"),
            format!("/usr/local/lib/python3.11/dist-packages/{info}"),
        ];
        let modules = "node_modules/devshell-cli/node_modules/devshell-cli-linux-x64/bin/devshell";
        let (global, project) = (format!("/usr/lib/{modules}"), format!("/h/shop/{modules}"));
        let pnpm = "/h/shop/node_modules/.pnpm/devshell-cli@0.1.0/node_modules/devshell-cli-linux-x64/bin/devshell";
        for (paths, expected) in [
            (&[kept.as_str()][..], Way::Launcher),
            (&["/h/launchers/abc/devshell"], Way::Unknown),
            (&[&global], Way::Npm),
            (&[&project], Way::NpmProject("/h/shop".into())),
            (&[pnpm], Way::NpmProject("/h/shop".into())),
            (&["/h/t/devshell-cli/bin/devshell", "/h/t/devshell-cli/uv-receipt.toml", &venv], Way::UvTool),
            (&["/h/t/devshell-cli/bin/devshell", "/h/t/devshell-cli/pipx_metadata.json"], Way::Pipx),
            (&["/h/v/bin/devshell", "/h/v/pyvenv.cfg", &venv], Way::Venv("/h/v/bin/python".into())),
            (&["/h/v/bin/devshell", "/h/v/pyvenv.cfg"], Way::Unknown),
            (&["/h/.local/bin/devshell", &user], Way::Pip),
            (&["/usr/local/bin/devshell", &debian], Way::Pip),
            (&["/h/.cargo/bin/devshell", "/h/.cargo/.crates.toml"], Way::Cargo),
            (&["/usr/bin/devshell", "/var/lib/dpkg/info/devshell-cli.list"], Way::Deb),
            (&["/usr/bin/devshell"], Way::Unknown),
            (&["/h/devshell/target/x/debug/devshell", "/h/devshell/target/x/debug/.cargo-lock"], Way::Clone),
            (&["/devshell"], Way::Unknown),
            (&["devshell"], Way::Unknown),
        ] {
            assert_eq!(way(paths), expected, "{paths:?}");
        }
    }

    #[test]
    fn each_way_says_what_updates_it() {
        let venv = Way::Venv("/my env/bin/python".into()).shown();
        assert_eq!(
            venv,
            "in a virtual environment; `'/my env/bin/python' -m pip install --upgrade devshell-cli` updates it"
        );
        for way in [Way::Npm, Way::UvTool, Way::Pipx, Way::Pip, Way::Cargo, Way::Deb, Way::Clone, Way::Unknown] {
            assert!(way.shown().contains("; ") && way.shown().contains("update"), "{way:?}");
        }
    }
}
