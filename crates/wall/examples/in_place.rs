//! A place by hand: `in_place [--hosts-libraries] PREFIX COMMAND...`. The tests drive this program, since a process that goes
//! to a place is to become another one.

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return linux::main();
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::{Command, ExitCode};

    pub fn main() -> ExitCode {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let hosts_libraries = words.first().is_some_and(|word| word == "--hosts-libraries");
        let words = &words[usize::from(hosts_libraries)..];
        let [prefix, program, arguments @ ..] = words else { return ExitCode::from(2) };
        if let Err(fault) = devshell_wall::in_place(Path::new(prefix), hosts_libraries) {
            eprintln!("in_place: {fault}");
        }
        let error = Command::new(program).args(arguments).exec();
        eprintln!("in_place: {error}");
        ExitCode::from(126)
    }
}
