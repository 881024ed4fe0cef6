//! The plan of a wall, from what is known about the project and the host: what is mounted where, in which order.

use std::path::{Path, PathBuf};

use devshell_wall::{Access, Mount, Network, Wall};

use super::fresh::fresh;
use super::{Place, hermetic};

/// Directories of the system that can be read. Some are links to others.
const SYSTEM: [&str; 10] = ["/usr", "/etc", "/opt", "/sys", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin"];

/// Those that hold commands: only what the dev shell's own commands lead to is in them.
const COMMANDS: [&str; 6] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local", "/usr/games"];

/// Where the system's files are once more, for links from those directories.
const HOST: &str = "/.host";

/// What only root can read, and nothing in a dev shell needs.
const SECRETS: [&str; 5] = ["/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers"];

/// Files of the user that shells and git read. Where a shell also writes, the directory itself is not among them.
const RC_FILES: [&str; 31] = [
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_aliases",
    ".profile",
    ".inputrc",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".p10k.zsh",
    ".oh-my-zsh",
    ".config/fish/config.fish",
    ".config/fish/conf.d",
    ".config/fish/functions",
    ".config/fish/completions",
    ".config/fish/fish_variables",
    ".config/nushell/config.nu",
    ".config/nushell/env.nu",
    ".config/nushell/autoload",
    ".config/elvish/rc.elv",
    ".config/elvish/lib",
    ".config/starship.toml",
    ".cshrc",
    ".tcshrc",
    ".kshrc",
    ".mkshrc",
    ".yashrc",
    ".gitconfig",
    ".config/git",
    ".terminfo",
];

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

/// The wall for one command.
pub fn plan(place: &Place) -> Wall {
    let mut mounts = Vec::new();
    match &place.base {
        Some(base) => mounts.extend(hermetic::system(place, base).into_iter().chain(fresh(place.project))),
        None => system(place, &mut mounts),
    }
    mounts.extend(place.home.map(|home| Mount::Memory { target: home.to_owned(), mode: 0o700 }));
    if let Some(home) = place.home.filter(|_| place.base.is_none()) {
        mounts.extend(RC_FILES.iter().map(|file| bind(home.join(file), Access::ReadOnly)));
    }
    if let Some(temporary) = place.temporary.filter(|path| path.is_absolute()) {
        mounts.push(Mount::Memory { target: temporary.to_owned(), mode: 0o1777 });
    }
    elsewhere(place, &mut mounts);
    mounts.extend(place.own.iter().map(|path| bind(path.clone(), Access::ReadOnly)));
    mounts.extend(place.wishes.read.iter().map(|path| bind(absolute(path, place), Access::ReadOnly)));
    mounts.extend(place.wishes.write.iter().map(|path| bind(absolute(path, place), Access::ReadWrite)));
    if let Some(worktree) = &place.worktree {
        mounts.push(bind(worktree.common.clone(), Access::ReadWrite));
        if protects(place) {
            mounts.extend(["hooks", "config"].map(|name| Mount::Protected { target: worktree.common.join(name) }));
        }
    }
    mounts.push(bind(place.state.to_owned(), Access::ReadWrite));
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
    mounts.extend(fresh(place.project));
    mounts.extend(SECRETS.iter().map(|path| Mount::Hidden { target: path.into() }));
    if let Some(resolver) = place.resolver.as_ref().filter(|_| place.wishes.net) {
        mounts.push(bind(resolver.clone(), Access::ReadOnly));
    }
    commands(place, mounts);
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
    let files = place.needed.files.iter().filter(|path| !is_command(path));
    mounts.extend(files.map(|path| bind(path.clone(), Access::ReadOnly)));
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
    // Of a worktree, it is a file that names the repository.
    let git = place.worktree.as_ref().map(|_| ".git");
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
            worktree: None,
            home: Some(Path::new("/home/ann")),
            own: vec!["/home/ann/.local/share/devshell".into()],
            state: Path::new("/home/ann/.local/state/devshell/x"),
            temporary: None,
            directory: Path::new("/home/ann/shop/src"),
            base: None,
            needed: Needed {
                links: [
                    ("/usr/bin/awk".into(), "/etc/alternatives/awk".into()),
                    ("/home/ann/bin/other".into(), "tool".into()),
                ]
                .into(),
                files: ["/usr/bin/mawk".into(), "/home/ann/bin/tool".into()].into(),
            },
            resolver: Some("/run/resolv.conf".into()),
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
