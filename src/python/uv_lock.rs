//! What uv installs an environment from: a project with a `uv.lock` of just what is locked here.
//! From a `pylock.toml` it would install as well, and take a process and a question to a new
//! interpreter more.

use std::fmt::Write as _;

use url::Url;

use super::packages::{File, Package};
use super::toml_text;
use crate::files::Scratch;

/// The project's name, which no package may have.
const NAME: &str = "devshell-environment";

/// A workspace of its own, so that uv looks for none further up.
const PROJECT: &str = "requires-python = \">=3\"\n[tool.uv.workspace]\n";

/// Writes the project and its lock. Which Python it is for has been decided before.
pub fn write(scratch: &Scratch, packages: &[Package]) -> std::io::Result<()> {
    scratch.write("pyproject.toml", format!("[project]\nname = \"{NAME}\"\nversion = \"0\"\n{PROJECT}"))?;
    let mut text = String::from("version = 1\nrequires-python = \">=3\"\n");
    // One version with two markers is one package that is asked for twice.
    for same in packages.chunk_by(|a, b| (a.name, a.version) == (b.name, b.version)) {
        let _ = writeln!(text, "[[package]]\n{}", identity(&same[0]));
        if let Some(file) = same.iter().find_map(|package| package.source.as_ref()) {
            let _ = writeln!(text, "sdist = {}", entry(file, &same[0].index));
        }
        let wheels = same.iter().flat_map(|package| package.wheels.iter().map(|file| entry(file, &package.index)));
        let _ = writeln!(text, "wheels = [{}]", wheels.collect::<Vec<_>>().join(", "));
    }
    let wanted: Vec<String> = packages.iter().map(wish).collect();
    let _ = writeln!(text, "[[package]]\nname = \"{NAME}\"\nversion = \"0\"\nsource = {{ virtual = \".\" }}");
    let _ = writeln!(text, "dependencies = [{}]", wanted.join(", "));
    // Addresses in it may have logins.
    scratch.write("uv.lock", text).map(drop)
}

/// What tells a version of a package from all others.
fn identity(package: &Package) -> String {
    let Package { name, version, index, .. } = package;
    let (name, version, index) = (toml_text(name), toml_text(version), toml_text(index.as_str()));
    format!("name = {name}\nversion = {version}\nsource = {{ registry = {index} }}")
}

fn wish(package: &Package) -> String {
    let marker = package.marker.map(|marker| format!(", marker = {}", toml_text(marker)));
    format!("{{ {}{} }}", identity(package).replace('\n', ", "), marker.unwrap_or_default())
}

fn entry(file: &File, index: &Url) -> String {
    let mut url = file.url.clone();
    add_credentials(&mut url, index);
    let (algorithm, hex) = file.artifact.integrity.to_hex();
    format!("{{ url = {}, hash = \"{algorithm}:{hex}\" }}", toml_text(url.as_str()))
}

/// Gives a file's address the credentials of its index, if it is on the same server.
fn add_credentials(url: &mut Url, index: &Url) {
    if url.origin() == index.origin() && url.username().is_empty() {
        let _ = url.set_username(index.username()).and_then(|()| url.set_password(index.password()));
    }
}
