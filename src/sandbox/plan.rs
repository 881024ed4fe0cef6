//! The plan of a wall, from what is known about the project and the host: what is mounted where, in which order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount, NAME_SERVER, Network, Users, Wall};

use super::commands::{HOST, LOCAL};
use super::fish;
use super::fresh::fresh;
use super::granted::granted;
use super::repository::obeyed_by_git;
use super::{Place, Repository, hermetic, system};
use crate::manifest::SSH_AGENT;

/// Where NixOS has its programs, and the links that lead to them.
const OF_NIXOS: [&str; 2] = ["/nix/store", "/run/current-system"];

/// What other programs run or obey later, outside of the wall.
const OBEYED: [&str; 17] = [
    ".gitmodules",
    "devshell.json",
    "devshell.jsonc",
    "devshell.lock",
    "flake.nix",
    "flake.lock",
    "shell.nix",
    "default.nix",
    ".envrc",
    ".vscode",
    ".idea",
    ".zed",
    ".mcp.json",
    ".claude",
    ".codex",
    ".cursor",
    ".npmrc",
];

/// The wall for one command.
pub fn plan(place: &Place) -> Wall {
    let mut mounts = Vec::new();
    match &place.base {
        Some(base) => mounts.extend(hermetic::system(place, base).into_iter().chain(fresh(place.project))),
        None => of_host(place, &mut mounts),
    }
    mounts.extend(place.devices.iter().map(|path| Mount::Device { target: path.clone() }));
    if let Some(home) = place.home {
        mounts.push(Mount::Memory { target: home.to_owned(), mode: 0o700 });
    }
    // Without the files beside the project, git would take them for deleted.
    let around = place.repository.as_ref().filter(|repository| repository.top != place.project);
    mounts.extend(around.map(|repository| Mount::bound(&repository.top, Access::ReadOnly)));
    let rc_files = place.rc_files.iter().filter(|_| place.base.is_none());
    mounts.extend(rc_files.map(|file| Mount::bound(file, Access::ReadOnly)));
    if let Some(temporary) = place.temporary.filter(|path| path.is_absolute()) {
        mounts.push(Mount::Memory { target: temporary.to_owned(), mode: 0o1777 });
    }
    if let Some(runtime) = place.runtime.filter(|path| path.starts_with("/run")) {
        mounts.push(Mount::Memory { target: runtime.to_owned(), mode: 0o700 });
    }
    elsewhere(place, &mut mounts);
    mounts.extend(place.own.iter().map(|path| Mount::bound(path, Access::ReadOnly)));
    let top = place.repository.as_ref().map(|repository| repository.top.as_path());
    let whole: Vec<&Path> = [place.project].into_iter().chain(top).collect();
    for (paths, access) in [(&place.wishes.read, Access::ReadOnly), (&place.wishes.write, Access::ReadWrite)] {
        mounts.extend(paths.iter().flat_map(|path| granted(absolute(path, place), access, &whole)));
    }
    mounts.extend(fish::over_read_only(place, &mounts));
    mounts.extend(sockets(place).map(|path| Mount::bound(path, Access::ReadWrite)));
    if let Some(Repository { git, .. }) = &place.repository {
        mounts.push(Mount::bound(git, Access::ReadWrite));
        if protects(place) {
            mounts.extend(obeyed_by_git(git).into_iter().map(|target| Mount::Protected { target }));
        }
    }
    mounts.push(Mount::bound(place.state, Access::ReadWrite));
    mounts.extend(place.kept.iter().map(|(source, target)| {
        let (source, target) = (source.clone(), target.clone());
        Mount::Bind { source, target, access: Access::ReadWrite }
    }));
    mounts.push(Mount::bound(place.project, Access::ReadWrite));
    // CI systems keep only what is in the project, so the store may be there.
    let within = place.own.iter().filter(|path| path.starts_with(place.project) && path.is_dir());
    mounts.extend(within.map(|path| Mount::bound(path, Access::ReadOnly)));
    if protects(place) {
        protect(place, &mut mounts);
    }
    deny(place, &mut mounts);
    Wall { mounts, network: place.network.clone(), directory: place.directory.to_owned(), users: Users::Same }
}

/// Whether what is obeyed later is read-only.
pub fn protects(place: &Place) -> bool {
    place.wishes.protect.unwrap_or(!place.interactive)
}

fn of_host(place: &Place, mounts: &mut Vec<Mount>) {
    mounts.extend(system::system(place.project));
    mounts.extend(OF_NIXOS.iter().map(|path| Mount::Same { target: path.into() }));
    names(place, mounts);
    commands(place, mounts);
}

/// The lines of resolv.conf(5) that name the wall's own server.
pub fn own_name_server() -> String {
    format!("nameserver {NAME_SERVER}\n")
}

/// Who is asked for addresses: the servers of the host, or the wall's own.
fn names(place: &Place, mounts: &mut Vec<Mount>) {
    if place.network == Network::Host {
        // Elsewhere than in /run, it is there already.
        let resolver = place.resolver.iter().filter(|path| path.starts_with("/run"));
        mounts.extend(resolver.map(|path| Mount::bound(path, Access::ReadOnly)));
        return;
    }
    let content = || own_name_server().into_bytes();
    mounts.extend(place.resolver.iter().map(|path| Mount::File { target: path.clone(), content: content() }));
    let content = format!("127.0.0.1 localhost {name}\n::1 localhost {name}\n", name = place.hostname).into_bytes();
    mounts.push(Mount::File { target: "/etc/hosts".into(), content });
}

/// The directories of commands: only what the dev shell's own commands lead to is in them.
fn commands(place: &Place, mounts: &mut Vec<Mount>) {
    let host = Path::new(HOST);
    for directory in ["usr", "bin", "sbin"] {
        let source = Path::new("/").join(directory);
        mounts.push(Mount::Bind { source, target: host.join(directory), access: Access::ReadOnly });
    }
    mounts.push(Mount::Replaced { target: LOCAL.into() });
    let loose: BTreeSet<&Path> = place.commands.loose.keys().filter_map(|path| path.parent()).collect();
    mounts.extend(loose.into_iter().map(|path| Mount::Replaced { target: path.to_owned() }));
    let link = |(path, to): (&PathBuf, &PathBuf)| Mount::Link { target: path.clone(), to: to.clone() };
    mounts.extend(place.commands.loose.iter().map(link));
    mounts.extend(place.commands.replaced.iter().map(|(path, taker)| {
        let (source, target) = (taker.clone(), path.clone());
        Mount::Bind { source, target, access: Access::ReadOnly }
    }));
}

/// The same where people have commands of their own.
fn elsewhere(place: &Place, mounts: &mut Vec<Mount>) {
    let elsewhere = &place.commands.elsewhere;
    mounts.extend(elsewhere.files.iter().map(|path| Mount::bound(path, Access::ReadOnly)));
    let links = elsewhere.links.iter();
    mounts.extend(links.map(|(path, to)| Mount::Link { target: path.clone(), to: to.clone() }));
}

fn absolute(path: &str, place: &Place) -> PathBuf {
    match (path.strip_prefix("~/"), place.home) {
        (Some(below), Some(home)) => home.join(below),
        _ => place.project.join(path),
    }
}

fn sockets(place: &Place) -> impl Iterator<Item = PathBuf> {
    let path = |wish: &String| match wish.as_str() {
        SSH_AGENT => place.agent.map(Path::to_owned).filter(|path| path.is_absolute()),
        path => Some(absolute(path, place)),
    };
    place.wishes.sockets.iter().filter_map(path)
}

fn protect(place: &Place, mounts: &mut Vec<Mount>) {
    // Of a worktree and a submodule, it is a file that names the repository.
    let git = place.project.join(".git");
    let named = place.repository.as_ref().map(|_| git.clone());
    let others = OBEYED.iter().map(|path| place.project.join(path));
    for target in obeyed_by_git(&git).into_iter().chain(others).chain(named) {
        pin_parents(place.project, &target, mounts);
        mounts.push(Mount::Protected { target });
    }
}

fn deny(place: &Place, mounts: &mut Vec<Mount>) {
    for target in place.wishes.deny.iter().map(|path| absolute(path, place)) {
        pin_parents(place.project, &target, mounts);
        mounts.push(Mount::Hidden { target });
    }
}

/// Mounts the directories between the project and something in it on themselves, once: they cannot be moved away, so that
/// nothing else can come to be at that path.
fn pin_parents(project: &Path, path: &Path, mounts: &mut Vec<Mount>) {
    let parents = path.ancestors().skip(1).take_while(|parent| *parent != project && parent.starts_with(project));
    let pins: Vec<Mount> = parents.map(|parent| Mount::Pinned { target: parent.to_owned() }).collect();
    for pin in pins.into_iter().rev() {
        if !mounts.contains(&pin) {
            mounts.push(pin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Sandbox;
    use crate::sandbox::{Commands, Needed};

    fn planned(wishes: &Sandbox, interactive: bool) -> Wall {
        planned_with(wishes, interactive, Network::Host)
    }

    fn planned_with(wishes: &Sandbox, interactive: bool, network: Network) -> Wall {
        plan(&Place {
            wishes,
            project: Path::new("/home/ann/shop"),
            repository: None,
            home: Some(Path::new("/home/ann")),
            rc_files: vec!["/home/ann/.bashrc".into()],
            own: vec!["/home/ann/.local/share/devshell".into()],
            state: Path::new("/home/ann/.local/state/devshell/x"),
            temporary: None,
            directory: Path::new("/home/ann/shop/src"),
            base: None,
            commands: &Commands {
                replaced: vec![("/usr/bin".into(), "/home/ann/.local/share/devshell/links/x/bin".into())],
                loose: [("/usr/sbin/zsh".into(), "/.host/usr/sbin/zsh".into())].into(),
                elsewhere: Needed {
                    links: [("/home/ann/bin/other".into(), "tool".into())].into(),
                    files: ["/home/ann/bin/tool".into()].into(),
                },
            },
            network,
            resolver: Some("/run/resolv.conf".into()),
            hostname: "box",
            agent: Some(Path::new("/tmp/agent/socket")),
            devices: vec!["/dev/dri".into()],
            kept: None,
            runtime: None,
            interactive,
        })
    }

    fn place(wall: &Wall, mount: &Mount) -> usize {
        wall.mounts.iter().position(|one| one == mount).unwrap_or_else(|| panic!("{mount:?}: {wall:#?}"))
    }

    fn read(path: &str) -> Mount {
        Mount::bound(path, Access::ReadOnly)
    }

    fn write(path: &str) -> Mount {
        Mount::bound(path, Access::ReadWrite)
    }

    /// What is inside of something else comes after it.
    #[test]
    fn the_order_is_from_the_outside_to_the_inside() {
        let wishes = Sandbox {
            read: vec!["~/.netrc".to_owned()],
            write: vec!["~/.cache/uv".to_owned(), "/srv/data".to_owned()],
            deny: vec![".env".to_owned(), "conf/keys".to_owned()],
            sockets: vec!["ssh-agent".to_owned()],
            ..Sandbox::default()
        };
        let wall = planned(&wishes, false);
        let hidden = |path: &str| Mount::Hidden { target: path.into() };
        let order = [
            Mount::Same { target: "/usr".into() },
            Mount::Devices { target: "/dev".into() },
            Mount::Replaced { target: "/usr/sbin".into() },
            Mount::Link { target: "/usr/sbin/zsh".into(), to: "/.host/usr/sbin/zsh".into() },
            Mount::Bind {
                source: "/home/ann/.local/share/devshell/links/x/bin".into(),
                target: "/usr/bin".into(),
                access: Access::ReadOnly,
            },
            Mount::Device { target: "/dev/dri".into() },
            Mount::Memory { target: "/home/ann".into(), mode: 0o700 },
            read("/home/ann/.bashrc"),
            // A command that is not in a directory of the system is there as it is.
            read("/home/ann/bin/tool"),
            Mount::Link { target: "/home/ann/bin/other".into(), to: "tool".into() },
            read("/home/ann/.local/share/devshell"),
            read("/home/ann/.netrc"),
            write("/home/ann/.cache/uv"),
            write("/tmp/agent/socket"),
            write("/home/ann/shop"),
            Mount::Pinned { target: "/home/ann/shop/.git".into() },
            Mount::Protected { target: "/home/ann/shop/.git/hooks".into() },
            hidden("/home/ann/shop/.env"),
            Mount::Pinned { target: "/home/ann/shop/conf".into() },
            hidden("/home/ann/shop/conf/keys"),
        ];
        assert!(order.iter().map(|mount| place(&wall, mount)).is_sorted(), "{wall:#?}");
        place(&wall, &write("/srv/data"));
        assert_eq!(wall.directory, Path::new("/home/ann/shop/src"));
    }

    #[test]
    fn a_person_who_types_may_change_what_is_obeyed_later() {
        let hooks = Mount::Protected { target: "/home/ann/shop/.git/hooks".into() };
        for (protect, interactive, expected) in
            [(None, false, true), (None, true, false), (Some(true), true, true), (Some(false), false, false)]
        {
            let wall = planned(&Sandbox { protect, ..Sandbox::default() }, interactive);
            assert_eq!(wall.mounts.contains(&hooks), expected, "{protect:?} {interactive}");
        }
    }

    #[test]
    fn what_is_asked_for_addresses_goes_with_the_network() {
        let cover = |path: &str, content: &str| Mount::File { target: path.into(), content: content.into() };
        let own = [
            cover("/run/resolv.conf", "nameserver 198.18.0.1\n"),
            cover("/etc/hosts", "127.0.0.1 localhost box\n::1 localhost box\n"),
        ];
        for (network, has_own) in [(Network::Host, false), (Network::Gated { published: vec![3000] }, true)] {
            let wall = planned_with(&Sandbox::default(), true, network.clone());
            assert_eq!(wall.network, network);
            assert_eq!(wall.mounts.contains(&read("/run/resolv.conf")), !has_own);
            assert!(own.iter().all(|mount| wall.mounts.contains(mount) == has_own));
        }
    }
}
