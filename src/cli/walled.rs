//! `devshell walled`, hidden: runs a program that builds a package, inside a builder's wall. devshell calls it itself, since
//! a wall needs a process with a single thread.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use devshell_wall::{probe, try_walls};

use super::Context;
use super::failure::{Failure, code};
use crate::sandbox::{self, Build};
use crate::session::{self, Ending, Walled};

/// Run a program that builds a package, without a network and without the user's files
#[derive(Args)]
pub struct Arguments {
    /// Only see whether a wall can be built, and print why not
    #[arg(long = "try", conflicts_with = "program")]
    only_try: bool,
    /// What can be read besides the system
    #[arg(long, value_name = "PATH")]
    read: Vec<PathBuf>,
    /// What can be changed; the program starts in the first of these
    #[arg(long, value_name = "PATH")]
    write: Vec<PathBuf>,
    #[arg(last = true, value_name = "PROGRAM", required_unless_present = "only_try")]
    program: Vec<OsString>,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<Ending, Failure> {
    if arguments.only_try {
        let Err(fault) = try_walls() else { return Ok(Ending::SUCCESS) };
        cx.ui.text(&format!("{}\n", probe(&fault)))?;
        return Ok(Ending::Exited(code::NO));
    }
    let directory = arguments.write.first().map_or(Path::new("/"), PathBuf::as_path);
    let wall = sandbox::builder(&Build {
        home: cx.host.home.as_deref(),
        path: cx.host.path_directories().collect(),
        read: &arguments.read,
        write: &arguments.write,
        directory,
    });
    let walled = Walled::closed(wall);
    let ending = session::become_command(&arguments.program, &cx.host.variables, directory, Some(&walled));
    Ok(ending?)
}
