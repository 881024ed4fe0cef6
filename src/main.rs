//! The process's edge.

use std::process::ExitCode;

fn main() -> ExitCode {
    devshell::cli::main()
}
