//! What a wall at isolation `hermetic` has in place of the host's system, and what it says about user and machine.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use devshell_wall::Network;

use super::Context;
use crate::env::Variables;
use crate::files::{bounded, most};
use crate::host::{Host, Identity};
use crate::sandbox::{self, Base, Etc, Named};

/// For a dev shell with these variables, whose base utilities are in this directory.
pub fn of<'a>(cx: &Context, directory: &'a Path, network: &Network, variables: &Variables) -> Base<'a> {
    let Identity { user, group, user_name, group_name, machine } = Host::identity();
    let called = variables.get(OsStr::new("USER")).and_then(|name| name.to_str()).map(str::to_owned);
    let etc = Etc {
        user: Named { name: called.or(user_name).unwrap_or_default(), number: user },
        group: Named { name: group_name.unwrap_or_default(), number: group },
        home: cx.host.home.clone().unwrap_or_else(|| "/".into()),
        host_name: machine,
        name_servers: name_servers(network),
        zone: zone(),
    };
    Base { directory, etc, certificates: Host::certificates() }
}

/// The file of certificates that the caller names. It is the only file of the host that is there without the manifest's
/// word: a network may need it.
pub fn certificates(cx: &Context) -> Option<PathBuf> {
    cx.host.variable("SSL_CERT_FILE").map(PathBuf::from).filter(|path| path.is_absolute() && path.is_file())
}

fn name_servers(network: &Network) -> Option<String> {
    match network {
        Network::Host => bounded::read_text(Path::new("/etc/resolv.conf"), most::MACHINE).ok(),
        Network::Gated { .. } => Some(sandbox::own_name_server()),
        Network::None => None,
    }
}

/// The name of the time zone, which a link to its file ends in.
fn zone() -> Option<String> {
    let target = fs_err::read_link("/etc/localtime").ok().map(OsString::from)?.into_string().ok()?;
    let (_, zone) = target.split_once("zoneinfo/")?;
    let is_good = |part: &str| !part.is_empty() && part != "..";
    zone.split('/').all(is_good).then(|| zone.to_owned())
}
