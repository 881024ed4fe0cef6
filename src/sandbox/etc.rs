//! The generated files of `/etc` at isolation `hermetic`: users, groups, and how names are resolved.

use std::path::PathBuf;

/// Where Debian's programs look for certificates.
pub const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Users and groups that have no number inside have this one.
const NOBODY: u32 = 65534;

/// Files, groups and networks by files; addresses of hosts by name servers too (nsswitch.conf(5)).
const SWITCH: &str = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n\
                      networks: files\nethers: files\nrpc: files\n";

/// What is in them.
#[derive(Clone, Debug, Default)]
pub struct Etc {
    pub user: Named,
    pub group: Named,
    pub home: PathBuf,
    /// Of the machine.
    pub host_name: String,
    /// The lines of resolv.conf(5), where there is a network.
    pub name_servers: Option<String>,
    /// The name of the time zone, such as `Europe/Berlin`.
    pub zone: Option<String>,
}

/// A user or a group.
#[derive(Clone, Debug, Default)]
pub struct Named {
    pub name: String,
    pub number: u32,
}

impl Named {
    /// With another name, if this one would break the line that it is in.
    fn safe(&self, other: &str) -> String {
        let is_good = |c: char| !c.is_whitespace() && !c.is_control() && c != ':';
        let is_safe = !self.name.is_empty() && self.name.chars().all(is_good);
        if is_safe { self.name.clone() } else { other.to_owned() }
    }
}

impl Etc {
    /// Names in `/etc`, and contents.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let mut files = vec![
            ("passwd", self.users()),
            ("group", self.groups()),
            ("hosts", self.hosts()),
            ("nsswitch.conf", SWITCH.to_owned()),
        ];
        files.extend(self.name_servers.clone().map(|lines| ("resolv.conf", lines)));
        files
    }

    fn users(&self) -> String {
        let line =
            |name: &str, user: u32, group: u32, home: &str| format!("{name}:x:{user}:{group}::{home}:/bin/bash\n");
        let home = self.home.to_string_lossy().replace([':', '\n'], "_");
        let own = |name: &str| line(name, self.user.number, self.group.number, &home);
        match self.user.number {
            0 => own("root") + &line("nobody", NOBODY, NOBODY, "/nonexistent"),
            NOBODY => line("root", 0, 0, "/root") + &own(&self.user.safe("nobody")),
            _ => {
                let own = own(&self.user.safe("user"));
                line("root", 0, 0, "/root") + &own + &line("nobody", NOBODY, NOBODY, "/nonexistent")
            }
        }
    }

    fn groups(&self) -> String {
        let own = match self.group.number {
            0 | NOBODY => String::new(),
            number => format!("{}:x:{number}:\n", self.group.safe("user")),
        };
        format!("root:x:0:\n{own}nogroup:x:{NOBODY}:\n")
    }

    fn hosts(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let is_known = self.host_name == "localhost" || self.host_name.is_empty();
        let own =
            (!is_known && self.host_name.chars().all(is_plain)).then(|| format!("127.0.1.1 {}\n", self.host_name));
        format!("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n{}", own.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etc(user: (&str, u32), group: (&str, u32)) -> Etc {
        let named = |(name, number): (&str, u32)| Named { name: name.to_owned(), number };
        Etc { user: named(user), group: named(group), home: "/home/ann".into(), ..Etc::default() }
    }

    #[test]
    fn the_caller_is_among_the_users() {
        let root = "root:x:0:0::/root:/bin/bash\n";
        let nobody = "nobody:x:65534:65534::/nonexistent:/bin/bash\n";
        for (user, group, users, groups) in [
            (
                ("ann", 1000),
                ("staff", 50),
                format!("{root}ann:x:1000:50::/home/ann:/bin/bash\n{nobody}"),
                "root:x:0:\nstaff:x:50:\nnogroup:x:65534:\n",
            ),
            (
                ("root", 0),
                ("root", 0),
                format!("root:x:0:0::/home/ann:/bin/bash\n{nobody}"),
                "root:x:0:\nnogroup:x:65534:\n",
            ),
            (
                ("nobody", NOBODY),
                ("nogroup", NOBODY),
                format!("{root}nobody:x:65534:65534::/home/ann:/bin/bash\n"),
                "root:x:0:\nnogroup:x:65534:\n",
            ),
            (
                ("a:0:0\nx", 7),
                ("", 8),
                format!("{root}user:x:7:8::/home/ann:/bin/bash\n{nobody}"),
                "root:x:0:\nuser:x:8:\nnogroup:x:65534:\n",
            ),
        ] {
            let etc = etc(user, group);
            assert_eq!((etc.users(), etc.groups().as_str()), (users, groups));
        }
    }

    #[test]
    fn names_are_resolved_by_files_and_where_there_is_a_network_by_servers() {
        let with = |host_name: &str, name_servers: Option<&str>| {
            let name_servers = name_servers.map(str::to_owned);
            Etc { host_name: host_name.to_owned(), name_servers, ..Etc::default() }
        };
        let names = |etc: &Etc| etc.files().iter().map(|(name, _)| *name).collect::<Vec<_>>();
        assert_eq!(names(&with("box", None)), ["passwd", "group", "hosts", "nsswitch.conf"]);
        let servers = with("box", Some("nameserver 192.0.2.1\n"));
        assert_eq!(servers.files().last(), Some(&("resolv.conf", "nameserver 192.0.2.1\n".to_owned())));
        for (name, expected) in [("box", true), ("localhost", false), ("", false), ("a b", false)] {
            assert_eq!(with(name, None).hosts().contains("127.0.1.1"), expected, "{name}");
        }
    }
}
