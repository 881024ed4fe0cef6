//! What `enter`, `run` and `trace` let a sandbox have, besides what the manifest says.

use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{Failure, code};
use crate::hint::Hint as _;
use crate::manifest::{GPU, Network, SSH_AGENT, Sandbox};

/// Where `--help` has them.
const IN_A_SANDBOX: &str = "In a sandbox";

/// The keys of `sandbox` in the manifest, as options.
#[derive(Args, Debug, Default)]
pub struct Grants {
    /// Reach only HOST, such as `example.org:443` or `registry:npm`, or `all` or `none`; you may repeat this option
    /// [default: `net` of the manifest's `sandbox`]
    #[arg(long = "net", value_name = "HOST", value_parser = host, help_heading = IN_A_SANDBOX)]
    hosts: Vec<String>,
    /// Also read PATH, a file or a directory; you may repeat this option
    #[arg(long, value_name = "PATH", help_heading = IN_A_SANDBOX)]
    read: Vec<PathBuf>,
    /// Also read and change PATH; you may repeat this option
    #[arg(long, value_name = "PATH", help_heading = IN_A_SANDBOX)]
    write: Vec<PathBuf>,
    /// Hide PATH; you may repeat this option
    #[arg(long, value_name = "PATH", help_heading = IN_A_SANDBOX)]
    deny: Vec<PathBuf>,
    /// Use a socket of the host: its path, or `ssh-agent`; you may repeat this option
    #[arg(long = "socket", value_name = "SOCKET", help_heading = IN_A_SANDBOX)]
    sockets: Vec<PathBuf>,
    /// Use a device of the host: its path below `/dev/`, or `gpu`; you may repeat this option
    #[arg(long = "device", value_name = "DEVICE", help_heading = IN_A_SANDBOX)]
    devices: Vec<PathBuf>,
    /// With `--net`, let the host's `localhost` reach PORT inside; you may repeat this option
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), help_heading = IN_A_SANDBOX)]
    publish: Vec<u16>,
    /// Make read-only what other programs run or obey later, such as `.git/hooks` [default: unless you type into it]
    #[arg(long, help_heading = IN_A_SANDBOX)]
    protect: bool,
    /// Do not protect those
    #[arg(long, conflicts_with = "protect", help_heading = IN_A_SANDBOX)]
    no_protect: bool,
}

impl Grants {
    /// One of the options that are there, as it is typed.
    pub fn any(&self) -> Option<&'static str> {
        let there = [
            ("--net", !self.hosts.is_empty()),
            ("--read", !self.read.is_empty()),
            ("--write", !self.write.is_empty()),
            ("--deny", !self.deny.is_empty()),
            ("--socket", !self.sockets.is_empty()),
            ("--device", !self.devices.is_empty()),
            ("--publish", !self.publish.is_empty()),
            ("--protect", self.protect),
            ("--no-protect", self.no_protect),
        ];
        there.into_iter().find_map(|(option, is_there)| is_there.then_some(option))
    }

    /// What the manifest wishes, and this. Paths are those of a directory.
    pub fn besides(&self, wishes: &Sandbox, directory: &Path) -> Result<Sandbox, Failure> {
        let mut all = wishes.clone();
        if !self.hosts.is_empty() {
            all.net = Network::of_words(&self.hosts).map_err(|error| Failure::new(code::USAGE, &error))?;
        }
        let paths = [
            ("--read", &self.read, None, &mut all.read),
            ("--write", &self.write, None, &mut all.write),
            ("--deny", &self.deny, None, &mut all.deny),
            ("--socket", &self.sockets, Some(SSH_AGENT), &mut all.sockets),
            ("--device", &self.devices, Some(GPU), &mut all.devices),
        ];
        for (option, typed, word, list) in paths {
            for path in typed {
                let is_word = word.is_some_and(|word| path == Path::new(word));
                list.push(if is_word { path.display().to_string() } else { found(option, path, directory)? });
            }
        }
        all.publish.extend(&self.publish);
        all.protect = if self.protect || self.no_protect { Some(self.protect) } else { all.protect };
        Ok(all)
    }
}

/// The absolute path of what is there.
fn found(option: &str, path: &Path, directory: &Path) -> Result<String, Failure> {
    let absolute = directory.join(path);
    let refused = |text: &str| {
        let text = format!("`{}` {text}", path.display());
        Failure::said(code::USAGE, text, format!("check the path after `{option}`"))
    };
    if fs_err::symlink_metadata(&absolute).is_err() {
        return Err(refused("does not exist"));
    }
    if option == "--device" && !absolute.starts_with("/dev/") {
        return Err(refused("is not below `/dev/`"));
    }
    // `..` after a symbolic link is not what it looks like.
    let goes_up = absolute.components().any(|part| part == std::path::Component::ParentDir);
    let absolute = if goes_up { fs_err::canonicalize(&absolute).unwrap_or(absolute) } else { absolute };
    absolute.into_os_string().into_string().map_err(|_| refused("is not UTF-8"))
}

/// A word that `--net` takes.
fn host(word: &str) -> Result<String, String> {
    let word = word.to_owned();
    match Network::of_words(std::slice::from_ref(&word)) {
        Ok(_) => Ok(word),
        Err(error) => Err(format!("{error}; {}", error.hint().unwrap_or_default())),
    }
}
