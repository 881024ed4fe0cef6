//! What is started and timed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::prompt;

/// Something to start, in a directory and with variables of its own.
pub struct Action {
    words: Vec<OsString>,
    directory: PathBuf,
    variables: BTreeMap<OsString, OsString>,
    kind: Kind,
}

pub enum Kind {
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

    pub fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// What has to be done before, and is not measured.
    pub fn prepare(&mut self) -> Outcome<()> {
        if let Kind::Checkout { files, number } = &mut self.kind {
            // Each has a name of its own, since devshell knows the paths that it has seen.
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

/// Where the system keeps a program.
pub fn system_program(program: &str) -> Outcome<String> {
    let path = which::which_in(program, Some("/bin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"), "/")
        .map_err(|_| format!("`{program}` is not there"))?;
    Ok(path.into_os_string().into_string().map_err(|_| format!("the path of `{program}` is not UTF-8"))?)
}
