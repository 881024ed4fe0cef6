//! The rows of the table: what is started, and what it is compared with.

use std::path::Path;

use crate::Outcome;
use crate::action::{Action, Kind, system_program};
use crate::peers;
use crate::places;
use crate::walls;
use crate::world::{SCRIPT, World};

/// One line of the table. The first one is the control: every ratio is to it, and the second is
/// the same again.
pub struct Row {
    pub name: String,
    /// The name of the row that is subtracted from this one.
    pub against: String,
    pub action: Action,
}

/// The rows whose names contain a text, with the control rows and what they are compared with,
/// and what there is to say about peers and about rows that are missing.
pub fn all(world: &World, only: &str) -> Outcome<(Vec<Row>, Vec<String>)> {
    let mut notes = Vec::new();
    let mut rows = processes(world)?;
    if !rows.iter().any(|row| row.name == walls::BUBBLEWRAP) {
        notes.push("bubblewrap was left out: there is no `bwrap` on PATH".to_owned());
    }
    let control = rows[0].name.clone();
    for peer in peers::ALL.iter().filter(|peer| peer.names.iter().any(|name| name.contains(only))) {
        match (peer.set_up)(world) {
            Ok((actions, version)) => {
                let named = peer.names.iter().map(|name| (*name).to_owned()).zip(actions);
                rows.extend(named.map(|(name, action)| Row { name, against: control.clone(), action }));
                notes.push(format!("{}: {version}", peer.program));
            }
            Err(error) => notes.push(format!("`{}` was left out: {error}", peer.program)),
        }
    }
    for shell in ["bash", "zsh", "fish"] {
        match prompts(world, shell) {
            Ok(pair) => rows.extend(pair),
            Err(error) => notes.push(format!("{shell} was left out: {error}")),
        }
    }
    let is_wanted = |row: &Row| row.name.contains(only);
    let compared: Vec<String> = rows.iter().filter(|row| is_wanted(row)).map(|row| row.against.clone()).collect();
    let is_control = |row: &Row| row.name.starts_with(&control);
    rows.retain(|row| is_control(row) || is_wanted(row) || compared.contains(&row.name));
    Ok((rows, notes))
}

/// Commands that run to their end.
fn processes(world: &World) -> Outcome<Vec<Row>> {
    let (env, truth, sh) = (system_program("env")?, system_program("true")?, system_program("sh")?);
    let control = format!("env -i {truth}");
    let shell = format!("{sh} -c true");
    let mut rows = Vec::new();
    let mut add = |name: &str, against: &str, action: Action| {
        rows.push(Row { name: name.to_owned(), against: against.to_owned(), action });
    };
    let process = |words: &[&str], directory: &Path| Action::process(words, directory, world.variables());
    let devshell = world.devshell.to_str().ok_or("the executable's path is not UTF-8")?;
    let run = [devshell, "run", "--", "true"];

    add(&control, &control, process(&[&env, "-i", &truth], &world.small));
    add(&format!("{control} (the same again)"), &control, process(&[&env, "-i", &truth], &world.small));
    add(&truth, &control, process(&[&truth], &world.small));
    add("devshell run -- true (5 tools)", &control, process(&run, &world.small));
    for level in ["none", "pure"] {
        let words = [devshell, "run", "--isolation", level, "--", "true"];
        add(&format!("devshell run --isolation {level} -- true"), &control, process(&words, &world.small));
    }
    // What a shell's hook runs when one comes to an allowed project.
    world.devshell(&world.small, &["allow"])?;
    world.devshell(&world.small, &["on-prompt", "bash", ""])?;
    let arrival = process(&[devshell, "on-prompt", "bash", ""], &world.small);
    add("devshell on-prompt (cd to 5 tools)", &control, arrival);
    let fresh = world.fresh.to_str().ok_or("the executable's path is not UTF-8")?;
    let run_fresh = [fresh, "run", "--", "true"];
    add("devshell run -- true (executable just written)", &control, process(&run_fresh, &world.small));
    add("devshell run -- true (lock of 1,000)", &control, process(&run, &world.large));
    add(&shell, &control, process(&[&sh, "-c", "true"], &world.small));
    add("devshell run SCRIPT (which is `true`)", &shell, process(&[devshell, "run", SCRIPT], &world.small));
    let node = world.devshell(&world.small, &["run", "--", "sh", "-c", "command -v node"])?;
    let node = String::from_utf8(node.stdout)?;
    let direct = "node --version (a stand-in)";
    add(direct, &control, process(&[node.trim(), "--version"], &world.small));
    let run_node = [devshell, "run", "--", "node", "--version"];
    add("devshell run -- node --version", direct, process(&run_node, &world.small));
    for (name, files) in [("5 tools", &world.small), ("lock of 1,000", &world.large)] {
        let kind = Kind::Checkout { files: files.clone(), number: 0 };
        let copies = world.home.join("copies").join(files.file_name().unwrap_or_default());
        let action = process(&run, &copies.join("none")).of_kind(kind);
        add(&format!("first devshell run in a new checkout ({name})"), &control, action);
    }
    rows.extend(walls::rows(world, &control)?);
    if cfg!(target_os = "linux") {
        rows.push(places::row(world, &truth)?);
    }
    Ok(rows)
}

/// A shell by itself and as a dev shell, both up to the prompt.
fn prompts(world: &World, shell: &str) -> Outcome<[Row; 2]> {
    let path = system_program(shell)?;
    let mut variables = world.variables();
    variables.insert("SHELL".into(), path.clone().into());
    let row = |name: String, against: &str, words: &[&str]| {
        let action = Action::process(words, &world.small, variables.clone());
        Row { name, against: against.to_owned(), action: action.of_kind(Kind::Prompt) }
    };
    let bare = format!("{shell} -i, to its prompt");
    let devshell = world.devshell.to_str().ok_or("the executable's path is not UTF-8")?;
    Ok([
        row(bare.clone(), "", &[&path, "-i"]),
        row(format!("devshell enter (SHELL={shell}), to its prompt"), &bare, &[devshell, "enter"]),
    ])
}
