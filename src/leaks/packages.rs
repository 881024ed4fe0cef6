//! Which packages of the host's system files belong to, where that is Debian or one that is made of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::files::{bounded, most};

/// Where dpkg keeps what it knows.
const DATABASE: &str = "/var/lib/dpkg";

/// Directories that are links into `/usr` since Debian 12. The lists may have either name.
const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// What is known about the host's packages.
#[derive(Debug, Default)]
pub struct Packages {
    owners: BTreeMap<PathBuf, String>,
    /// What each package needs, or should have beside it.
    needs: BTreeMap<String, Vec<String>>,
}

impl Packages {
    /// The packages of these files, as far as there are some.
    pub fn of(files: &BTreeSet<PathBuf>) -> Self {
        if files.is_empty() { Self::default() } else { Self::read(Path::new(DATABASE), files) }
    }

    fn read(database: &Path, files: &BTreeSet<PathBuf>) -> Self {
        let status = bounded::read(&database.join("status"), most::INDEX).unwrap_or_default();
        Self { owners: owners_in(&database.join("info"), files), needs: needs(&String::from_utf8_lossy(&status)) }
    }

    /// The package that a file belongs to.
    pub fn owner(&self, file: &Path) -> Option<&str> {
        self.owners.get(file).map(String::as_str)
    }

    /// Whether one package comes with the other.
    pub fn brings(&self, package: &str, other: &str) -> bool {
        let mut open = vec![package];
        let mut seen = BTreeSet::from([package]);
        while let Some(next) = open.pop() {
            if next == other {
                return true;
            }
            let needs = self.needs.get(next).into_iter().flatten().map(String::as_str);
            open.extend(needs.filter(|need| seen.insert(need)));
        }
        false
    }
}

/// The fields of the file `status` that name other packages (deb-control(5)).
fn needs(status: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut package = "";
    for line in status.lines() {
        let Some((field, value)) = line.split_once(": ") else { continue };
        match field {
            "Package" => package = value,
            "Depends" | "Pre-Depends" | "Recommends" => {
                let names = value.split([',', '|']).filter_map(|one| one.trim().split([' ', ':', '(']).next());
                found.entry(package.to_owned()).or_default().extend(names.map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}

fn owners_in(lists: &Path, files: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, String> {
    // The lists have some hundred thousand lines.
    let mut names: HashMap<String, &PathBuf> = HashMap::new();
    for file in files {
        let Some(name) = file.to_str() else { continue };
        names.insert(name.to_owned(), file);
        let short = name.strip_prefix("/usr");
        let is_merged = |short: &&str| MERGED.iter().any(|directory| short[1..].starts_with(&format!("{directory}/")));
        if let Some(short) = short.filter(is_merged) {
            names.insert(short.to_owned(), file);
        }
    }
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(lists).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(package) = name.to_str().and_then(|name| name.strip_suffix(".list")) else { continue };
        let Ok(list) = bounded::read_text(&entry.path(), most::DESCRIPTION) else { continue };
        for file in list.lines().filter_map(|line| names.get(line)) {
            let package = package.split(':').next().unwrap_or(package);
            found.insert((*file).clone(), package.to_owned());
        }
    }
    found
}

#[cfg(test)]
impl Packages {
    /// Files with their packages, and a text of the file `status`.
    pub fn known(owners: &[(&str, &str)], status: &str) -> Self {
        let owners = owners.iter().map(|(file, package)| (file.into(), (*package).to_owned())).collect();
        Self { owners, needs: needs(status) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Package: gcc\nDepends: cpp (>= 4), gcc-12 (>= 12)\nRecommends: libc6-dev | libc-dev\n\n\
        Package: libc6-dev\nDescription: Depends: nothing\nDepends: linux-libc-dev:any\n\n\
        Package: gcc-12\nDepends: gcc\n";

    #[test]
    fn files_belong_to_the_packages_that_list_them() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            fs_err::create_dir_all(directory.path().join("info")).unwrap();
            fs_err::write(directory.path().join(name), text).unwrap();
        };
        write("info/make.list", "/.\n/usr/bin\n/usr/bin/make\n");
        write("info/zlib1g-dev:amd64.list", "/usr/include/zlib.h\n");
        write("info/sed.list", "/bin/sed\n");
        write("info/sed.md5sums", "/usr/bin/other\n");
        write("status", STATUS);
        let files: BTreeSet<PathBuf> =
            ["/usr/bin/make", "/usr/include/zlib.h", "/usr/bin/sed", "/usr/bin/other"].map(PathBuf::from).into();
        let found = Packages::read(directory.path(), &files);
        let owners: Vec<_> = files.iter().map(|file| found.owner(file)).collect();
        assert_eq!(owners, [Some("make"), None, Some("sed"), Some("zlib1g-dev")]);
        for (package, other, expected) in [
            ("gcc", "libc6-dev", true),
            ("gcc-12", "linux-libc-dev", true),
            ("libc6-dev", "gcc", false),
            ("make", "make", true),
            ("make", "gcc", false),
        ] {
            assert_eq!(found.brings(package, other), expected, "{package} {other}");
        }
        assert_eq!(Packages::read(Path::new("/no/such/place"), &files).owner(Path::new("/usr/bin/make")), None);
    }
}
