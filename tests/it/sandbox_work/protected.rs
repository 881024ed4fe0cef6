//! `protect`: what other programs obey later stays as it is, whichever way it is changed.

use super::{Person, people, place, registry};
use crate::support::tree;

/// Files, and directories with the file `inside` in them.
pub const FILES: &[&str] =
    &[".git/config", ".gitmodules", "devshell.json", "devshell.lock", "flake.nix", ".envrc", ".mcp.json", ".npmrc"];
pub const DIRECTORIES: &[&str] =
    &[".git/hooks", ".git/modules", ".vscode", ".idea", ".zed", ".claude", ".codex", ".cursor"];

/// What is done to a file at `$1`.
pub const CHANGES: &[&str] = &[
    "echo x >>\"$1\"",
    ": >\"$1\"",
    "echo x >new && mv -f new \"$1\"",
    "ln -f devshell.json \"$1\"",
    "rm -f \"$1\" && echo x >\"$1\"",
    "mv \"$1\" \"$1.old\" && echo x >\"$1\"",
    "chmod 777 \"$1\"",
    "touch -d @0 \"$1\"",
    "sed -i s/./x/ \"$1\"",
    "ln \"$1\" hard && echo x >>hard",
    "truncate -s 0 /proc/self/cwd/\"$1\"",
    "umount \"$1\" && echo x >\"$1\"",
    "exec 3<>\"$1\" && echo x >&3",
];

/// What is done to a directory at `$1`, or to the one that is the parent of something.
pub const MOVES: &[&str] =
    &["mv \"$1\" \"$1.old\" && mkdir \"$1\"", "rmdir \"$1\"", "ln -sfT /tmp \"$1\"", "chmod 777 \"$1\""];

/// Writes all of them.
pub fn prepare(person: &Person) {
    person.project(r#""protect": true"#);
    let script = r"
        for file in .gitmodules flake.nix .envrc .mcp.json .npmrc; do test -e $file || echo '{}' >$file; done
        for directory in .git/hooks .git/modules .vscode .idea .zed .claude .codex .cursor; do
          mkdir -p $directory && echo x >$directory/inside
        done";
    person.sh(script).run().success();
}

/// One script with all of these, for each path.
pub fn attack(paths: &[String], ways: &[&str]) -> String {
    let ways = ways.iter().map(|way| format!("  ( {way} )\n")).collect::<String>();
    format!("exec 2>/dev/null\nfor path in {}; do\n  set -- \"$path\"\n{ways}done\necho done\n", paths.join(" "))
}

#[test]
fn what_is_protected_stays_as_it_is() {
    let registry = registry();
    let sandbox = place(&registry);
    for person in people(&sandbox, "sandbox_work::protected::what_is_protected_stays_as_it_is") {
        prepare(&person);
        let inside = DIRECTORIES.iter().map(|directory| format!("{directory}/inside"));
        let files: Vec<String> = FILES.iter().map(|file| (*file).to_owned()).chain(inside).collect();
        let new: Vec<String> = DIRECTORIES.iter().map(|directory| format!("{directory}/new")).collect();
        let directories: Vec<String> = DIRECTORIES.iter().map(|path| (*path).to_owned()).collect();
        let named = |path: &str| {
            let protected = FILES.iter().chain(DIRECTORIES);
            protected.clone().any(|protected| path == *protected) || path.contains('/')
        };
        let seen = || {
            let mut found = tree(&person.shop());
            // Directories whose entries may change, and what the attempts leave.
            found.retain(|path, _| named(path) && path != ".git/index");
            if person.is_weaker {
                // Landlock knows nothing of modes and times, only of what is in files.
                for about in found.values_mut() {
                    *about = about.splitn(3, ' ').last().unwrap_or_default().to_owned();
                }
            }
            found
        };
        let before = seen();
        for script in [attack(&files, CHANGES), attack(&new, &["echo x >\"$1\""]), attack(&directories, MOVES)] {
            let outcome = person.inside(&script);
            outcome.stdout("done\n");
            assert_eq!(seen(), before, "{script}: {outcome}");
            if person.is_weaker {
                // Modes can be changed, and devshell runs nothing that others can write.
                person.sh("chmod -R go-w .").run().success();
            }
        }
        // The parents of what is in another directory.
        let outcome = person.inside(&attack(&[".git".to_owned()], &MOVES[..3]));
        outcome.stdout("done\n");
        assert_eq!(seen(), before, "{outcome}");
    }
}
