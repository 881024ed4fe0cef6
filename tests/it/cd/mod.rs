//! `devshell hook`: what happens by itself on `cd`, in a real shell on a pseudo-terminal, and what
//! has to be allowed before it does.

mod allow;
mod changes;
mod cold;
mod direnv;
mod inputs;
mod leave;
mod nested;
mod nu;
mod outlives;
mod quiet;
mod settings;
mod worktrees;

use crate::support::pty::Terminal;
use crate::support::{DEVSHELL, Registry, Sandbox, tool};

/// A shell, and how it is told to look at each prompt.
struct Shell {
    name: &'static str,
    /// Its rc file, with the line that loads the hook.
    rc: (&'static str, &'static str),
    export: fn(&str, &str) -> String,
}

const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        rc: (".bashrc", "PS1='ready> '\neval \"$(devshell hook bash)\"\n"),
        export: |name, value| format!("export {name}={value}"),
    },
    Shell {
        name: "zsh",
        rc: (".zshrc", "PS1='ready> '\neval \"$(devshell hook zsh)\"\n"),
        export: |name, value| format!("export {name}={value}"),
    },
    Shell {
        name: "fish",
        rc: (
            ".config/fish/config.fish",
            "set -g fish_greeting\nfunction fish_prompt; echo -n 'ready> '; end\ndevshell hook fish | source\n",
        ),
        export: |name, value| format!("set -gx {name} {value}"),
    },
];

const MANIFEST: &str = r#"{
  "name": "shop",
  "tools": { "node": "24" },
  "env": { "COLOUR": "green", "LIST": { "prepend": "ours" }, "GONE": { "unset": true } },
  "env_files": [".env"],
  "hooks": { "enter": "./hello.sh" }
}"#;

/// A project whose environment is ready and that nobody has allowed, on a host with devshell on
/// its PATH and the hook in every rc file.
fn shop(registry: &Registry) -> Sandbox {
    registry.publish(tool("node", "24.3.0"));
    let mut sandbox = Sandbox::new().with_registry(registry);
    let host = sandbox.host_directory("hostbin");
    fs_err::os::unix::fs::symlink(DEVSHELL, host.join("devshell")).unwrap();
    sandbox.manifest(MANIFEST);
    sandbox.write(".env", "TOKEN=s3cret\n");
    sandbox.write_executable(sandbox.project().join("hello.sh"), "#!/bin/sh\necho hello\necho hello >>~/hellos\n");
    for Shell { rc: (file, text), .. } in &SHELLS {
        sandbox.write(sandbox.home().join(file), text);
    }
    sandbox.run(&["lock"]).success();
    // Composed as well: what is not is made ready beside the prompt, on a busy machine for a later one.
    sandbox.run(&["run", "--isolation", "none", "true"]).success();
    sandbox
}

impl Shell {
    /// Starts it in the home directory, and waits for its prompt.
    fn start(&self, sandbox: &Sandbox) -> Terminal {
        self.start_with(sandbox, &[])
    }

    fn start_with(&self, sandbox: &Sandbox, variables: &[(&str, &str)]) -> Terminal {
        let own = [("GONE", "there"), ("LIST", "mine")];
        let variables: Vec<(&str, &std::ffi::OsStr)> =
            own.iter().chain(variables).map(|(name, value)| (*name, value.as_ref())).collect();
        let terminal = Terminal::start(sandbox, &[self.name, "-i"], sandbox.home(), &variables);
        assert_eq!(terminal.prompt(), "ready>", "{terminal}");
        terminal
    }
}

fn value(terminal: &mut Terminal, name: &str) -> String {
    terminal.variables().text(name).to_owned()
}
