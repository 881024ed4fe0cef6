//! What a `pyproject.toml` says of the project itself: whatever it is, nothing outside of the project's state is made
//! or changed, what is made has plain names, and Python is led to directories of the project.
#![no_main]

use std::cell::OnceCell;
use std::convert::Infallible;
use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};
use devshell::manifest::OwnProject;
use devshell::python::OwnPackage;
use devshell_fuzz::scratch;
use devshell_fuzz::watch::Watch;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// The parts that become files, lines and programs.
#[derive(Arbitrary, Debug)]
struct Project<'a> {
    name: Text<'a>,
    version: Option<Text<'a>>,
    scripts: Vec<(Text<'a>, Text<'a>)>,
    groups: Vec<(Text<'a>, Text<'a>, Text<'a>)>,
    source: Option<Text<'a>>,
    dependencies: Vec<Text<'a>>,
}

/// Mostly good, or a way out, or anything.
#[derive(Arbitrary, Debug)]
enum Text<'a> {
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
    fn toml(&self) -> String {
        let text = match self {
            Self::Known(number) => KNOWN[usize::from(*number) % KNOWN.len()],
            Self::Any(text) => text,
        };
        serde_json::Value::from(text).to_string()
    }
}

fn written(project: &Project) -> String {
    let mut text = format!("[build-system]\nrequires = []\n[project]\nname = {}\n", project.name.toml());
    if let Some(version) = &project.version {
        text += &format!("version = {}\n", version.toml());
    }
    let list: Vec<String> = project.dependencies.iter().map(Text::toml).collect();
    text += &format!("dependencies = [{}]\n[project.scripts]\n", list.join(", "));
    for (name, place) in &project.scripts {
        text += &format!("{} = {}\n", name.toml(), place.toml());
    }
    for (group, name, place) in &project.groups {
        text += &format!("[project.entry-points.{}]\n{} = {}\n", group.toml(), name.toml(), place.toml());
    }
    if let Some(source) = &project.source {
        let name = project.name.toml();
        text += &format!("[tool.setuptools.package-dir]\n\"\" = {0}\n\"renamed\" = {0}\n{name} = {0}\n", source.toml());
    }
    text
}

struct World {
    place: TempDir,
    watch: Watch,
}

impl World {
    fn new() -> Self {
        let place = scratch();
        for directory in ["victim", "shop/src", "own", "environment/bin"] {
            std::fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        let watch = Watch::of(place.path(), &["", "victim", "shop", "shop/src", "environment", "environment/bin"]);
        Self { place, watch }
    }

    fn check(&self, text: &str) {
        let [root, state, environment] = ["shop", "own/state", "environment"].map(|path| self.place.path().join(path));
        std::fs::create_dir_all(&state).unwrap();
        let read = |name: &str| Ok::<_, Infallible>((name == "pyproject.toml").then(|| text.to_owned()));
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

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        let Some((how, rest)) = bytes.split_first() else { return };
        if how % 4 == 0 {
            if let Ok(text) = std::str::from_utf8(rest) {
                world.check(text);
            }
        } else if let Ok(project) = Project::arbitrary_take_rest(Unstructured::new(rest)) {
            world.check(&written(&project));
        }
    });
});
