//! git over ssh at isolation `sandbox`, with a server on loopback and the key in an agent. The weaker wall has no sockets
//! of agents, so the key is a file there.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Child;

use super::{Person, people, place, registry};
use crate::support::{Invocation, Sandbox, wait_until};

/// Where only root can start a server, ssh and sshd find everyone's account, and what sshd insists on, in a namespace of
/// their own.
const ACCOUNTS: &str = r#"
mount -t tmpfs none /run && mkdir /run/sshd
{ cat /etc/passwd; echo "ann:x:$OWNER:60000::$HOME:/bin/sh"; } >"$HOME/passwd" && mount --bind "$HOME/passwd" /etc/passwd
test "$OWNER" != 0 || exec sh -ec "$SCRIPT" "$0"
exec setpriv --reuid "$OWNER" --regid 60000 --clear-groups sh -ec "$SCRIPT" "$0"
"#;

fn sh<'s>(sandbox: &'s Sandbox, person: &Person, script: &str) -> Invocation<'s> {
    let script = format!("umask 022; cd ~; {script}");
    let command = if rustix::process::geteuid().is_root() {
        sandbox.program("unshare", &["--mount", "sh", "-ec", ACCOUNTS]).env("OWNER", person.uid().to_string())
    } else {
        sandbox.program("sh", &["-ec", &script])
    };
    let command =
        command.arg(person.executable()).env("SCRIPT", script).env("SSH_AUTH_SOCK", person.home.join("ssh/agent"));
    command.env("HOME", &person.home).env("TMPDIR", person.home.join("tmp"))
}

/// A server that knows one key, and an agent that has it. They end with this.
struct Server([Child; 2]);

impl Drop for Server {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Both run as the person, with nothing of the machine's settings.
fn serve(sandbox: &Sandbox, person: &Person) -> (Server, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host\nAuthorizedKeysFile {0}/key.pub\nPidFile none\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\n",
        person.home.join("ssh").display()
    );
    let script =
        "mkdir -p ssh tmp && cd ssh && cat >sshd.conf && for key in host key; do ssh-keygen -q -N '' -f $key; done
        printf '[127.0.0.1]:%s %s\n' \"$PORT\" \"$(cut -d' ' -f1,2 host.pub)\" >known";
    sh(sandbox, person, script).env("PORT", port.to_string()).stdin(settings).run().success();
    let agent = sh(sandbox, person, "exec ssh-agent -D -a ssh/agent").env_remove("SSH_AUTH_SOCK").spawn();
    let mut sshd =
        sh(sandbox, person, "PATH=$PATH:/usr/sbin; exec \"$(command -v sshd)\" -D -e -f ~/ssh/sshd.conf").spawn();
    let mut lines = BufReader::new(sshd.stderr.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<String> = lines.by_ref().take_while(|line| !line.contains("Server listening")).collect();
    let server = Server([agent, sshd]);
    // It goes on to speak, and must not wait for someone who listens.
    std::thread::spawn(move || lines.count());
    wait_until(&format!("a server and an agent; {said:?}"), || person.home.join("ssh/agent").exists());
    let add = if person.is_weaker { "ssh-add -q ssh/key" } else { "ssh-add -q ssh/key && rm ssh/key" };
    sh(sandbox, person, add).run().success();
    (server, port)
}

#[test]
fn git_fetches_over_ssh() {
    let registry = registry();
    let sandbox = place(&registry);
    for program in ["ssh", "ssh-agent", "ssh-add", "ssh-keygen"] {
        sandbox.find(program);
    }
    for person in people(&sandbox, "sandbox_work::ssh::git_fetches_over_ssh") {
        let (_server, port) = serve(&sandbox, &person);
        let keys = r#""sockets": ["ssh-agent"], "read": ["~/ssh/known", "~/ssh/key"]"#;
        person.project_with(keys, r#""host:git": "*", "host:ssh": "*", "host:ssh-add": "*""#);
        let script = r#"
            git init -q -b main other && cd other && echo x >file && git add file && git commit -q -m theirs
            cd ~/shop && git remote add origin "ssh://$(id -un)@127.0.0.1:$PORT$HOME/other"
            git config core.sshCommand "ssh -F none -i $HOME/ssh/key -o UserKnownHostsFile=$HOME/ssh/known""#;
        sh(&sandbox, &person, script).env("PORT", port.to_string()).run().success();
        let run = format!("cd shop; {} run -- sh -c \"$INSIDE\"", person.devshell());
        let inside = |script: &str| sh(&sandbox, &person, &run).env("INSIDE", script);
        let (keys, files) = if person.is_weaker { ("0", "agent\nkey\nknown\n") } else { ("1", "agent\nknown\n") };
        let fetch = "ssh-add -l | grep -c SHA256; git fetch -q && git log --format=%s origin/main";
        inside(fetch).run().success().stdout(&format!("{keys}\ntheirs\n"));
        // Of the server, nothing is there.
        inside("ls ~/ssh").run().success().stdout(files);
    }
}
