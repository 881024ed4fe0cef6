//! Whether a command can start in a directory: inside a wall, most directories of the host are not there.

use std::path::Path;

use devshell_wall::{Mount, Wall};

/// Whether a directory of the host is certain to be missing inside.
pub fn is_missing(wall: &Wall, directory: &Path) -> bool {
    // What is on the way to something is made.
    let is_on_the_way = |mount: &Mount| match mount {
        Mount::Bind { target, .. } => target.starts_with(directory) && target.exists(),
        Mount::Memory { target, .. } => target.starts_with(directory),
        _ => false,
    };
    if wall.mounts.iter().any(is_on_the_way) {
        return false;
    }
    let covering = wall.mounts.iter().rev().find_map(|mount| match mount {
        Mount::Bind { target, .. } | Mount::Same { target } | Mount::Processes { target } => {
            directory.starts_with(target).then_some(false)
        }
        Mount::Memory { target, .. } | Mount::Replaced { target } | Mount::Devices { target } => {
            directory.starts_with(target).then_some(directory != target)
        }
        _ => None,
    });
    covering.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use devshell_wall::{Access, Network, Users};

    use super::*;

    #[test]
    fn what_is_not_mounted_is_missing() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        fs_err::create_dir_all(at("home/code/shop/src")).unwrap();
        let bind = |path: &str| Mount::Bind { source: at(path), target: at(path), access: Access::ReadWrite };
        let mounts = vec![
            Mount::Same { target: at("usr") },
            Mount::Replaced { target: at("usr/bin") },
            Mount::Memory { target: at("home"), mode: 0o700 },
            bind("home/code/shop"),
            bind("home/gone/data"),
        ];
        let wall = Wall { mounts, network: Network::Host, directory: at("usr"), users: Users::Same };
        for (path, expected) in [
            ("usr/share/doc", false),
            ("usr/bin", false),
            ("usr/bin/sub", true),
            ("home", false),
            ("home/code", false),
            ("home/code/shop/src", false),
            ("home/code/blog", true),
            ("home/gone", true),
            ("srv", true),
            ("", false),
        ] {
            assert_eq!(is_missing(&wall, &at(path)), expected, "{path}");
        }
    }
}
