//! Who the user is, and what the machine is called.

use super::Host;
use super::account;

/// As the kernel and the system's files have them.
#[derive(Clone, Debug)]
pub struct Identity {
    pub user: u32,
    pub group: u32,
    pub user_name: Option<String>,
    pub group_name: Option<String>,
    pub machine: String,
}

impl Host {
    pub fn identity() -> Identity {
        let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        let (user_name, group_name) = (account::user_name(), account::group_name(group));
        Identity { user, group, user_name, group_name, machine: Self::machine_name() }
    }

    /// What the machine is called.
    pub fn machine_name() -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
}
