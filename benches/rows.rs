//! The rows of the table: what is started, and what it is compared with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::peers;
use crate::prompt;
use crate::world::{SCRIPT, World};

/// The name of the row that every ratio is to.
pub const CONTROL: &str = "env -i true";

/// One line of the table.
pub struct Row {
    pub name: String,
    /// The name of the row it is subtracted from.
    pub against: String,
    pub action: Action,
}

/// Something to start, in a directory and with variables of its own.
pub struct Action {
    words: Vec<OsString>,
    directory: PathBuf,
    variables: BTreeMap<OsString, OsString>,
    kind: Kind,
}

enum Kind {
    /// To its end, with nothing to read and nobody who reads.
    Process,
    /// In a terminal, up to its prompt.
    Prompt,
    /// To its end, in a directory that never was before, with these files.
    Checkout { files: PathBuf, number: usize },
}

impl Action {
    pub fn process(words: &[&str], directory: &Path, variables: BTreeMap<OsString, OsString>) -> Self {
        let words = words.iter().map(OsString::from).collect();
        Self { words, directory: directory.to_owned(), variables, kind: Kind::Process }
    }

    /// What has to be done before, and is not measured.
    pub fn prepare(&mut self) -> Outcome<()> {
        if let Kind::Checkout { files, number } = &mut self.kind {
            // The directory stays around: another one in its place could get its inode number.
            self.directory.set_file_name(format!("checkout-{number}"));
            *number += 1;
            fs_err::create_dir_all(&self.directory)?;
            for name in ["devshell.json", "devshell.lock"] {
                fs_err::copy(files.join(name), self.directory.join(name))?;
            }
        }
        // With a directory of its own, a child would be forked and not spawned.
        std::env::set_current_dir(&self.directory)?;
        Ok(())
    }

    /// Runs it once and tells how long it took.
    pub fn run(&self) -> Outcome<Duration> {
        if matches!(self.kind, Kind::Prompt) {
            return prompt::first(&self.words, &self.directory, &self.variables);
        }
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).env_clear().envs(&self.variables);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.spawn()?.wait()?;
        let elapsed = start.elapsed();
        if status.success() { Ok(elapsed) } else { Err(format!("{:?} ended with {status}", self.words).into()) }
    }
}

/// All rows, and what there is to say about those that are missing.
pub fn all(world: &World) -> Outcome<(Vec<Row>, Vec<String>)> {
    let path = |program: &str| program_path(program);
    let devshell = world.devshell.to_str().ok_or("the executable's path is not UTF-8")?;
    let (env, truth, sh) = (path("env")?, path("true")?, path("sh")?);
    let mut rows = Vec::new();
    let mut add = |name: &str, against: &str, action: Action| {
        rows.push(Row { name: name.to_owned(), against: against.to_owned(), action });
    };
    let process = |words: &[&str], directory: &Path| Action::process(words, directory, world.variables());

    add(CONTROL, "", process(&[&env, "-i", &truth], &world.small));
    add("env -i true (the same again)", CONTROL, process(&[&env, "-i", &truth], &world.small));
    add("true", CONTROL, process(&[&truth], &world.small));

    let run = [devshell, "run", "--", "true"];
    add("devshell run -- true (5 tools)", CONTROL, process(&run, &world.small));
    for level in ["none", "pure"] {
        let words = [devshell, "run", "--isolation", level, "--", "true"];
        add(&format!("devshell run --isolation {level} -- true"), CONTROL, process(&words, &world.small));
    }
    add("devshell run -- true (lock of 1,000)", CONTROL, process(&run, &world.large));
    add("sh -c true", CONTROL, process(&[&sh, "-c", "true"], &world.small));
    add("devshell run SCRIPT (which is `true`)", "sh -c true", process(&[devshell, "run", SCRIPT], &world.small));
    let node = world.devshell(&world.small, &["run", "--", "sh", "-c", "command -v node"])?;
    let node = String::from_utf8(node.stdout)?;
    add("node --version (stand-in)", CONTROL, process(&[node.trim(), "--version"], &world.small));
    let run_node = [devshell, "run", "--", "node", "--version"];
    add("devshell run -- node --version", "node --version (stand-in)", process(&run_node, &world.small));
    for (name, files) in [("5 tools", &world.small), ("lock of 1,000", &world.large)] {
        let directory = world.small.with_file_name(name.replace([' ', ','], "-")).join("checkout");
        let kind = Kind::Checkout { files: files.clone(), number: 0 };
        let action = Action { kind, ..process(&run, &directory) };
        add(&format!("first devshell run in a new checkout ({name})"), CONTROL, action);
    }

    let mut notes = Vec::new();
    for peer in peers::all(world) {
        match peer.action {
            Ok((action, version)) => {
                add(peer.name, CONTROL, action);
                notes.push(format!("{}: {version}", peer.program));
            }
            Err(error) => notes.push(format!("`{}` was left out: {error}", peer.name)),
        }
    }

    for shell in ["bash", "zsh", "fish"] {
        let Ok(path) = program_path(shell) else {
            notes.push(format!("{shell} was left out: it is not there"));
            continue;
        };
        let bare = format!("{shell} -i, to its prompt");
        let prompt = |words: &[&str]| Action { kind: Kind::Prompt, ..process(words, &world.small) };
        add(&bare, CONTROL, prompt(&[&path, "-i"]));
        let enter = [devshell, "enter", "--shell", shell];
        add(&format!("devshell enter --shell {shell}, to its prompt"), &bare, prompt(&enter));
    }
    Ok((rows, notes))
}

/// The rows that are wanted, with the control rows and what they are compared with.
pub fn only(rows: Vec<Row>, substring: &str) -> Vec<Row> {
    let wanted = |row: &Row| row.name.contains(substring);
    let compared: Vec<String> = rows.iter().filter(|row| wanted(row)).map(|row| row.against.clone()).collect();
    let is_control = |row: &Row| row.name.starts_with(CONTROL);
    rows.into_iter().filter(|row| is_control(row) || wanted(row) || compared.contains(&row.name)).collect()
}

/// Where the system keeps a program.
pub fn program_path(program: &str) -> Outcome<String> {
    let path = which::which_in(program, Some("/bin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"), "/")
        .map_err(|_| format!("`{program}` is not there"))?;
    Ok(path.into_os_string().into_string().map_err(|_| format!("the path of `{program}` is not UTF-8"))?)
}
