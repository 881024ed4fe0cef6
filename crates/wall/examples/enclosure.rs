//! An enclosure by hand: `enclosure [--without-namespaces] MARK SERVICE...`, where each service is a script of `sh`. The owner
//! takes commands by lines of standard input: `order BYTE`, `read`, `wait`, `end`, `detach`, `run SCRIPT` (a child of its own).
//!
//! The manager answers to the orders `e` with a message, to `x` with its end (7), to `s` by starting the services again, to
//! `h` by not listening any more, and to `p` by a panic. Once it is detached, it ends when its first service does.

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return linux::main();
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::FAILURE
}

#[cfg(target_os = "linux")]
#[path = "wall/without.rs"]
mod without;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io::{Read as _, Write as _};
    use std::process::{Child, Command, ExitCode, Stdio};

    use devshell_wall::{DETACH, Enclosure, Manager, enclose, lead};

    pub fn main() -> ExitCode {
        let mut words = std::env::args().skip(1).peekable();
        if words.next_if(|word| word == "--without-namespaces").is_some() {
            crate::without::forbid_namespaces();
        }
        let mark = words.next().expect("MARK");
        let services: Vec<String> = words.collect();
        let enclosure = match enclose(|manager| manage(manager, &mark, &services)) {
            Ok(enclosure) => enclosure,
            Err(fault) => {
                eprintln!("enclosure: {fault}");
                return ExitCode::from(125);
            }
        };
        own(enclosure);
        ExitCode::SUCCESS
    }

    fn own(mut enclosure: Enclosure) {
        println!("owner namespace={}", enclosure.has_namespace());
        let mut others = Vec::new();
        for line in std::io::stdin().lines() {
            let line = line.unwrap();
            match line.split_once(' ').unwrap_or((&line, "")) {
                ("order", byte) => match enclosure.order(byte.as_bytes()[0]) {
                    Ok(()) => println!("ordered"),
                    Err(error) => println!("not ordered: {}", error.kind()),
                },
                ("read", _) => println!("message {:?}", enclosure.read().unwrap().map(char::from)),
                ("run", script) => {
                    let child = Command::new("sh").args(["-c", script]).stdin(Stdio::null()).spawn().unwrap();
                    println!("started {}", child.id());
                    others.push(child);
                }
                ("wait", _) => return println!("ended {:?}", enclosure.wait()),
                ("end", _) => return println!("ended {:?}", enclosure.end()),
                ("detach", _) => {
                    enclosure.detach().unwrap();
                    return println!("detached");
                }
                other => panic!("unknown command {other:?}"),
            }
        }
    }

    fn manage(manager: Manager, mark: &str, services: &[String]) -> u8 {
        let Manager { orders, messages, has_namespace } = manager;
        let (mut orders, mut messages) = (File::from(orders), File::from(messages));
        let start = || services.iter().map(|script| start(script, mark)).collect::<Vec<_>>();
        let mut started = start();
        println!("manager namespace={has_namespace} number={}", std::process::id());
        let mut order = [0];
        loop {
            if orders.read(&mut order).unwrap() == 0 {
                return 9;
            }
            match order[0] {
                DETACH => {
                    started[0].wait().unwrap();
                    return 0;
                }
                b'e' => messages.write_all(b"E").unwrap(),
                b's' => started.extend(start()),
                b'x' => return 7,
                b'h' => loop {
                    std::thread::park();
                },
                b'p' => panic!("as ordered"),
                other => panic!("unknown order {other}"),
            }
        }
    }

    fn start(script: &str, mark: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        lead(&mut command, mark);
        command.spawn().unwrap()
    }
}
