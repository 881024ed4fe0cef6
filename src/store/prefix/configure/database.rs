//! What dpkg knows about the packages of a prefix (dpkg(1), "FILES"): that all are unpacked and none is configured. dpkg
//! itself would write it while it unpacks packages, which are in the store without their archives.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{Beneath, bounded, most};
use crate::store::entries;
use crate::store::prefix::Site;
use crate::store::unpack::deb::field_in;
use crate::store::unpack::merged::CONTROL;

const DATABASE: &str = "var/lib/dpkg";

/// Directories that dpkg expects.
const DIRECTORIES: [&str; 4] = ["alternatives", "info", "triggers", "updates"];

/// The names of the packages that are configured before all others, for the script that has them configured.
const FIRST: &str = "var/lib/dpkg/first";

/// Writes it for unpacked packages, in this order. The last ones are configured first.
pub fn write(site: &Site, packages: &[(&str, PathBuf)], first: &[(&str, PathBuf)]) -> io::Result<()> {
    let directory = Beneath::open(&site.root)?;
    for name in DIRECTORIES {
        directory.make_directories(&Path::new(DATABASE).join(name))?;
    }
    let mut database = Database { site, status: String::new(), files: String::new(), triggers: BTreeMap::new() };
    for (package, object) in packages.iter().chain(first) {
        database.add(package, object)?;
    }
    lay(site, "info/format", b"1\n")?;
    lay(site, "status", database.status.as_bytes())?;
    lay(site, "available", b"")?;
    lay(site, "triggers/File", database.files.as_bytes())?;
    for (trigger, packages) in &database.triggers {
        lay(site, &format!("triggers/{trigger}"), packages.as_bytes())?;
    }
    let names: String = first.iter().map(|(package, _)| format!("{package}\n")).collect();
    lay(site, FIRST.strip_prefix(DATABASE).unwrap_or_default().trim_start_matches('/'), names.as_bytes())
}

/// Which of these packages are not configured, as it says. If it cannot be read, or says nothing of a package, that one is not.
pub fn unconfigured<'a>(site: &Site, packages: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let text = bounded::read_text(&site.root.join(DATABASE).join("status"), most::LIST).unwrap_or_default();
    let is_configured = |paragraph: &&str| {
        let status = field_in(paragraph, "Status");
        ["installed", "triggers-awaited", "triggers-pending"].iter().any(|state| status.ends_with(&format!(" {state}")))
    };
    let configured: BTreeSet<String> =
        text.split("\n\n").filter(is_configured).map(|paragraph| field_in(paragraph, "Package")).collect();
    packages.filter(|package| !configured.contains(*package)).map(str::to_owned).collect()
}

fn lay(site: &Site, name: &str, bytes: &[u8]) -> io::Result<()> {
    let (directory, inside) = site.claim(&Path::new(DATABASE).join(name))?;
    directory.write(&inside, bytes, 0o644)
}

struct Database<'a> {
    site: &'a Site,
    status: String,
    /// Lines of `triggers/File`: a path, and the package that is interested in it.
    files: String,
    /// By the names of triggers, the packages that are interested, a line each.
    triggers: BTreeMap<String, String>,
}

impl Database<'_> {
    fn add(&mut self, package: &str, object: &Path) -> io::Result<()> {
        let control = object.join(CONTROL);
        let text = bounded::read_text(&control.join("control"), most::DESCRIPTION)?;
        // Of such a package there may be one for each architecture.
        let key = match field_in(&text, "Multi-Arch").as_str() {
            "same" => format!("{package}:{}", field_in(&text, "Architecture")),
            _ => package.to_owned(),
        };
        self.status.extend([text.trim_end(), "\nStatus: install ok unpacked\n\n"]);
        let mut list = "/.\n".to_owned();
        paths(object, Path::new(""), &mut list)?;
        lay(self.site, &format!("info/{key}.list"), list.as_bytes())?;
        for path in entries(&control)? {
            let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| *name != "control") else {
                continue;
            };
            if path.is_file() && !path.is_symlink() {
                let place = Path::new(DATABASE).join("info").join(format!("{key}.{name}"));
                let (directory, inside) = self.site.claim(&place)?;
                directory.adopt(&path, &inside)?;
            }
        }
        let triggers = bounded::read_text(&control.join("triggers"), most::DESCRIPTION).unwrap_or_default();
        triggers.lines().for_each(|line| self.trigger(&key, line));
        Ok(())
    }

    /// A line of the file `triggers` of a package (deb-triggers(5)).
    fn trigger(&mut self, key: &str, line: &str) {
        let line = line.split('#').next().unwrap_or_default();
        let [directive, trigger] = line.split_whitespace().collect::<Vec<_>>()[..] else { return };
        if !directive.starts_with("interest") {
            return;
        }
        let wait = if directive.ends_with("-noawait") { "/noawait" } else { "" };
        if trigger.starts_with('/') {
            self.files.extend([trigger, " ", key, wait, "\n"]);
        } else if !trigger.contains('/') {
            self.triggers.entry(trigger.to_owned()).or_default().extend([key, wait, "\n"]);
        }
    }
}

/// Adds the paths of a package to its list.
fn paths(object: &Path, inside: &Path, list: &mut String) -> io::Result<()> {
    for path in entries(&object.join(inside))? {
        let inside = inside.join(path.file_name().unwrap_or_default());
        if inside == Path::new(CONTROL) {
            continue;
        }
        // A name with a line break would be two.
        let Some(text) = inside.to_str().filter(|text| !text.contains('\n')) else { continue };
        list.extend(["/", text, "\n"]);
        if path.is_dir() && !path.is_symlink() {
            paths(object, &inside, list)?;
        }
    }
    Ok(())
}
