//! The system's files at isolation `hermetic`: Debian packages of the store at `/usr`, and an `/etc` of theirs and of
//! generated files. Nothing of the host is in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount};

use super::etc::{CERTIFICATES, Etc};

/// Directories that are one with those of `/usr`.
const MERGED: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// What a wall has in place of the host's system.
pub struct Base<'a> {
    /// The prefix of the base utilities.
    pub directory: &'a Path,
    pub etc: Etc,
    /// Where programs of this environment look for certificates, if that is not where Debian has them.
    pub certificates: Option<PathBuf>,
}

pub fn system(base: &Base) -> Vec<Mount> {
    let source = base.directory.join("usr");
    let mut mounts = vec![Mount::Bind { source, target: "/usr".into(), access: Access::ReadOnly }];
    let merged = MERGED.iter().filter(|name| base.directory.join(name).exists());
    mounts.extend(merged.map(|name| link(Path::new("/").join(name), Path::new("usr").join(name))));
    mounts.push(Mount::Memory { target: "/etc".into(), mode: 0o755 });
    let files = base.etc.files();
    let is_made = |name: &OsString| files.iter().any(|(made, _)| **name == **made);
    let of_packages = entries(&base.directory.join("etc")).into_iter().filter(|name| !is_made(name));
    mounts.extend(of_packages.map(|name| link(Path::new("/etc").join(&name), base.directory.join("etc").join(&name))));
    mounts.extend(base.etc.zone.iter().map(|zone| {
        let to = Path::new("/usr/share/zoneinfo").join(zone);
        link("/etc/localtime".into(), to)
    }));
    let elsewhere = base.certificates.iter().filter(|path| !path.starts_with(base.directory));
    let elsewhere = elsewhere.filter(|path| **path != Path::new(CERTIFICATES));
    mounts.extend(elsewhere.map(|path| link(path.clone(), CERTIFICATES.into())));
    let path = |name: &str| Path::new("/etc").join(name);
    mounts.extend(files.into_iter().map(|(name, text)| Mount::File { target: path(name), content: text.into_bytes() }));
    mounts
}

fn link(target: PathBuf, to: PathBuf) -> Mount {
    Mount::Link { target, to }
}

/// The names in a directory, sorted.
fn entries(directory: &Path) -> Vec<OsString> {
    let entries = fs_err::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<OsString> = entries.map(|entry| entry.file_name()).filter(|name| name != "localtime").collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_system_is_of_the_prefix() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for path in ["usr/lib", "etc/ssl", "etc/hosts", "etc/localtime"] {
            fs_err::create_dir_all(root.join(path)).unwrap();
        }
        fs_err::os::unix::fs::symlink("usr/lib", root.join("lib")).unwrap();
        let etc = Etc { zone: Some("Asia/Tokyo".into()), ..Etc::default() };
        let certificates = Some("/etc/pki/bundle.pem".into());
        let mounts = system(&Base { directory: root, etc, certificates });
        let links: Vec<(&str, &str)> = mounts
            .iter()
            .filter_map(|mount| match mount {
                Mount::Link { target, to } => Some((target.to_str()?, to.to_str()?)),
                _ => None,
            })
            .collect();
        let ssl = root.join("etc/ssl");
        let expected = [
            ("/lib", "usr/lib"),
            ("/etc/ssl", ssl.to_str().unwrap()),
            ("/etc/localtime", "/usr/share/zoneinfo/Asia/Tokyo"),
            ("/etc/pki/bundle.pem", CERTIFICATES),
        ];
        assert_eq!(links, expected);
        let binds = mounts.iter().filter(|mount| matches!(mount, Mount::Bind { .. } | Mount::Same { .. }));
        let source = root.join("usr");
        let usr = Mount::Bind { source, target: "/usr".into(), access: Access::ReadOnly };
        assert_eq!(binds.collect::<Vec<_>>(), [&usr]);
        let is_hosts =
            |mount: &&Mount| matches!(mount, Mount::File { target, .. } if *target == Path::new("/etc/hosts"));
        assert_eq!(mounts.iter().filter(is_hosts).count(), 1);
    }
}
