//! The system's files at isolation `hermetic`: Debian packages of the store at `/usr`, and an `/etc` of theirs and of
//! generated files. Nothing of the host is in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount};

use super::Place;
use super::etc::{CERTIFICATES, Etc};

/// Directories that are one with those of `/usr`: links to them.
pub const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// Where time zones are.
const ZONES: &str = "/usr/share/zoneinfo";

/// What a wall has in place of the host's system.
pub struct Base<'a> {
    /// The prefix of the base utilities.
    pub directory: &'a Path,
    pub etc: Etc,
    /// Where programs of this environment look for certificates, if that is not where Debian has them.
    pub certificates: Option<PathBuf>,
}

impl Base<'_> {
    /// The place of certificates in `/etc`, unless it is Debian's. Any other one is in the store.
    fn elsewhere(&self) -> impl Iterator<Item = &PathBuf> {
        let is_elsewhere = |path: &&PathBuf| path.starts_with("/etc") && **path != Path::new(CERTIFICATES);
        self.certificates.iter().filter(is_elsewhere)
    }
}

/// `/usr`, what is one with it, and `/etc`.
pub fn system(place: &Place, base: &Base) -> Vec<Mount> {
    let others = others(place, base);
    let mut mounts = Vec::new();
    let usr = base.directory.join("usr");
    lay(&usr, Path::new("/usr"), &others, &mut mounts, &|source, target| Mount::Bind {
        source,
        target,
        access: Access::ReadOnly,
    });
    let merged = MERGED.iter().filter(|name| base.directory.join(name).exists());
    mounts.extend(merged.map(|name| link(Path::new("/").join(name), Path::new("usr").join(name))));

    // It is in the root, which is read-only once the wall is complete.
    let files = base.etc.files();
    let is_made = |name: &OsString| name == "localtime" || files.iter().any(|(made, _)| **name == **made);
    let (own, etc) = (base.directory.join("etc"), Path::new("/etc"));
    for name in entries(&own).into_iter().filter(|name| !is_made(name)) {
        lay(&own.join(&name), &etc.join(&name), &others, &mut mounts, &|source, target| link(target, source));
    }
    mounts.extend(base.etc.zone.iter().map(|zone| link(etc.join("localtime"), Path::new(ZONES).join(zone))));
    mounts.extend(base.elsewhere().map(|path| link(path.clone(), CERTIFICATES.into())));
    let file = |(name, text): (&str, String)| Mount::File { target: etc.join(name), content: text.into_bytes() };
    mounts.extend(files.into_iter().map(file));
    mounts
}

/// What else will be mounted, maybe in the middle of a directory of the packages.
fn others(place: &Place, base: &Base) -> Vec<PathBuf> {
    let wished = place.wishes.read.iter().chain(&place.wishes.write).map(PathBuf::from);
    let single = [Some(place.project), Some(place.state), place.home, place.temporary].into_iter().flatten();
    let repository = place.repository.iter().flat_map(|repository| [repository.top.clone(), repository.git.clone()]);
    let certificates = base.elsewhere().cloned();
    wished
        .chain(single.map(Path::to_owned))
        .chain(place.own.iter().cloned())
        .chain(repository)
        .chain(certificates)
        .collect()
}

/// A directory of the packages as one, or its entries, each in the same way, if something else is to be in it: nothing can
/// be made in the store.
fn lay(
    source: &Path,
    target: &Path,
    others: &[PathBuf],
    mounts: &mut Vec<Mount>,
    whole: &dyn Fn(PathBuf, PathBuf) -> Mount,
) {
    let has_another = others.iter().any(|other| other.starts_with(target) && other != target);
    if !has_another || !source.is_dir() || source.is_symlink() {
        mounts.push(whole(source.to_owned(), target.to_owned()));
        return;
    }
    for name in entries(source) {
        lay(&source.join(&name), &target.join(&name), others, mounts, whole);
    }
}

fn link(target: PathBuf, to: PathBuf) -> Mount {
    Mount::Link { target, to }
}

/// The names in a directory, sorted.
fn entries(directory: &Path) -> Vec<OsString> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use devshell_wall::Network;

    use super::*;
    use crate::manifest::Sandbox;
    use crate::sandbox::{Commands, plan};

    /// What is at a path of the root, as far as the system is concerned: `=` for a bind, `>` for a link.
    fn planned(root: &Path, project: &str, read: &[&str], certificates: Option<&str>) -> Vec<String> {
        let etc = Etc { zone: Some("Asia/Tokyo".into()), ..Etc::default() };
        let base = Base { directory: root, etc, certificates: certificates.map(PathBuf::from) };
        let wishes = Sandbox { read: read.iter().map(ToString::to_string).collect(), ..Sandbox::default() };
        let wall = plan(&Place {
            wishes: &wishes,
            project: Path::new(project),
            repository: None,
            home: Some(Path::new("/home/ann")),
            rc_files: Vec::new(),
            own: vec!["/store".into()],
            state: Path::new("/state"),
            temporary: None,
            directory: Path::new(project),
            base: Some(base),
            commands: &Commands::default(),
            network: Network::Host,
            resolver: None,
            hostname: "box",
            agent: None,
            devices: Vec::new(),
            kept: None,
            runtime: None,
            interactive: true,
        });
        let inside =
            |path: &Path| path.strip_prefix(root).map_or_else(|_| path.to_owned(), |path| Path::new("P").join(path));
        let is_of_system = |path: &Path| ["/usr", "/etc", "/lib"].iter().any(|start| path.starts_with(start));
        let shown = |mount: &Mount| match mount {
            Mount::Bind { source, target, .. } if is_of_system(target) => Some((target.clone(), "=", inside(source))),
            Mount::Link { target, to } if is_of_system(target) => Some((target.clone(), ">", inside(to))),
            Mount::Same { target } => panic!("{} is the host's", target.display()),
            _ => None,
        };
        let line = |(target, sign, source): (PathBuf, &str, PathBuf)| {
            format!("{} {sign} {}", target.display(), source.display())
        };
        wall.mounts.iter().filter_map(shown).map(line).collect()
    }

    #[test]
    fn the_system_is_of_the_packages() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for path in ["usr/lib", "usr/src/linux", "etc/ssl/certs", "etc/hosts", "etc/localtime"] {
            fs_err::create_dir_all(root.join(path)).unwrap();
        }
        fs_err::os::unix::fs::symlink("usr/lib", root.join("lib")).unwrap();
        let zone = "/etc/localtime > /usr/share/zoneinfo/Asia/Tokyo";
        let plain = ["/usr = P/usr", "/lib > usr/lib", "/etc/ssl > P/etc/ssl", zone];
        assert_eq!(planned(root, "/home/ann/shop", &[], Some(CERTIFICATES)), plain);
        // Where something else is in a directory, that is one of the wall's own.
        let elsewhere = planned(root, "/usr/src/app", &["/etc/ssl/corp.pem"], Some("/etc/ssl/cert.pem"));
        let expected = [
            "/usr/lib = P/usr/lib",
            "/usr/src/linux = P/usr/src/linux",
            "/lib > usr/lib",
            "/etc/ssl/certs > P/etc/ssl/certs",
            zone,
            "/etc/ssl/cert.pem > /etc/ssl/certs/ca-certificates.crt",
            "/etc/ssl/corp.pem = /etc/ssl/corp.pem",
            "/usr/src/app = /usr/src/app",
        ];
        assert_eq!(elsewhere, expected);
    }
}
