//! Namespaces of its own for a process: of users, mounts, processes, System V's messages and, without the host's network, networks.

use std::fs;

use rustix::process::{Pid, getegid, geteuid};

use super::at::At as _;
use crate::fault::Fault;
use crate::plan::{Network, Users};

/// The flags of clone(2) for a process that leaves the host's namespaces. Until its parent has called [`map`], its user
/// is `nobody`.
pub fn flags(network: &Network) -> i32 {
    let network = if *network == Network::Host { 0 } else { libc::CLONE_NEWNET };
    libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWIPC | network
}

/// The number of the user `nobody`, and of its group, wherever files have users.
pub const NOBODY: u32 = 65534;

/// Gives a process that has left the host's namespaces its users: those that this process has. Root has all, so that
/// files keep their owners; anyone else has one.
pub fn map(child: Pid, users: Users) -> Result<(), Fault> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    match users {
        Users::ImitatedRoot => return map_one(child, 0, 0),
        Users::RootAsNobody if user == 0 => return map_one(child, NOBODY, NOBODY),
        _ => {}
    }
    let process = child.as_raw_nonzero().to_string();
    if user == 0 && write(&process, "uid_map", &own("uid_map")?).is_ok() {
        return write(&process, "gid_map", &own("gid_map")?);
    }
    map_one(child, user, group)
}

/// Gives it one user and one group, those of this process, with these numbers inside.
pub fn map_one(child: Pid, user: u32, group: u32) -> Result<(), Fault> {
    let (outside, inside) = ((geteuid().as_raw(), getegid().as_raw()), (user, group));
    map_pair(&child.as_raw_nonzero().to_string(), outside, inside)
}

/// The same for the process of a directory in `/proc`: a user and a group outside, and their numbers inside.
pub fn map_pair(process: &str, outside: (u32, u32), inside: (u32, u32)) -> Result<(), Fault> {
    // A group may be mapped once nothing can be gained by leaving one (user_namespaces(7)).
    write(process, "setgroups", "deny")?;
    write(process, "uid_map", &format!("{} {} 1", inside.0, outside.0))?;
    write(process, "gid_map", &format!("{} {} 1", inside.1, outside.1))
}

fn write(process: &str, name: &str, text: &str) -> Result<(), Fault> {
    let path = format!("/proc/{process}/{name}");
    fs::write(&path, text).at(|| format!("write `{path}`"))
}

/// The map in which all users of this process stay what they are.
fn own(name: &str) -> Result<String, Fault> {
    let path = format!("/proc/self/{name}");
    let text = fs::read_to_string(&path).at(|| format!("read `{path}`"))?;
    Ok(same(&text))
}

/// From lines of "first inside, first outside, how many".
fn same(map: &str) -> String {
    let line = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (first, count) = (words.next()?, words.nth(1)?);
        Some(format!("{first} {first} {count}\n"))
    };
    map.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn everyone_stays_who_they_are() {
        assert_eq!(same("         0          0 4294967295\n"), "0 0 4294967295\n");
        assert_eq!(same("0 1000 1\n1 100000 65536\n"), "0 0 1\n1 1 65536\n");
        assert_eq!(same(""), "");
    }
}
