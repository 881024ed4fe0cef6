//! The pictures of a terminal in docs/pictures: each is the screen of a real session, so it shows what devshell does.
//! Two paths are replaced: the sandbox's home is `/home/ada`, and the directory with its host's commands `/usr/bin`.

use std::path::{Path, PathBuf};

use crate::support::picture::svg;
use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry, Sandbox, tool};

/// A picture, and what a program reads that reads the page aloud.
struct Picture {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    session: fn() -> Vec<u8>,
}

const PICTURES: &[Picture] = &[
    Picture {
        name: "enter",
        title: "devshell enter",
        description: "The host has gcc. In the dev shell, whose prompt begins with the project's name, gcc is \
                      not found, and node is the version that the project pins. After exit, all is as it was.",
        session: enter,
    },
    Picture {
        name: "not-there",
        title: "A command that is not in the dev shell",
        description: "Typing tsc prints that the TypeScript compiler is not in this dev shell, and the command that adds \
                      it. Typing serv suggests the project's script serve.",
        session: not_there,
    },
    Picture {
        name: "cd",
        title: "devshell's hook on cd",
        description: "cd into a project loads nothing at first. After devshell allow, which lists what may affect the \
                      shell, node is there. cd out of the project removes it again.",
        session: cd,
    },
];

const PROMPT: &str = "PS1='\\[\\e[36m\\]\\w\\[\\e[0m\\] $ '\n";

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures")
}

/// A project with a node, on a host with a gcc.
fn shop(rc: &str) -> Sandbox {
    let registry = Registry::new();
    registry.publish(tool("node", "24.3.0"));
    let mut sandbox = Sandbox::new().with_registry(&registry);
    let host = sandbox.host_directory("hostbin");
    fs_err::os::unix::fs::symlink(DEVSHELL, host.join("devshell")).unwrap();
    sandbox.write_executable(host.join("gcc"), "#!/bin/sh\necho the host\n");
    sandbox.manifest(r#"{ "name": "shop", "tools": { "node": "24" }, "scripts": { "serve": "node serve.js" } }"#);
    sandbox.write(sandbox.home().join(".bashrc"), format!("{PROMPT}{rc}"));
    sandbox.run(&["lock"]).success();
    for isolation in ["path", "none"] {
        sandbox.run(&["run", "--isolation", isolation, "true"]).success();
    }
    sandbox
}

/// What is on the screen once these lines have been typed into bash.
fn typed(sandbox: &Sandbox, directory: &Path, lines: &[&str]) -> Vec<u8> {
    let mut terminal = Terminal::start(sandbox, &["bash", "-i"], directory, &[]);
    terminal.prompt();
    for line in lines {
        terminal.send_line(line);
        terminal.prompt();
    }
    let text = String::from_utf8(terminal.bytes()).unwrap();
    let host = sandbox.root().join("hostbin");
    let text = text.replace(sandbox.home().to_str().unwrap(), "/home/ada").replace(host.to_str().unwrap(), "/usr/bin");
    text.into_bytes()
}

fn enter() -> Vec<u8> {
    let sandbox = shop("");
    let lines = ["command -v gcc", "devshell enter", "command -v gcc", "node --version", "exit"];
    typed(&sandbox, sandbox.project(), &lines)
}

fn not_there() -> Vec<u8> {
    let sandbox = shop("");
    typed(&sandbox, sandbox.project(), &["devshell enter", "tsc", "serv"])
}

fn cd() -> Vec<u8> {
    let sandbox = shop("eval \"$(devshell hook bash)\"\n");
    typed(&sandbox, sandbox.home(), &["cd shop", "devshell allow", "node --version", "cd ..", "node --version"])
}

/// `DEVSHELL_WRITE_PICTURES=1 cargo test --test it pictures` writes the files again.
#[test]
fn the_committed_pictures_are_what_the_terminal_shows() {
    for Picture { name, title, description, session } in PICTURES {
        let drawn = svg(&session(), title, description);
        let file = directory().join(name).with_extension("svg");
        if std::env::var_os("DEVSHELL_WRITE_PICTURES").is_some() {
            fs_err::write(&file, &drawn).unwrap();
        }
        let committed = fs_err::read_to_string(file).unwrap();
        assert_eq!(committed, drawn, "run `DEVSHELL_WRITE_PICTURES=1 cargo test --test it pictures`");
    }
}

#[test]
fn each_picture_is_made_by_a_session_and_is_on_a_page() {
    let mut files: Vec<String> =
        fs_err::read_dir(directory()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut made: Vec<String> = PICTURES.iter().map(|picture| format!("{}.svg", picture.name)).collect();
    made.sort();
    assert_eq!(files, made);
    let pages: Vec<String> = crate::support::sources::files(directory().parent().unwrap(), "md")
        .iter()
        .map(|page| fs_err::read_to_string(page).unwrap())
        .collect();
    for file in &made {
        assert!(pages.iter().any(|page| page.contains(&format!("pictures/{file}"))), "no page shows {file}");
    }
}

#[test]
fn a_picture_shows_colours_and_letters_as_the_terminal_does() {
    let drawn = svg(
        b"a <b> & \x1b[1;31mred\x1b[0m\r\n\r\n   \x1b[4;38;2;1;2;255munder  lined\x1b[0m  \r\n \r\n",
        "A & B",
        "<C>",
    );
    for part in [
        "<title id=\"title\">A &amp; B</title>\n<desc id=\"description\">&lt;C&gt;</desc>",
        "<text x=\"18\" y=\"45\" textLength=\"63\">a &lt;b&gt; &amp;</text>",
        "<text x=\"90\" y=\"45\" textLength=\"27\" fill=\"#ff7b72\" font-weight=\"bold\">red</text>",
        "<text x=\"45\" y=\"87\" textLength=\"108\" fill=\"#0102ff\" text-decoration=\"underline\">under  lined</text>",
        "width=\"576\" height=\"111\" viewBox=\"0 0 576 111\"",
    ] {
        assert!(drawn.contains(part), "{part}\n{drawn}");
    }
    assert_eq!(drawn.matches("<text").count(), 3, "{drawn}");
    assert!(!drawn.contains("href") && !drawn.contains("url("), "{drawn}");
}
