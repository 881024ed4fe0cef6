//! Rows for isolation `sandbox`, and for bubblewrap with the same layout.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::action::{Action, system_program};
use crate::rows::Row;
use crate::world::World;

pub const BUBBLEWRAP: &str = "bwrap, with the sandbox's layout";

/// What is bound where, beside the store, the project and the directories of commands.
const LAYOUT: &str = "--unshare-user --unshare-pid --unshare-ipc --ro-bind /usr /usr --ro-bind /etc /etc --ro-bind /opt /opt \
    --ro-bind /sys /sys --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib --symlink usr/lib64 /lib64 \
    --dev /dev --proc /proc --tmpfs /run --tmpfs /var --tmpfs /var/tmp --tmpfs /tmp --ro-bind /usr /.host/usr \
    --tmpfs /usr/local";

/// Each is compared with the control, and the network by name with the sandbox.
pub fn rows(world: &World, control: &str) -> Outcome<Vec<Row>> {
    let devshell = world.devshell.to_str().ok_or("the executable's path is not UTF-8")?;
    let sandbox = "devshell run --isolation sandbox -- true";
    let row = |name: &str, against: &str, words: &[&str]| Row {
        name: name.to_owned(),
        against: against.to_owned(),
        action: Action::process(words, &world.small, world.variables()),
    };
    let run = [devshell, "run", "--isolation", "sandbox", "--", "true"];
    let named = [devshell, "run", "--isolation", "sandbox", "--net", "a.example", "--", "true"];
    // The directories of commands are made when the environment is composed.
    world.devshell(&world.small, &run[1..])?;
    let mut rows =
        vec![row(sandbox, control, &run), row("devshell run --isolation sandbox --net HOST -- true", sandbox, &named)];
    if let Ok(bwrap) = system_program("bwrap") {
        let words = bubblewrap(world, &bwrap)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        rows.push(row(BUBBLEWRAP, control, &words));
    }
    Ok(rows)
}

fn bubblewrap(world: &World, bwrap: &str) -> Outcome<Vec<String>> {
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or("a path is not UTF-8");
    let data = world.home.join(".local/share/devshell");
    let commands = text(&largest(&data.join("links-1"))?)?;
    let mut words: Vec<String> = [bwrap].into_iter().chain(LAYOUT.split_whitespace()).map(str::to_owned).collect();
    let mut add = |option: &str, source: &str, target: &str| words.extend([option, source, target].map(str::to_owned));
    for directory in ["/usr/bin", "/usr/sbin", "/usr/games"] {
        add("--ro-bind", &commands, directory);
    }
    let home = text(&world.home)?;
    words.extend(["--tmpfs".to_owned(), home.clone()]);
    let mut add = |option: &str, path: &str| words.extend([option, path, path].map(str::to_owned));
    for file in [".bashrc", ".zshrc", ".config/fish/config.fish"] {
        add("--ro-bind-try", &format!("{home}/{file}"));
    }
    add("--ro-bind", &text(&data)?);
    add("--ro-bind", &format!("{home}/.cache/devshell"));
    add("--bind", &format!("{home}/.local/state/devshell"));
    let project = text(&world.small)?;
    add("--bind", &project);
    for file in ["devshell.json", "devshell.lock"] {
        add("--ro-bind", &format!("{project}/{file}"));
    }
    words.extend(["--chdir", &project, "true"].map(str::to_owned));
    Ok(words)
}

/// The directory with the most commands: that for `/usr/bin`.
fn largest(links: &Path) -> Outcome<PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(links)? {
        let bin = entry?.path().join("bin");
        found.push((fs_err::read_dir(&bin).map_or(0, Iterator::count), bin));
    }
    found.into_iter().max().map(|(_, bin)| bin).ok_or_else(|| "there are no directories of links".into())
}
