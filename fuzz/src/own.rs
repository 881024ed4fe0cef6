//! A project of Python by its own files: whatever they are, nothing outside of the project's state is made or changed,
//! what is made has plain names, and Python is led to directories of the project.

use std::convert::Infallible;
use std::path::Path;

use arbitrary::Arbitrary;
use devshell::manifest::OwnProject;
use devshell::python::OwnPackage;
use tempfile::TempDir;

use crate::scratch;
use crate::watch::Watch;

/// Mostly good, or a way out, or anything.
#[derive(Arbitrary, Debug)]
pub enum Text<'a> {
    Known(u8),
    Any(&'a str),
}

const KNOWN: [&str; 20] = [
    "shop",
    "My.Shop",
    "1.0",
    "2!1.0.post1+x",
    "shop.cli:main",
    "src",
    "lib/python",
    "..",
    "../../victim/new",
    "/etc/x",
    "1/../../../victim/x",
    "a\nb",
    "a\nimport os",
    "ls",
    "sudo",
    "bin/ls",
    ".",
    "",
    "a\u{0}b",
    "x]\n[y",
];

impl Text<'_> {
    pub fn plain(&self) -> &str {
        match self {
            Self::Known(number) => KNOWN[usize::from(*number) % KNOWN.len()],
            Self::Any(text) => text,
        }
    }

    /// As a string of TOML, and of Python.
    pub fn quoted(&self) -> String {
        serde_json::Value::from(self.plain()).to_string()
    }
}

/// A place with a project, and everything else that should stay as it is.
pub struct World {
    place: TempDir,
    watch: Watch,
}

impl World {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let place = scratch();
        for directory in ["victim", "shop/src", "own", "environment/bin"] {
            std::fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        let watch = Watch::of(place.path(), &["", "victim", "shop", "shop/src", "environment", "environment/bin"]);
        Self { place, watch }
    }

    /// Reads the files of a project, `pyproject.toml`, `setup.cfg` and `setup.py`, and makes what they say.
    pub fn check(&self, files: [Option<&str>; 3]) {
        let [root, state, environment] = ["shop", "own/state", "environment"].map(|path| self.place.path().join(path));
        std::fs::create_dir_all(&state).unwrap();
        let named = |name: &str| OwnProject::FILES.iter().position(|file| *file == name).and_then(|file| files[file]);
        let read = |name: &str| Ok::<_, Infallible>(named(name).map(str::to_owned));
        let text = &format!("{files:#?}");
        let Ok(own) = OwnProject::of("", read);
        let _ = own.as_ref().map(|own| own.deciding(|_| true));
        let packages: Vec<OwnPackage> = own.iter().filter_map(|own| OwnPackage::of(own, |_| true)).collect();
        let outcome = devshell::python::attach(&state, &root, &packages, &environment);
        assert_eq!(self.watch.seen(), [""; 0], "{outcome:?}\n{text}");
        for entry in std::fs::read_dir(&state).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(["python", "project", "projects"].iter().any(|known| *known == name), "{name:?}\n{text}");
        }
        if let Ok(projects) = std::fs::read_dir(state.join("projects")) {
            projects.for_each(|project| plain(&project.unwrap().path(), &root, text));
        }
        devshell::files::remove_tree(&state).unwrap();
    }
}

/// Expects files that are laid out as an editable installation is.
fn plain(project: &Path, root: &Path, text: &str) {
    for entry in std::fs::read_dir(project).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(!name.contains(char::is_control), "{name:?}\n{text}");
        if name.ends_with(".pth") {
            // Python runs each further line that begins with `import`.
            let lines = std::fs::read_to_string(&path).unwrap();
            for line in lines.lines() {
                let is_ours = Path::new(line).starts_with(root) || project.join(line).is_dir();
                assert!(is_ours && !line.starts_with("import"), "{lines:?}\n{text}");
            }
        } else if name == "bin" {
            for command in std::fs::read_dir(&path).unwrap() {
                let command = command.unwrap().file_name();
                let name = command.to_str().unwrap();
                assert!(name.parse::<devshell::name::CommandName>().is_ok(), "{name:?}\n{text}");
            }
        } else {
            assert!(name.ends_with(".dist-info") || name.starts_with("modules-"), "{name:?}\n{text}");
        }
    }
}
