//! A trace by hand: `trace [--wall] [--ignore DIRECTORY]... COMMAND...`. It prints what was used to standard error.

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return linux::main();
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
mod linux {
    use std::path::PathBuf;
    use std::process::{Command, ExitCode};

    use devshell_wall::{Access, Ending, Mount, Network, Use, Users, Wall, trace};

    pub fn main() -> ExitCode {
        let (mut wall, mut ignored) = (None, Vec::new());
        let mut words = std::env::args().skip(1);
        let mut next = || words.next().unwrap_or_default();
        let program = loop {
            match next().as_str() {
                "--wall" => wall = Some(whole_system()),
                "--ignore" => ignored.push(PathBuf::from(next())),
                program => break program.to_owned(),
            }
        };
        let (outcome, trace) =
            match trace(wall.as_ref().map(|wall| (wall, None)), Command::new(program).args(words), ignored) {
                Ok(both) => both,
                Err(fault) => {
                    eprintln!("trace: {fault} ({})", fault.is_of_trace());
                    return ExitCode::from(125);
                }
            };
        for Use { action, path, real, by, times, .. } in &trace.uses {
            let real = real.as_deref().unwrap_or("nothing".as_ref());
            eprintln!("{action:?} {} {} by {} x{times}", path.display(), real.display(), by.display());
        }
        match outcome.ending {
            Ending::Exited(status) => ExitCode::from(status),
            Ending::Signalled(signal) => ExitCode::from(128 + u8::try_from(signal).unwrap_or(0)),
            Ending::NotStarted(_) => ExitCode::from(126),
        }
    }

    fn whole_system() -> Wall {
        let same = ["/usr", "/etc", "/bin", "/lib", "/lib64"].map(|path| Mount::Same { target: path.into() });
        let directory = std::env::current_dir().unwrap_or_default();
        let own = Mount::bound(&directory, Access::ReadOnly);
        let devices = Mount::Devices { target: "/dev".into() };
        let processes = Mount::Processes { target: "/proc".into() };
        Wall {
            mounts: same.into_iter().chain([devices, processes, own]).collect(),
            network: Network::Host,
            directory,
            users: Users::Same,
        }
    }
}
