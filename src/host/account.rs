//! The user's account: home directory and login shell.
//!
//! On Linux they come from the variables, or else from the file of users. The C library is not asked: in a static
//! executable it would load the modules that `/etc/nsswitch.conf` names, which belong to the host's C library and
//! crash in any other one.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::env::Variables;
use crate::files::{bounded, most};

/// The fields of a line (passwd(5)): name, password, number, group, comment, home directory, shell.
const NAME: usize = 0;
const NUMBER: usize = 2;
#[cfg(any(test, target_os = "linux"))]
const HOME: usize = 5;
const SHELL: usize = 6;

/// The home directory: `HOME` if that is an absolute path, else what the system knows of the user.
pub fn home(variables: &Variables) -> Option<PathBuf> {
    named_home(variables).map(Path::to_owned).or_else(home_of_user).filter(|home| home.is_absolute())
}

/// `HOME`, if it is an absolute path.
pub fn named_home(variables: &Variables) -> Option<&Path> {
    variables.get(OsStr::new("HOME")).map(Path::new).filter(|home| home.is_absolute())
}

/// The shell that the file of users names.
pub fn login_shell() -> Option<PathBuf> {
    of_user(SHELL)
}

/// The name that the file of users has for the user.
pub fn user_name() -> Option<String> {
    of_user(NAME)?.into_os_string().into_string().ok()
}

/// The name that the file of groups has for a number. Its lines (group(5)) begin as those of users do.
pub fn group_name(number: u32) -> Option<String> {
    let database = bounded::read(Path::new("/etc/group"), most::MACHINE).ok()?;
    find_group(&database, number)
}

fn find_group(database: &[u8], number: u32) -> Option<String> {
    let name = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(NUMBER - 1)?.parse() == Ok(number)).then(|| name.to_owned())
    };
    std::str::from_utf8(database).ok()?.lines().find_map(name)
}

#[cfg(target_os = "linux")]
fn home_of_user() -> Option<PathBuf> {
    of_user(HOME)
}

/// On macOS users are not in the file, and the system's library is the only one that knows them.
#[cfg(target_os = "macos")]
fn home_of_user() -> Option<PathBuf> {
    std::env::home_dir()
}

/// A field of the user's line. Users of other databases (LDAP, NIS, systemd's) have none.
fn of_user(field: usize) -> Option<PathBuf> {
    let database = bounded::read(Path::new("/etc/passwd"), most::MACHINE).ok()?;
    find(&database, rustix::process::getuid().as_raw(), field).map(|value| PathBuf::from(OsStr::from_bytes(value)))
}

/// A field of the first line about a user, unless it is empty. A line that is cut short has no say.
fn find(database: &[u8], user: u32, field: usize) -> Option<&[u8]> {
    database
        .split(|byte| *byte == b'\n')
        .find_map(|line| {
            let fields: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
            let number = std::str::from_utf8(fields.get(NUMBER)?).ok()?;
            let is_digits = number.bytes().all(|byte| byte.is_ascii_digit());
            (is_digits && number.parse() == Ok(user) && fields.len() > SHELL).then(|| fields[field])
        })
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{HOME, SHELL, find, find_group};

    #[test]
    fn fields_are_those_of_the_users_first_line() {
        let database = b"root:x:0:0:root:/root:/bin/bash\n\
            # a comment\n\
            +::::::\n\
            cut:x:1000:1000\n\
            me:x:1001:1000::/home/me:/bin/zsh\n\
            again:x:1001:1000::/home/again:/bin/fish\n\
            odd:x:+1002:0::/home/odd:/bin/sh\n\
            bare:x:1003:0:::\n";
        for (user, field, expected) in [
            (0, HOME, Some(&b"/root"[..])),
            (0, SHELL, Some(b"/bin/bash")),
            (1001, HOME, Some(b"/home/me")),
            (1001, SHELL, Some(b"/bin/zsh")),
            (1002, HOME, None),
            (1003, HOME, None),
            (1003, SHELL, None),
            (4242, HOME, None),
            (u32::MAX, HOME, None),
        ] {
            assert_eq!(find(database, user, field), expected, "{user} {field}");
        }
        assert_eq!(find(b"me:x:7:7::/home/\xff:/bin/sh", 7, HOME), Some(&b"/home/\xff"[..]));
        assert_eq!(find(b"", 0, HOME), None);
    }

    #[test]
    fn a_group_has_a_name() {
        let database = b"root:x:0:\nodd:x\nstaff:x:50:ann,ben\n";
        for (number, expected) in [(0, Some("root")), (50, Some("staff")), (7, None)] {
            assert_eq!(find_group(database, number).as_deref(), expected);
        }
    }
}
