//! The deeds that fill registries, and the host's directory of programs.

use std::path::Path;

use devshell::catalog::{self, Entry, NpmEntry};
use serde_json::{Value, json};

use super::fixture::Deed;
use super::world::World;
use crate::support::{
    Archive, Deb, Debian, Npm, Package, Release, RustRelease, RustServer, Wheel, brought, deb, hours_ago, package,
    sdist, tool, wheel,
};
use crate::vendors;

impl World {
    #[track_caller]
    pub fn publish(&mut self, deed: &Deed) {
        match deed.verb() {
            "tool" => self.npm.publish(dated(of_catalog(deed), deed)),
            "npm" => self.npm.publish(dated(vec![of_npm(deed)], deed)),
            "solved" => self.solve(deed),
            "attest" => self.attest(deed),
            "token" => self.npm.require_token(deed.word(0)),
            "serve" => self.npm.serve(deed.word(0), deed.text.as_str()),
            "packed" => self.npm.serve(deed.word(1), packed(deed.word(0), deed)),
            "search" => self.npm.offer_search(),
            "wheel" => self.index().publish([of_python(deed)]),
            "sdist" => self.publish_source(deed),
            "python" => self.add_python(),
            "brought" => self.offer_python(deed.word(0)),
            "deb" => self.debian().publish(deed.option("suite").unwrap_or("trixie"), of_debian(deed)),
            "archive" => self.name_archive(),
            "stable" => self.name_stable(deed.word(0)),
            "release" => self.forge().publish(deed.word(0), [of_forge(deed)]),
            "forge" => self.name_forge(),
            "limit" => self.limit_forge(deed.word(0)),
            "rust" => self.publish_rust(deed.word(0), deed.word(1)),
            "vendors" => self.serve_vendors(deed.word(0)),
            "host" => self.add_program(deed),
            verb => panic!("{}: no such deed: {verb}", deed.place),
        }
    }

    /// A program of the host: a script of its own, or one that prints its version.
    fn add_program(&self, deed: &Deed) {
        let (name, version) = (deed.word(0), deed.words.get(2).map_or("1.0", String::as_str));
        let own = format!("#!/bin/sh\necho '{name} {version}'\n");
        let text = if deed.text.is_empty() { own } else { deed.text.clone() };
        self.sandbox.write_executable(self.programs.join(name), &text);
    }

    /// The host has Python and uv.
    fn add_python(&self) {
        for (name, program) in [("python3", crate::support::python()), ("uv", crate::support::uv())] {
            fs_err::os::unix::fs::symlink(program, self.programs.join(name)).unwrap();
        }
    }

    /// uv brings a Python that is called this version, and is made of the host's.
    fn offer_python(&mut self, version: &str) {
        let url = brought().offer_as(&self.npm, version, None);
        self.set("UV_PYTHON_DOWNLOADS_JSON_URL", &url);
    }

    /// `solved PLACE NAME VERSION ...`: one more package in the tree that npm answers with, as `npm` publishes it.
    fn solve(&mut self, deed: &Deed) {
        let (verb, place) = (deed.words[0].clone(), deed.word(0).to_owned());
        let package = of_npm(&Deed { words: [&[verb], &deed.words[2..]].concat(), ..deed.clone() });
        self.npm.publish([package.clone()]);
        self.solved.push((place, package));
        let tree: Vec<(&str, &Package)> =
            self.solved.iter().map(|(place, package)| (place.as_str(), package)).collect();
        Npm::imitated(&self.sandbox).answers_since("2020", &tree);
    }

    /// A package that would have to be built. The text is its backend.
    fn publish_source(&self, deed: &Deed) {
        let source = sdist(of_python(deed), &self.sandbox.root().join("trace"));
        self.index().publish([if deed.text.is_empty() { source } else { source.backend(&deed.text) }]);
    }

    /// `attest NAME VERSION FILE [FROM TO]`: a recorded answer of the registry about attestations, or a bundle of one,
    /// with one text replaced by another.
    fn attest(&self, deed: &Deed) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/attestation/recorded").join(deed.word(2));
        let mut text = fs_err::read_to_string(path).unwrap();
        if let [from, to] = &deed.words[4..] {
            assert!(text.contains(from.as_str()), "{}: {from}", deed.place);
            text = text.replace(from.as_str(), to);
        }
        let recorded: Value = serde_json::from_str(&text).unwrap();
        let is_answer = recorded.get("attestations").is_some();
        let answer = if is_answer { recorded } else { json!({ "attestations": [{ "bundle": recorded }] }) };
        self.npm.attest(deed.word(0), deed.word(1), &answer);
    }

    /// The forge takes no more requests until then, in seconds since 1970.
    fn limit_forge(&self, until: &str) {
        self.forge().refuse(403, &[("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", until)]);
    }

    /// The user's own settings name the archive of Debian packages, and its key.
    fn name_archive(&self) {
        let url = self.debian().url();
        self.sandbox.write(self.path("~/.config/devshell/archive.asc"), crate::support::Signer::Archive.public());
        let settings = format!(r#"{{ "registries": {{ "deb": {{ "url": "{url}", "keys": "archive.asc" }} }} }}"#);
        self.sandbox.config(settings);
    }

    /// A stable release of Rust, and the user's own settings, which name its server.
    fn publish_rust(&self, version: &str, date: &str) {
        let server = self.rust.get_or_init(RustServer::new);
        server.publish(&["stable", version], &RustRelease::new(version, date));
        self.sandbox.config(format!(r#"{{ "registries": {{ "rust": "{}" }} }}"#, server.url()));
    }

    /// A version of Go and one of Terraform, and the user's own settings, which name their servers.
    fn serve_vendors(&mut self, go: &str) {
        let [go, terraform] = [vendors::go(&[(go, true, vendors::fake_go(go))]), vendors::terraform()];
        let urls = format!(r#""vendor:go": "{}go", "vendor:terraform": "{}terraform""#, go.url(), terraform.url());
        self.sandbox.config(format!(r#"{{ "registries": {{ {urls} }} }}"#));
        self.vendors.extend([go, terraform]);
    }

    /// The archive calls this release `stable`.
    fn name_stable(&self, release: &str) {
        let index = self.debian().read(&Debian::index_path(release));
        self.debian().write("/debian/dists/stable/InRelease", index);
    }

    /// The user's own settings name the forge in place of each that there is.
    fn name_forge(&self) {
        let url = self.forge().url();
        let names = ["github", "gitlab", "codeberg"].map(|name| format!(r#""{name}": "{url}""#)).join(", ");
        self.sandbox.config(format!(r#"{{ "registries": {{ {names} }} }}"#));
    }
}

/// With the time of their publication: `hours=30` ago.
fn dated(packages: Vec<Package>, deed: &Deed) -> Vec<Package> {
    let Some(hours) = deed.option("hours") else { return packages };
    let time = Some(hours_ago(hours.parse().unwrap()));
    packages.into_iter().map(|package| package.published(time.clone())).collect()
}

/// `tool NAME VERSION [without=PLATFORM]...`: a tool of the catalog that comes from npm. A text is the script of its
/// commands, if they are scripts.
fn of_catalog(deed: &Deed) -> Vec<Package> {
    let (name, version) = (deed.word(0), deed.word(1));
    let entry: &NpmEntry = match catalog::find(&name.parse().unwrap()).unwrap().entry {
        Some(Entry::Npm(entry)) => entry,
        _ => panic!("{}: the catalog has no npm package for `{name}`", deed.place),
    };
    if !deed.text.is_empty() {
        let lead = package(&entry.package, version);
        let commands = entry.commands.iter().map(|(command, path)| (command.as_str(), path.as_str()));
        return vec![commands.fold(lead, |lead, (command, path)| lead.bin(command, path).file(path, &deed.text))];
    }
    let missing: Vec<&String> =
        deed.options("without").into_iter().map(|platform| &entry.platforms[&platform.parse().unwrap()]).collect();
    let mut packages = tool(name, version);
    packages.retain(|package| !missing.contains(&&package.name));
    packages
}

/// `npm NAME VERSION [bin=COMMAND]... [needs=NAME@REQUIREMENT]... [claimed=HEX] [attested=yes]`: the text is the
/// script of the commands.
fn of_npm(deed: &Deed) -> Package {
    let (name, version) = (deed.word(0), deed.word(1));
    let text = if deed.text.is_empty() { format!("echo '{name} {version}'\n") } else { deed.text.clone() };
    let with_bin = |package: Package, command: &str| {
        let path = format!("{command}.js");
        package.bin(command, &path).file(&path, &text)
    };
    let with_need = |package: Package, need: &str| {
        let (name, requirement) = need.rsplit_once('@').expect("NAME@REQUIREMENT");
        package.dependency(name, requirement)
    };
    let mut package = deed.options("bin").into_iter().fold(package(name, version), with_bin);
    if let Some(hex) = deed.option("claimed") {
        package = package.claimed(hex);
    }
    if deed.option("attested").is_some() {
        package = package.attested();
    }
    deed.options("needs").into_iter().fold(package, with_need)
}

/// `wheel NAME VERSION [command=NAME]... [script=NAME] [needs=REQUIREMENT]... [tag=TAG] [python=VERSIONS]`: the text is
/// the body of the commands' function.
fn of_python(deed: &Deed) -> Wheel {
    let (name, version) = (deed.word(0), deed.word(1));
    let module = name.replace('-', "_");
    let lines = if deed.text.is_empty() { format!("print('{name} {version}')\n") } else { deed.text.clone() };
    let body: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    let mut wheel = wheel(name, version)
        .module(&format!("{module}.py"), format!("def main():\n{body}if __name__ == '__main__': main()\n"));
    for command in deed.options("command") {
        wheel = wheel.entry_point(command, &format!("{module}:main"));
    }
    for need in deed.options("needs") {
        wheel = wheel.requires(need);
    }
    if let Some(command) = deed.option("script") {
        wheel = wheel.script(command, format!("#!/bin/sh\necho {command} {version}\n"));
    }
    if let Some(tag) = deed.option("tag") {
        wheel = wheel.tag(tag);
    }
    if let Some(versions) = deed.option("python") {
        wheel = wheel.requires_python(versions);
    }
    wheel
}

/// `deb NAME VERSION [command=NAME]... [file=PATH]... [needs=RELATIONS] [suite=NAME]`: the text is the script of the
/// commands.
fn of_debian(deed: &Deed) -> Vec<Deb> {
    let (name, version) = (deed.word(0), deed.word(1));
    let script =
        if deed.text.is_empty() { format!("echo '{name} {version}'") } else { deed.text.trim_end().to_owned() };
    let package =
        deed.options("command").into_iter().fold(deb(name, version), |deb, command| deb.command(command, &script));
    let package = deed.options("file").into_iter().fold(package, |deb, path| deb.file(path, "x"));
    let package = deed.option("needs").map_or(package.clone(), |relations| package.depends(relations));
    vec![package]
}

/// `release REPOSITORY TAG FILE... [command=NAME]`: an archive has the command, which is called as the repository, and
/// the text is its script.
fn of_forge(deed: &Deed) -> Release {
    let command = deed.option("command").or(deed.word(0).rsplit('/').next()).unwrap_or_default();
    let file = |release: Release, name: &String| {
        if name.ends_with(".tar.gz") {
            release.file(name, packed(command, deed))
        } else {
            release.file(name, deed.text.as_bytes())
        }
    };
    let files = deed.words[3..].iter().filter(|word| !word.contains('='));
    files.fold(Release::new(deed.word(1)), file)
}

/// An archive with one executable.
fn packed(command: &str, deed: &Deed) -> Vec<u8> {
    let text = if deed.text.is_empty() { format!("#!/bin/sh\necho {command}\n") } else { deed.text.clone() };
    Archive::new().executable(command, &text).packed("tar.gz")
}
