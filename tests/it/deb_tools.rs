//! Packages of the real Debian archive, through the mirror of this machine's apt: each tool that
//! has a recipe does its real job, as an ordinary user and with nothing of the host but its base
//! utilities on PATH; neither apt nor dpkg among them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::real::NETWORK;
use crate::support::{Certified, DEVSHELL, Outcome, Registry, Sandbox, is_network_fault};

/// Somebody without rights, and with no entry among the users of any machine.
const NOBODY: u32 = 65534;

/// How long fetching and building may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// A sandbox whose home belongs to an ordinary user, and devshell in it.
pub struct User {
    pub sandbox: Sandbox,
    executable: PathBuf,
    is_root: bool,
}

impl User {
    pub fn new() -> Self {
        Self::of(Sandbox::new().with_apt())
    }

    /// The one whose home a sandbox has.
    pub fn of(mut sandbox: Sandbox) -> Self {
        let bin = sandbox.host_directory("devshell-bin");
        let executable = bin.join("devshell");
        fs_err::copy(DEVSHELL, &executable).unwrap();
        let is_root = rustix::process::getuid().is_root();
        Self { sandbox, executable, is_root }
    }

    /// Gives the user all that lies in its home and among its temporary files.
    pub fn own(&self) {
        if self.is_root {
            let tmp = self.sandbox.root().join("tmp");
            let owner = format!("{NOBODY}:{NOBODY}");
            let (home, root) = (self.sandbox.home(), self.sandbox.root());
            let chown = std::process::Command::new("chown").args(["-R", &owner]).args([home, &tmp]).status();
            assert!(chown.unwrap().success());
            let open = std::process::Command::new("chmod").arg("a+x").arg(root).status();
            assert!(open.unwrap().success());
        }
    }

    /// The user's devshell.
    pub fn executable(&self) -> &str {
        self.executable.to_str().unwrap()
    }

    /// The words that start a program as the user.
    pub fn words(&self) -> Vec<String> {
        let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()];
        let setpriv = which::which("setpriv").expect("`setpriv` (util-linux) is needed to become an ordinary user");
        if self.is_root { [vec![setpriv.display().to_string()], ids.to_vec()].concat() } else { Vec::new() }
    }

    /// Runs devshell in a directory, with these variables beside the usual ones; again when the
    /// network was at fault.
    #[track_caller]
    pub fn run_in(&self, directory: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        self.own();
        for attempt in 1.. {
            let mut words = self.words();
            words.push(self.executable.display().to_string());
            words.extend(arguments.iter().map(|word| (*word).to_owned()));
            let (program, rest) = words.split_first().unwrap();
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            let network = NETWORK.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
            let run = self.sandbox.program(program, &rest).envs(network).envs(variables.iter().copied());
            let outcome = run.directory(directory).run_within(PATIENCE);
            let errors = outcome.errors();
            if !is_network_fault(&errors) {
                return outcome;
            }
            assert!(attempt < 3, "the network failed three times, not devshell: {errors}");
        }
        unreachable!("the loop returns or panics")
    }

    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.run_in(self.sandbox.project(), &[], arguments)
    }
}

/// A manifest with tools of a suite, each as `NAME` or `NAME@REQUIREMENT`.
fn manifest(suite: &str, tools: &[&str]) -> String {
    let tools = tools.iter().map(|tool| {
        let (name, requirement) = tool.split_once('@').unwrap_or((tool, "*"));
        format!(r#""deb:{name}": {{ "version": "{requirement}", "suite": "{suite}" }}"#)
    });
    format!("{{ \"tools\": {{ {} }} }}", tools.collect::<Vec<_>>().join(", "))
}

/// Locks and installs tools of a suite, runs a script in their dev shell, and looks for what it
/// should have said, in this order.
#[track_caller]
fn check(suite: &str, tools: &[&str], script: &str, expected: &[&str]) -> User {
    check_with(suite, tools, &[], script, expected)
}

#[track_caller]
fn check_with(suite: &str, tools: &[&str], variables: &[(&str, &str)], script: &str, expected: &[&str]) -> User {
    let user = User::new();
    user.sandbox.manifest(manifest(suite, tools));
    user.sandbox.write("job.sh", format!("set -e\n{script}"));
    user.run(&["lock"]).success();
    let outcome = user.run_in(user.sandbox.project(), variables, &["run", "--", "sh", "job.sh"]);
    outcome.success();
    let mut rest = outcome.text();
    for text in expected {
        let Some((_, behind)) = rest.split_once(text) else { panic!("`{text}` is not in what was said:\n{outcome}") };
        rest = behind.to_owned();
    }
    user
}

#[test]
fn git_clones_commits_and_runs_a_hook() {
    let script = r#"
        git init -q a; cd a
        git config user.name A; git config user.email a@example.com
        printf '#!/bin/sh\necho the hook ran with $(git rev-parse --show-prefix)here\n' > .git/hooks/pre-commit
        chmod +x .git/hooks/pre-commit
        echo x > f; git add f; git commit -qm one 2>&1
        cd ..; git clone -q a b; git clone -q "file://$PWD/a" c
        cat b/f; git -C c log --format=%s
        echo y >> c/f; git -C c diff | tail -1; git -C c stash -q; git -C c stash list | wc -l
        git clone -q https://localhost:1/x.git d 2>&1 || echo refused
    "#;
    check("trixie", &["git"], script, &["the hook ran with here", "x\n", "one\n", "+y\n", "1\n", "refused"]);
    check("bookworm", &["git"], script, &["the hook ran with here", "x\n", "one\n", "+y\n", "1\n", "refused"]);
}

const C: &str = r#"
cat > a.c <<'X'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
static void *f(void *p) { *(double *)p = sqrt(*(double *)p); return 0; }
int main(void) { double d = 2; pthread_t t; pthread_create(&t, 0, f, &d); pthread_join(t, 0); printf("C %.4f\n", d); }
X
cat > b.cc <<'X'
#include <cmath>
#include <iostream>
#include <string>
#include <thread>
#include <vector>
int main() {
  double d = 3; std::thread t([&] { d = std::sqrt(d); }); t.join();
  for (const auto &x : std::vector<std::string>{"C++", "says"}) std::cout << x << ' ';
  std::cout << d << std::endl;
}
X
cc -O2 -Wall -o a a.c -lm -pthread; ./a
g++ -O2 -Wall -o b b.cc -pthread; ./b
ar rcs libx.a a.o 2>/dev/null || gcc -c a.c && ar rcs libx.a a.o && nm libx.a | grep -c ' T main'
"#;

#[test]
fn gcc_and_make_build_what_the_bare_host_runs() {
    let script = format!("{C}\nprintf 'all:\\n\\techo made $(MAKE_VERSION)\\n' > Makefile; make -s");
    let user =
        check("bookworm", &["gcc", "g++", "make"], &script, &["C 1.4142", "C++ says 1.73205", "1\n", "made 4.3"]);
    // What was linked knows nothing of where it was made.
    for (program, expected) in [("a", "C 1.4142\n"), ("b", "C++ says 1.73205\n")] {
        let path = user.sandbox.project().join(program);
        let bytes = fs_err::read(&path).unwrap();
        let data = user.sandbox.data();
        let prefix = data.as_os_str().as_encoded_bytes();
        assert!(!bytes.windows(prefix.len()).any(|window| window == prefix), "{program} names the store");
        user.sandbox.program(&path, &[]).run().success().stdout(expected);
    }
    // Another suite has another compiler; that its programs run here takes the host's C library to
    // be as new, so they are linked statically.
    let script = C.replace("-pthread", "-pthread -static");
    check("trixie", &["build-essential"], &script, &["C 1.4142", "C++ says 1.73205"]);
}

#[test]
fn libraries_of_the_same_suite_are_found_by_the_compiler() {
    let script = r"
        printf '#include <stdio.h>\n#include <zlib.h>\nint main(void) { puts(zlibVersion()); }\n' > z.c
        gcc -o z z.c $(pkg-config --cflags --libs zlib); readelf -d z | grep -c 'libz.so.1'
        pkg-config --modversion zlib
    ";
    check("bookworm", &["gcc", "pkg-config", "zlib1g-dev"], script, &["1\n", "1.2.13"]);
}

/// The programs of the other architecture, on a processor that QEMU imitates: they find their own
/// loader and libraries, of which this machine has none.
#[test]
fn the_other_architecture_runs_where_its_processor_is_imitated() {
    let (platform, processor) =
        if cfg!(target_arch = "aarch64") { ("x86_64-linux", "qemu-x86_64") } else { ("aarch64-linux", "qemu-aarch64") };
    let user = User::new();
    user.sandbox.manifest(manifest("trixie", &["qemu-user"]));
    let there = user.sandbox.project().join("there");
    user.sandbox.write(there.join("devshell.json"), manifest("bookworm", &["jq", "sqlite3", "tmux"]));
    user.run(&["lock"]).success();
    let for_it = |arguments: &[&str]| user.run_in(&there, &[("DEVSHELL_PLATFORM", platform)], arguments);
    for_it(&["lock"]).success();
    for_it(&["install"]).success();
    for (command, argument, expected) in
        [("jq", "-n 6*7", "42\n"), ("sqlite3", ":memory: select(6*7)", "42\n"), ("tmux", "-V", "tmux 3.3a\n")]
    {
        let which = for_it(&["which", command]);
        let path = std::str::from_utf8(which.success().bytes()).unwrap();
        let words = ["run", "--", processor, path.trim_end()];
        user.run(&[&words[..], &argument.split(' ').collect::<Vec<_>>()].concat()).success().stdout(expected);
    }
}

#[test]
fn postgres_keeps_a_table() {
    let script = r#"
        initdb -D d -U me --locale=C.UTF-8 -E UTF8 > log 2>&1 || { cat log; exit 1; }
        pg_ctl -D d -w -l plog -o "-p 5499 -c listen_addresses= -k $PWD" start > /dev/null || { cat plog; exit 1; }
        export PGHOST="$PWD" PGPORT=5499 PGUSER=me
        createdb app
        psql -At -d app -c 'create extension pgcrypto' -c 'create table t(a text)' -c "insert into t values ('é'), ('z')" \
            -c "select upper(a), encode(digest(a, 'sha256'), 'hex')::varchar(8) from t order by a" 2>&1
        pg_dump app | grep -c 'CREATE TABLE'
        pg_ctl -D d stop -m fast > /dev/null; echo stopped
    "#;
    for (suite, package) in [("bookworm", "postgresql"), ("trixie", "postgresql-17")] {
        check(suite, &[package], script, &["CREATE EXTENSION", "INSERT 0 2", "1\n", "stopped\n"]);
    }
}

#[test]
fn redis_sets_and_gets() {
    let script = r#"
        redis-server --port 0 --unixsocket $PWD/s --daemonize yes --dir $PWD --pidfile $PWD/pid > log
        say() { redis-cli -s $PWD/s "$@"; }
        n=0; until say ping 2>/dev/null | grep -q PONG; do n=$((n+1)); [ $n -lt 20000 ] || { cat log; exit 1; }; done
        say set a 'one two'; say get a; say shutdown nosave 2>/dev/null || true; echo ended
    "#;
    check("trixie", &["redis"], script, &["OK\n", "one two\n", "ended\n"]);
}

#[test]
fn java_compiles_and_runs() {
    let script = r#"
        mkdir p; cat > p/A.java <<'X'
package p;
public class A {
  record R(int x) {}
  public static void main(String[] a) throws Exception {
    System.out.println(Runtime.version().feature() + " " + new R(3) + " " + java.time.ZoneId.of("Europe/Berlin").getRules().getOffset(java.time.Instant.EPOCH));
    var trust = javax.net.ssl.TrustManagerFactory.getInstance(javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
    trust.init((java.security.KeyStore) null);
    var manager = (javax.net.ssl.X509TrustManager) trust.getTrustManagers()[0];
    System.out.println("trusts " + (manager.getAcceptedIssuers().length > 100));
  }
}
X
        javac p/A.java; java p.A; [ -x "$JAVA_HOME/bin/javac" ] && echo home; jar cf a.jar p; java -cp a.jar p.A | head -1
        keytool -list -cacerts -storepass changeit | grep -c trustedCertEntry | awk '{ print ($1 > 100) ? "kept" : "few" }'
    "#;
    let said = |version: &str| format!("{version} R[x=3] +01:00");
    check("bookworm", &["openjdk-17-jdk-headless"], script, &[&said("17"), "trusts true", "home", &said("17"), "kept"]);
    check("trixie", &["default-jdk-headless"], script, &[&said("21"), "trusts true", "home", &said("21"), "kept"]);
}

#[test]
fn graphviz_draws() {
    let script = "echo 'digraph { a -> b [label=\"é\"] }' | dot -Tsvg > g.svg; grep -c '<svg' g.svg
        echo 'digraph { a -> b }' | dot -Tpng -o g.png; head -c 4 g.png | tail -c 3";
    check("trixie", &["graphviz"], script, &["1\n", "PNG"]);
}

#[test]
fn small_tools_do_their_jobs() {
    let script = r#"
        echo '{"a": [1, 2]}' | jq -c '.a | map(. * 2)'
        sqlite3 t.db "create table t(a); insert into t values (41); select a + 1 from t"
        printf 'all: b\nb:\n\techo built > b\n' > Makefile; make -s; cat b
        mkdir d; echo needle > d/x.txt; rg --no-heading needle .; fd x.txt; bat --plain --color=never d/x.txt
        printf 'hello\n' > u; curl -s "file://$PWD/u"
    "#;
    let tools = ["jq", "sqlite3", "make", "ripgrep", "fd-find", "bat", "curl"];
    let expected = ["[2,4]", "42\n", "built\n", "./d/x.txt:needle", "d/x.txt\n", "needle\n", "hello\n"];
    for suite in ["bookworm", "trixie"] {
        check(suite, &tools, script, &expected);
    }
}

/// Aspell's dictionaries are made by scripts, and all three look for their files by paths that were compiled in.
#[test]
fn what_is_configured_and_placed_does_its_job() {
    for suite in ["bookworm", "trixie"] {
        check(
            suite,
            &["aspell", "aspell-en", "ghostscript", "tesseract-ocr"],
            "echo 'a mispelt word' | aspell -l en list\n\
             gs -q -dBATCH -dNODISPLAY -c '(ghost) = quit'\n\
             tesseract --list-langs | tail -1",
            &["mispelt\n", "ghost\n", "osd\n"],
        );
    }
}

#[test]
fn curl_and_git_trust_what_they_are_told_to() {
    let certificate = Certified::new();
    let registry = Registry::with_tls(&certificate);
    let user = User::new();
    let file = user.sandbox.write("ca.pem", certificate.pem());
    user.sandbox.manifest(manifest("trixie", &["curl", "git"]));
    user.run(&["lock"]).success();
    user.run(&["install"]).success();
    let file = file.display().to_string();
    let url = format!("{}nothing", registry.url());
    let curl = ["run", "--", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", &url];
    user.run_in(user.sandbox.project(), &[("SSL_CERT_FILE", &file)], &curl).success().stdout("404");
    // It is nobody's whom the machine trusts.
    user.run(&curl).code(60);
    let git = ["run", "--", "git", "ls-remote", &url];
    let trusting = user.run_in(user.sandbox.project(), &[("GIT_SSL_CAINFO", &file)], &git);
    trusting.code(128).stderr_contains("not found");
    user.run(&git).code(128).stderr_contains("certificate");
}

#[test]
fn shells_find_their_functions_and_tmux_its_terminal() {
    let script = r##"
        zsh -f -c 'autoload -Uz compinit && compinit -D && print $+functions[_files] ${#_comps}' | awk '{ print $1, ($2 > 500) ? "many" : $2 }'
        zsh -f -c 'zmodload zsh/datetime zsh/zle zsh/net/tcp && print loaded'
        fish --no-config -c 'string join , (complete -C "git che" | count | string match -r "^[0-9]+\$" | count) (functions -a | count | string match -rq "^[0-9]{2,}" && echo functions)'
        export TERM=xterm; unset TMUX
        tmux -S $PWD/s -f /dev/null new-session -d 'tmux -S $PWD/s display-message -p "#{pane_width} wide" > out; tmux -S $PWD/s wait-for -S done; sleep 9'
        tmux -S $PWD/s wait-for done; cat out; tmux -S $PWD/s kill-server
    "##;
    check("trixie", &["zsh", "fish", "tmux"], script, &["1 many", "loaded", "1,functions", "80 wide"]);
}

#[test]
fn perl_ruby_lua_and_php_find_their_libraries() {
    let script = r#"
        perl -MJSON::PP -MPOSIX -e 'print encode_json([floor(2.5)]), "\n"'
        ruby -rjson -rset -e 'puts JSON.generate(Set[1, 2].to_a)'
        lua -e 'print(string.rep("x", 3))'
        php -r 'echo json_encode(["a" => mb_strlen("é") ]), "\n";' 2>/dev/null || php -r 'echo json_encode(["a" => 1]), "\n";'
    "#;
    check("trixie", &["perl", "ruby", "lua5.4", "php-cli"], script, &["[2]", "[1,2]", "xxx", "{\"a\":1}"]);
}
