//! A wall by hand: `wall [--net] [--ro PATH]... [--rw PATH]... [--hide PATH]... [--protect PATH]... DIRECTORY COMMAND...`.
//! The tests drive this program, since a wall wants a process of a single thread. `--without CALL` is an older kernel,
//! `--landlock` a wall without namespaces.

#[cfg(target_os = "linux")]
mod without;

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

    use devshell_wall::{Access, Ending, LandlockWall, Mount, Network, Wall, probe, run, run_with_landlock};

    pub fn main() -> ExitCode {
        let mut wall = Wall { mounts: Vec::new(), network: Network::None, directory: PathBuf::new() };
        let bind = |path: &str, access| Mount::Bind { source: path.into(), target: path.into(), access };
        let mut words = std::env::args().skip(1);
        let mut landlock = false;
        let mut next = || words.next().unwrap_or_default();
        loop {
            match next().as_str() {
                "--without" => crate::without::lack(&next()),
                "--landlock" => landlock = true,
                "--net" => wall.network = Network::Host,
                "--ro" => wall.mounts.push(bind(&next(), Access::ReadOnly)),
                "--rw" => wall.mounts.push(bind(&next(), Access::ReadWrite)),
                "--hide" => wall.mounts.push(Mount::Hidden { target: next().into() }),
                "--protect" => wall.mounts.push(Mount::Protected { target: next().into() }),
                "--same" => wall.mounts.push(Mount::Same { target: next().into() }),
                "--pin" => wall.mounts.push(Mount::Pinned { target: next().into() }),
                "--replace" => wall.mounts.push(Mount::Replaced { target: next().into() }),
                "--memory" => wall.mounts.push(Mount::Memory { target: next().into(), mode: 0o1777 }),
                "--link" => wall.mounts.push(Mount::Link { target: next().into(), to: next().into() }),
                "--dev" => wall.mounts.push(Mount::Devices { target: next().into() }),
                "--proc" => wall.mounts.push(Mount::Processes { target: next().into() }),
                directory => {
                    wall.directory = directory.into();
                    break;
                }
            }
        }
        let mut command = Command::new(next());
        command.args(words);
        let ending = if landlock {
            LandlockWall::plan(&wall).and_then(|landlock| run_with_landlock(&landlock, &mut command))
        } else {
            run(&wall, &mut command)
        };
        match ending {
            Ok(Ending::Exited(status)) => ExitCode::from(status),
            Ok(Ending::Signalled(signal)) => ExitCode::from(128 + u8::try_from(signal).unwrap_or(0)),
            Ok(Ending::NotStarted(number)) => {
                let error = std::io::Error::from_raw_os_error(number);
                eprintln!("wall: cannot run `{}`: {error}", command.get_program().display());
                ExitCode::from(126)
            }
            Err(fault) => {
                eprintln!("wall: {fault} ({})", probe(&fault));
                ExitCode::from(125)
            }
        }
    }
}
