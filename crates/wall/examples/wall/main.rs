//! A wall by hand: `wall [--net] [--ro PATH]... [--rw PATH]... [--hide PATH]... [--protect PATH]... DIRECTORY COMMAND...`.
//! `--let HOST:PORT TO` lets connections through to another address; `*.HOST` is allowed too. `--publish PORT` publishes one.
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
    use std::io;
    use std::net::{SocketAddr, TcpStream};
    use std::path::PathBuf;
    use std::process::{Command, ExitCode};
    use std::sync::Mutex;

    use devshell_wall::{
        Access, Ending, Gate, LandlockWall, Mount, NAME_SERVER, Network, Outcome, Users, Wall, probe, run, run_while,
        run_with_landlock,
    };

    /// Names with a port, and the addresses that they really are; and what was refused.
    #[derive(Default)]
    struct Names {
        known: Vec<(String, u16, SocketAddr)>,
        refused: Mutex<Vec<String>>,
    }

    impl Names {
        fn find(&self, name: &str) -> impl Iterator<Item = &(String, u16, SocketAddr)> {
            self.known.iter().filter(move |(known, ..)| {
                known == name || known.strip_prefix('*').is_some_and(|end| name.ends_with(end))
            })
        }
    }

    impl Gate for Names {
        fn ports(&self, name: &str) -> Vec<u16> {
            self.find(name).map(|(_, port, _)| *port).collect()
        }

        fn refused(&self, name: &str) {
            self.refused.lock().unwrap().push(name.to_owned());
        }

        fn addresses(&self) -> Vec<SocketAddr> {
            let address =
                |(name, port, _): &(String, u16, SocketAddr)| Some(SocketAddr::new(name.parse().ok()?, *port));
            self.known.iter().filter_map(address).collect()
        }

        fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream> {
            let found = self.find(host).find(|(_, known, _)| *known == port);
            TcpStream::connect(found.ok_or(io::ErrorKind::ConnectionRefused)?.2)
        }

        fn report(&self) -> Vec<u8> {
            self.refused.lock().unwrap().iter().flat_map(|name| format!("refused {name}\n").into_bytes()).collect()
        }
    }

    pub fn main() -> ExitCode {
        let mut wall =
            Wall { mounts: Vec::new(), network: Network::None, directory: PathBuf::new(), users: Users::Same };
        let (mut gate, mut published, mut is_gated) = (Names::default(), Vec::new(), false);
        let mut words = std::env::args().skip(1);
        let mut landlock = false;
        let mut marker = None;
        let mut next = || words.next().unwrap_or_default();
        loop {
            match next().as_str() {
                "--let" => {
                    is_gated = true;
                    let (host, to) = (next(), next());
                    let (name, port) = host.rsplit_once(':').expect("HOST:PORT");
                    let name = name.trim_matches(['[', ']']);
                    gate.known.push((name.to_owned(), port.parse().expect("PORT"), to.parse().expect("TO")));
                }
                "--publish" => {
                    is_gated = true;
                    published.push(next().parse().expect("PORT"));
                }
                "--without" => crate::without::lack(&next()),
                "--landlock" => landlock = true,
                "--net" => wall.network = Network::Host,
                "--ro" => wall.mounts.push(Mount::bound(next(), Access::ReadOnly)),
                "--rw" => wall.mounts.push(Mount::bound(next(), Access::ReadWrite)),
                "--overlay" => {
                    let [lower, upper, work, target] = std::array::from_fn(|_| next().into());
                    wall.mounts.push(Mount::Overlay { lower, upper, work, target });
                }
                "--until" => marker = Some(PathBuf::from(next())),
                "--imitate-root" => wall.users = Users::ImitatedRoot,
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
        if is_gated {
            wall.network = Network::Gated { published };
            let content = format!("nameserver {NAME_SERVER}\n").into_bytes();
            wall.mounts.push(Mount::File { target: "/etc/resolv.conf".into(), content });
            wall.mounts.push(Mount::File { target: "/etc/hosts".into(), content: b"127.0.0.1 localhost\n".to_vec() });
        }
        let mut command = Command::new(next());
        command.args(words);
        let outcome = if landlock {
            let ending = LandlockWall::plan(&wall).and_then(|landlock| run_with_landlock(&landlock, &mut command));
            ending.map(|ending| Outcome { ending, report: Vec::new() })
        } else if let Some(marker) = marker {
            let ending = run_while(&wall, &mut command, &mut || !marker.exists());
            ending.map(|ending| Outcome { ending, report: Vec::new() })
        } else {
            run(&wall, &mut command, Some(&gate))
        };
        let ended = outcome.map(|Outcome { ending, report }| {
            eprint!("{}", String::from_utf8_lossy(&report));
            ending
        });
        match ended {
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
