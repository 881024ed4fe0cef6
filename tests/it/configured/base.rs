//! The packages that configure others, from the real archive: fetched once, through the machine's own apt, with settings
//! and lists of the tests' own, so that an ordinary user may do it too.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::real::NETWORK;
use crate::support::{Deb, real_deb};

/// They and all they need, as if nothing were installed.
pub fn base() -> &'static [Deb] {
    static BASE: OnceLock<Vec<Deb>> = OnceLock::new();
    BASE.get_or_init(fetch)
}

/// The names that devshell asks an archive for.
fn names() -> Vec<String> {
    let text = fs_err::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/recipes.json")).unwrap();
    let recipes: serde_json::Value = serde_json::from_str(&text).unwrap();
    recipes["configuring"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn fetch() -> Vec<Deb> {
    let place = tempfile::tempdir().unwrap();
    for name in ["lists/partial", "archives/partial"] {
        fs_err::create_dir_all(place.path().join(name)).unwrap();
    }
    fs_err::write(place.path().join("status"), "").unwrap();
    apt(place.path(), "apt-get", &["update"]);
    // Releases divide them differently, so not every one has all.
    let known = apt(place.path(), "apt-cache", &["pkgnames"]);
    let names: Vec<String> = names().into_iter().filter(|name| known.lines().any(|known| known == name)).collect();
    let install = ["install", "--yes", "--no-install-recommends", "--download-only"];
    let words: Vec<&str> = install.into_iter().chain(names.iter().map(String::as_str)).collect();
    apt(place.path(), "apt-get", &words);
    let files = fs_err::read_dir(place.path().join("archives")).unwrap().map(|entry| entry.unwrap().path());
    let mut debs: Vec<Deb> =
        files.filter(|path| path.extension().is_some_and(|it| it == "deb")).map(|path| read(&path)).collect();
    debs.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(debs.iter().any(|deb| deb.name == "dpkg"), "{names:?}");
    debs
}

fn read(path: &Path) -> Deb {
    let output = Command::new("dpkg-deb").arg("--field").arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    real_deb(&String::from_utf8(output.stdout).unwrap(), fs_err::read(path).unwrap())
}

/// Runs a program of apt, again if the network was at fault, and returns what it printed.
fn apt(place: &Path, program: &str, words: &[&str]) -> String {
    let own =
        [("Dir::State", ""), ("Dir::State::lists", "lists"), ("Dir::State::status", "status"), ("Dir::Cache", "")];
    let mut said = String::new();
    for _ in 0..3 {
        let mut command = Command::new(program);
        for (option, name) in own.into_iter().chain([("Dir::Cache::archives", "archives")]) {
            command.arg("-o").arg(format!("{option}={}", place.join(name).display()));
        }
        command.args(["-q", "-o", "APT::Sandbox::User=root", "-o", "APT::Update::Error-Mode=any"]).args(words);
        let network = NETWORK.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
        let output = command.env("LC_ALL", "C").envs(network).output().unwrap();
        if output.status.success() {
            return String::from_utf8_lossy(&output.stdout).into_owned();
        }
        said = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    panic!("`{program} {}` failed three times, and not devshell: {said}", words.join(" "));
}
