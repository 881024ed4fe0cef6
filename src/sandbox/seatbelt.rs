//! The plan of a wall as a profile for Seatbelt, the sandbox of macOS. Of several rules about a path the last one counts, as
//! with mounts. Nothing uses it yet: no version of macOS has tried it.

use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount, Network, Wall};

/// Directories that are links on macOS. Rules are about what they lead to.
const LINKS: [&str; 3] = ["/etc", "/tmp", "/var"];

/// Nothing can be read, changed or started but what rules allow. Other processes are out of reach.
const BEGINNING: &str = r#"(version 1)
(allow default)
(deny file-read-data file-write* process-exec*)
(deny signal process-info*)
(allow signal process-info* (target same-sandbox))
(deny sysctl-read (sysctl-name "kern.procargs2"))
"#;

/// What a program needs to start at all, whatever the plan has in its place.
const NEEDED: &str = r#"(allow file-read-data (literal "/") (subpath "/private/var/db/dyld") (subpath "/private/var/db/timezone"))
(allow file-read-data (subpath "/private/var/select") (subpath "/System") (subpath "/Library/Apple"))
"#;

/// Terminals and the devices that do no harm.
const DEVICES: &str = r#"(allow file-read-data file-write-data (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random"))
(allow file-read-data file-write-data (literal "/dev/urandom") (literal "/dev/tty") (literal "/dev/ptmx"))
(allow file-read-data file-write-data (subpath "/dev/fd") (regex #"^/dev/ttys[0-9]+$"))
"#;

/// Names are looked up through a socket. Others lead to services outside.
const SOCKETS: &str = r#"(deny network-outbound (remote unix-socket))
(allow network-outbound (literal "/private/var/run/mDNSResponder"))
"#;

/// The profile, or a path that cannot be written in one: then a rule would be about another path.
pub fn profile(wall: &Wall) -> Result<String, PathBuf> {
    let rules: Result<String, PathBuf> = wall.mounts.iter().map(|mount| rule(mount, wall)).collect();
    // A network by name needs a process that decides, so there is none.
    let network = if wall.network == Network::Host { SOCKETS } else { "(deny network*)\n" };
    Ok([BEGINNING, &rules?, NEEDED, network].concat())
}

/// What is to be somewhere else than on the host cannot be there: macOS has no namespaces.
fn rule(mount: &Mount, wall: &Wall) -> Result<String, PathBuf> {
    let read = "file-read-data process-exec*";
    let (verb, operations, filter, path) = match mount {
        Mount::Bind { source, target, access } if source == target => match access {
            Access::ReadOnly => ("allow", read, "subpath", target),
            Access::ReadWrite => ("allow", "file-read-data file-write* process-exec*", "subpath", target),
        },
        Mount::Same { target } => ("allow", read, "subpath", target),
        Mount::Link { target, to } if wall.source(to).as_ref() == Some(target) => ("allow", read, "literal", target),
        Mount::Pinned { target } => ("deny", "file-write-unlink", "literal", target),
        Mount::Protected { target } => ("deny", "file-write*", "subpath", target),
        Mount::Hidden { target } => ("deny", "file-read* file-write* process-exec*", "subpath", target),
        Mount::Replaced { target } | Mount::Memory { target, .. } => {
            ("deny", "file-read-data file-write* process-exec*", "subpath", target)
        }
        Mount::Devices { .. } => return Ok(DEVICES.to_owned()),
        Mount::Device { target } => ("allow", "file-read-data file-write-data", "subpath", target),
        Mount::Bind { .. }
        | Mount::Link { .. }
        | Mount::File { .. }
        | Mount::Processes { .. }
        | Mount::Overlay { .. } => {
            return Ok(String::new());
        }
    };
    Ok(format!("({verb} {operations} ({filter} {}))\n", quoted(path)?))
}

/// A path as a text of Scheme.
fn quoted(path: &Path) -> Result<String, PathBuf> {
    let plain = path.to_str().filter(|text| !text.chars().any(char::is_control)).ok_or(path)?;
    let private = if LINKS.iter().any(|link| path.starts_with(link)) { "/private" } else { "" };
    let escaped = plain.replace('\\', r"\\").replace('"', "\\\"");
    Ok(format!("\"{private}{escaped}\""))
}

#[cfg(test)]
mod tests {
    use devshell_wall::Users;

    use super::*;

    fn of(mounts: &[Mount], network: Network) -> Result<String, PathBuf> {
        profile(&Wall { mounts: mounts.to_vec(), network, directory: "/".into(), users: Users::Same })
    }

    /// The rules between those that every profile has.
    fn rules(mounts: &[Mount]) -> Result<String, PathBuf> {
        let text = of(mounts, Network::None)?;
        let rules = text.strip_prefix(BEGINNING).and_then(|text| text.strip_suffix("(deny network*)\n"));
        Ok(rules.and_then(|text| text.strip_suffix(NEEDED)).unwrap().to_owned())
    }

    fn bind(source: &str, target: &str, access: Access) -> Mount {
        Mount::Bind { source: source.into(), target: target.into(), access }
    }

    #[test]
    fn a_plan_is_a_profile() {
        let mounts = [
            Mount::Same { target: "/usr".into() },
            Mount::Devices { target: "/dev".into() },
            Mount::Processes { target: "/proc".into() },
            Mount::Memory { target: "/tmp".into(), mode: 0o1777 },
            bind("/usr", "/.host/usr", Access::ReadOnly),
            Mount::Replaced { target: "/usr/bin".into() },
            Mount::Link { target: "/usr/bin/make".into(), to: "/.host/usr/bin/make".into() },
            Mount::Link { target: "/.devshell-wall".into(), to: "/Users/ann/shop".into() },
            Mount::Memory { target: "/Users/ann".into(), mode: 0o700 },
            bind("/Users/ann/.zshrc", "/Users/ann/.zshrc", Access::ReadOnly),
            bind("/Users/ann/shop", "/Users/ann/shop", Access::ReadWrite),
            Mount::Pinned { target: "/Users/ann/shop/.git".into() },
            Mount::Protected { target: "/Users/ann/shop/.git/hooks".into() },
            Mount::Hidden { target: "/Users/ann/shop/.env".into() },
        ];
        let expected = r#"(version 1)
(allow default)
(deny file-read-data file-write* process-exec*)
(deny signal process-info*)
(allow signal process-info* (target same-sandbox))
(deny sysctl-read (sysctl-name "kern.procargs2"))
(allow file-read-data process-exec* (subpath "/usr"))
(allow file-read-data file-write-data (literal "/dev/null") (literal "/dev/zero") (literal "/dev/random"))
(allow file-read-data file-write-data (literal "/dev/urandom") (literal "/dev/tty") (literal "/dev/ptmx"))
(allow file-read-data file-write-data (subpath "/dev/fd") (regex #"^/dev/ttys[0-9]+$"))
(deny file-read-data file-write* process-exec* (subpath "/private/tmp"))
(deny file-read-data file-write* process-exec* (subpath "/usr/bin"))
(allow file-read-data process-exec* (literal "/usr/bin/make"))
(deny file-read-data file-write* process-exec* (subpath "/Users/ann"))
(allow file-read-data process-exec* (subpath "/Users/ann/.zshrc"))
(allow file-read-data file-write* process-exec* (subpath "/Users/ann/shop"))
(deny file-write-unlink (literal "/Users/ann/shop/.git"))
(deny file-write* (subpath "/Users/ann/shop/.git/hooks"))
(deny file-read* file-write* process-exec* (subpath "/Users/ann/shop/.env"))
(allow file-read-data (literal "/") (subpath "/private/var/db/dyld") (subpath "/private/var/db/timezone"))
(allow file-read-data (subpath "/private/var/select") (subpath "/System") (subpath "/Library/Apple"))
"#;
        for (network, last) in [(Network::Host, SOCKETS), (Network::None, "(deny network*)\n")] {
            assert_eq!(of(&mounts, network).unwrap(), format!("{expected}{last}"));
        }
    }

    #[test]
    fn a_path_is_what_it_looks_like() {
        use std::os::unix::ffi::OsStrExt as _;
        let hide = |path: &Path| rules(&[Mount::Hidden { target: path.to_owned() }]);
        for (path, expected) in [
            (r#"/a"b\c"#, r#""/a\"b\\c""#),
            ("/tmp/x", r#""/private/tmp/x""#),
            ("/tmpx/ü", r#""/tmpx/ü""#),
            ("/private/etc", r#""/private/etc""#),
        ] {
            let text = format!("(deny file-read* file-write* process-exec* (subpath {expected}))\n");
            assert_eq!(hide(Path::new(path)), Ok(text), "{path}");
        }
        for bytes in [&b"/a\nb"[..], b"/\xff"] {
            let path = Path::new(std::ffi::OsStr::from_bytes(bytes));
            assert_eq!(hide(path), Err(path.to_owned()));
        }
    }

    #[test]
    fn nothing_else_can_be_put_in_a_place() {
        let mounts = [
            Mount::Link { target: "/usr/bin/awk".into(), to: "/elsewhere/awk".into() },
            bind("/store/usr", "/usr", Access::ReadOnly),
            Mount::File { target: "/etc/passwd".into(), content: Vec::new() },
        ];
        assert_eq!(rules(&mounts).unwrap(), "");
    }
}
