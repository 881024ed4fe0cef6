//! The plan of a wall, from what is known about the project and the host: what is mounted where, in which order.

use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount, Network, Wall};

use super::granted::granted;
use super::installed::installed;
use super::{Place, Repository};

/// Directories of the system that can be read. Some are links to others.
const SYSTEM: [&str; 10] = ["/usr", "/etc", "/opt", "/sys", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"];

/// Those that hold commands: only what the dev shell's own commands lead to is in them.
const COMMANDS: [&str; 6] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local", "/usr/games"];

/// Where the system's files are once more, for links from those directories.
const HOST: &str = "/.host";

/// A link that says which project's wall this is.
pub(super) const MARK: &str = "/.devshell-wall";

/// What only root can read, and nothing in a dev shell needs.
const SECRETS: [&str; 5] = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers"];

/// What is empty at first, and gone at the end.
const MEMORY: [(&str, u32); 4] = [("/run", 0o755), ("/var", 0o755), ("/var/tmp", 0o1777), ("/tmp", 0o1777)];

/// What other programs run or obey later, outside of the wall.
const OBEYED: [&str; 16] = [
    ".git/hooks",
    ".git/config",
    ".git/modules",
    ".gitmodules",
    "devshell.json",
    "devshell.jsonc",
    "devshell.lock",
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

/// The same where git has a repository's history.
const OF_GIT: [&str; 3] = ["hooks", "config", "modules"];

/// The wall for one command.
pub fn plan(place: &Place) -> Wall {
    let mut mounts = Vec::new();
    system(place, &mut mounts);
    if let Some(home) = place.home {
        mounts.push(Mount::Memory { target: home.to_owned(), mode: 0o700 });
    }
    // Without the files beside the project, git would take them for deleted.
    let around = place.repository.as_ref().filter(|repository| repository.top != place.project);
    mounts.extend(around.map(|repository| bind(repository.top.clone(), Access::ReadOnly)));
    mounts.extend(place.rc_files.iter().map(|file| bind(file.clone(), Access::ReadOnly)));
    if let Some(temporary) = place.temporary.filter(|path| path.is_absolute()) {
        mounts.push(Mount::Memory { target: temporary.to_owned(), mode: 0o1777 });
    }
    if let Some(runtime) = place.runtime.filter(|path| path.starts_with("/run")) {
        mounts.push(Mount::Memory { target: runtime.to_owned(), mode: 0o700 });
    }
    elsewhere(place, &mut mounts);
    mounts.extend(place.own.iter().map(|path| bind(path.clone(), Access::ReadOnly)));
    let top = place.repository.as_ref().map(|repository| repository.top.as_path());
    let whole: Vec<&Path> = [place.project].into_iter().chain(top).collect();
    for (paths, access) in [(&place.wishes.read, Access::ReadOnly), (&place.wishes.write, Access::ReadWrite)] {
        mounts.extend(paths.iter().flat_map(|path| granted(absolute(path, place), access, &whole)));
    }
    if let Some(Repository { git, .. }) = &place.repository {
        mounts.push(bind(git.clone(), Access::ReadWrite));
        if protects(place) {
            mounts.extend(OF_GIT.map(|name| Mount::Protected { target: git.join(name) }));
        }
    }
    mounts.push(bind(place.state.to_owned(), Access::ReadWrite));
    mounts.extend(place.kept.iter().map(|(source, target)| {
        let (source, target) = (source.clone(), target.clone());
        Mount::Bind { source, target, access: Access::ReadWrite }
    }));
    mounts.push(bind(place.project.to_owned(), Access::ReadWrite));
    if protects(place) {
        protect(place, &mut mounts);
    }
    deny(place, &mut mounts);
    let network = if place.wishes.net { Network::Host } else { Network::None };
    Wall { mounts, network, directory: place.directory.to_owned() }
}

fn protects(place: &Place) -> bool {
    place.wishes.protect.unwrap_or(!place.interactive)
}

fn bind(path: PathBuf, access: Access) -> Mount {
    Mount::Bind { source: path.clone(), target: path, access }
}

fn system(place: &Place, mounts: &mut Vec<Mount>) {
    mounts.extend(SYSTEM.iter().map(|path| Mount::Same { target: path.into() }));
    mounts.push(Mount::Devices { target: "/dev".into() });
    mounts.push(Mount::Processes { target: "/proc".into() });
    mounts.extend(MEMORY.iter().map(|(path, mode)| Mount::Memory { target: path.into(), mode: *mode }));
    mounts.extend(SECRETS.iter().map(|path| Mount::Hidden { target: path.into() }));
    if let Some(resolver) = place.resolver.as_ref().filter(|_| place.wishes.net) {
        mounts.push(bind(resolver.clone(), Access::ReadOnly));
    }
    commands(place, mounts);
    mounts.push(Mount::Link { target: MARK.into(), to: place.project.to_owned() });
}

/// The directories of commands, with what the dev shell's commands lead to.
fn commands(place: &Place, mounts: &mut Vec<Mount>) {
    let host = Path::new(HOST);
    for directory in ["usr", "bin", "sbin"] {
        let source = Path::new("/").join(directory);
        mounts.push(Mount::Bind { source, target: host.join(directory), access: Access::ReadOnly });
    }
    mounts.extend(COMMANDS.iter().map(|path| Mount::Replaced { target: path.into() }));
    mounts.extend(links(place, true));
    mounts.extend(place.needed.files.iter().filter(|path| is_command(path)).map(|path| {
        let to = host.join(path.strip_prefix("/").unwrap_or(path));
        Mount::Link { target: path.clone(), to }
    }));
}

/// The same where people have commands of their own.
fn elsewhere(place: &Place, mounts: &mut Vec<Mount>) {
    let files = place.needed.files.iter().filter(|path| !is_command(path)).cloned().collect();
    mounts.extend(installed(&files, place.home).into_iter().map(|path| bind(path, Access::ReadOnly)));
    mounts.extend(links(place, false));
}

fn links(place: &Place, of_system: bool) -> impl Iterator<Item = Mount> {
    let links = place.needed.links.iter().filter(move |(path, _)| is_command(path) == of_system);
    links.map(|(path, to)| Mount::Link { target: path.clone(), to: to.clone() })
}

fn is_command(path: &Path) -> bool {
    COMMANDS.iter().any(|directory| path.starts_with(directory))
}

fn absolute(path: &str, place: &Place) -> PathBuf {
    match (path.strip_prefix("~/"), place.home) {
        (Some(below), Some(home)) => home.join(below),
        _ => place.project.join(path),
    }
}

fn protect(place: &Place, mounts: &mut Vec<Mount>) {
    // Of a worktree and a submodule, it is a file that names the repository.
    let git = place.repository.as_ref().map(|_| ".git");
    for path in OBEYED.into_iter().chain(git) {
        let target = place.project.join(path);
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
    use crate::sandbox::Needed;

    fn planned(wishes: &Sandbox, interactive: bool) -> Wall {
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
            needed: Needed {
                links: [
                    ("/usr/bin/awk".into(), "/etc/alternatives/awk".into()),
                    ("/home/ann/bin/other".into(), "tool".into()),
                ]
                .into(),
                files: ["/usr/bin/mawk".into(), "/home/ann/bin/tool".into()].into(),
            },
            resolver: Some("/run/resolv.conf".into()),
            kept: None,
            runtime: None,
            interactive,
        })
    }

    fn place(wall: &Wall, mount: &Mount) -> usize {
        wall.mounts.iter().position(|one| one == mount).unwrap_or_else(|| panic!("{mount:?}: {wall:#?}"))
    }

    fn read(path: &str) -> Mount {
        bind(path.into(), Access::ReadOnly)
    }

    fn write(path: &str) -> Mount {
        bind(path.into(), Access::ReadWrite)
    }

    /// What is inside of something else comes after it.
    #[test]
    fn the_order_is_from_the_outside_to_the_inside() {
        let wishes = Sandbox {
            read: vec!["~/.netrc".to_owned()],
            write: vec!["~/.cache/uv".to_owned(), "/srv/data".to_owned()],
            deny: vec![".env".to_owned(), "conf/keys".to_owned()],
            ..Sandbox::default()
        };
        let wall = planned(&wishes, false);
        let hidden = |path: &str| Mount::Hidden { target: path.into() };
        let order = [
            Mount::Same { target: "/usr".into() },
            Mount::Replaced { target: "/usr/bin".into() },
            Mount::Link { target: "/usr/bin/mawk".into(), to: "/.host/usr/bin/mawk".into() },
            Mount::Memory { target: "/home/ann".into(), mode: 0o700 },
            read("/home/ann/.bashrc"),
            // A command that is not in a directory of the system is there as it is.
            read("/home/ann/bin/tool"),
            Mount::Link { target: "/home/ann/bin/other".into(), to: "tool".into() },
            read("/home/ann/.local/share/devshell"),
            read("/home/ann/.netrc"),
            write("/home/ann/.cache/uv"),
            write("/home/ann/shop"),
            Mount::Pinned { target: "/home/ann/shop/.git".into() },
            Mount::Protected { target: "/home/ann/shop/.git/hooks".into() },
            hidden("/home/ann/shop/.env"),
            Mount::Pinned { target: "/home/ann/shop/conf".into() },
            hidden("/home/ann/shop/conf/keys"),
        ];
        assert!(order.iter().map(|mount| place(&wall, mount)).is_sorted(), "{wall:#?}");
        place(&wall, &write("/srv/data"));
        place(&wall, &Mount::Link { target: "/usr/bin/awk".into(), to: "/etc/alternatives/awk".into() });
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
    fn without_a_network_there_are_no_name_servers() {
        for net in [true, false] {
            let wall = planned(&Sandbox { net, ..Sandbox::default() }, true);
            let expected = if net { Network::Host } else { Network::None };
            assert_eq!((wall.network, wall.mounts.contains(&read("/run/resolv.conf"))), (expected, net));
        }
    }
}
