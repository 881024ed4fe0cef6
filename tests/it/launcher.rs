//! The script of `devshell generate launcher`, in four shells: where it gets devshell from, and what it does if it gets
//! something else. What it runs here is a script too, so that each run is short.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{
    Archive, Fault, Gate, Index, Invocation, Outcome, Registry, Sandbox, gzipped, python, sha256, shell, tree, wheel,
};

const SHELLS: [&str; 4] = ["dash", "bash", "ash", "zsh"];

const VERSION: &str = "1.2.3";

/// What is published: it prints where it is and its arguments.
const PUBLISHED: &str = "#!/bin/sh\nprintf 'published'\nprintf ' <%s>' \"$@\"\necho\n";

/// What it prints then.
const RAN: &str = "published <enter> <a b> <>\n";

const PLATFORM: &str = if cfg!(target_arch = "aarch64") { "aarch64-linux" } else { "x86_64-linux" };

/// The name of the platform in npm's packages.
const NPM: &str = if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-x64" };

fn stem() -> String {
    format!("devshell-cli-{VERSION}-{PLATFORM}")
}

/// Where the server has the archive.
fn path() -> String {
    format!("/{VERSION}/{}.tar.gz", stem())
}

fn archive_of(program: &str) -> Vec<u8> {
    Archive::new().program(&format!("{}/devshell", stem()), program.as_bytes()).packed("tar.gz")
}

/// A repository with a launcher, and a server with the archive.
struct Case {
    sandbox: Sandbox,
    server: Registry,
    shell: &'static str,
}

impl Case {
    fn new(shell: &'static str) -> Self {
        let server = Registry::new();
        let case = Self { sandbox: Sandbox::new(), server, shell };
        case.server.serve(&path(), archive_of(PUBLISHED));
        case.generate("devshell", &sha256(PUBLISHED));
        case
    }

    /// Writes a launcher with this hash for this platform.
    fn generate(&self, script: &str, hash: &str) {
        let other = "0".repeat(64);
        let sums = format!("{hash}  {}/devshell\n{other}  devshell-cli-{VERSION}-aarch64-darwin/devshell\n", stem());
        self.sandbox.write("../SHA256SUMS", sums);
        let url = format!("{}{VERSION}/", self.server.url());
        let arguments = ["generate", "launcher", "--sums", "../SHA256SUMS", "--url", &url, script];
        self.sandbox.run(&arguments).success();
    }

    /// The host has this command, which runs a script.
    fn command(&mut self, name: &str, script: &str) {
        let directory = self.sandbox.host_directory("host-bin");
        self.sandbox.write_executable(directory.join(name), &format!("#!/bin/sh\n{script}\n"));
    }

    /// The host has this command of the real one.
    fn real(&mut self, name: &str) {
        let directory = self.sandbox.host_directory("host-bin");
        fs_err::os::unix::fs::symlink(shell(name), directory.join(name)).unwrap();
    }

    fn launcher(&self, script: impl AsRef<Path>, arguments: &[&str]) -> Invocation<'_> {
        let shell = shell(self.shell);
        self.sandbox.program(shell, &[]).arg(script.as_ref()).args(arguments)
    }

    #[track_caller]
    fn run(&self) -> Outcome {
        self.launcher("./devshell", &["enter", "a b", ""]).run()
    }

    /// Expects that the published one ran with the arguments.
    #[track_caller]
    fn runs(&self) {
        self.run().success().stdout(RAN);
    }

    /// What is in the directory of kept copies.
    fn kept(&self) -> Vec<String> {
        let directory = self.sandbox.data().join("launchers");
        let found = if directory.exists() { tree(&directory) } else { BTreeMap::new() };
        let temporary = fs_err::read_dir(self.sandbox.root().join("tmp")).unwrap().count();
        assert_eq!(temporary, 0, "in {}", self.shell);
        found.into_keys().filter(|path| !path.is_empty()).collect()
    }

    /// Expects that one copy is kept, and nothing else.
    #[track_caller]
    fn keeps_one(&self) {
        let hash = sha256(PUBLISHED);
        assert_eq!(self.kept(), [hash.clone(), format!("{hash}/devshell")], "in {}", self.shell);
    }
}

/// On PATH, the version is what counts. What is there is the user's own.
#[test]
fn the_right_version_on_path_is_run() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.command("devshell", r#"case $1 in --version) echo devshell 1.2.3 ;; *) echo "on PATH: $*" ;; esac"#);
        case.run().success().stdout("on PATH: enter a b \n").stderr("");
        assert_eq!(case.server.requests(), [""; 0]);
    }
}

#[test]
fn another_version_on_path_is_passed_over() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        case.command("devshell", "echo devshell 1.2.30");
        case.runs();
        case.keeps_one();
        // A launcher on PATH is none, or it would look for itself for ever.
        let launcher = case.sandbox.read("devshell");
        case.command("devshell", launcher.strip_prefix("#!/bin/sh\n").unwrap());
        case.run().success().stdout(RAN).stderr("");
    }
}

#[test]
fn the_copy_that_was_kept_is_run() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        case.run().success().stdout(RAN).stderr(&format!("devshell: fetching devshell {VERSION} for {PLATFORM}\n"));
        case.server.forget_requests();
        case.run().success().stdout(RAN).stderr("");
        assert_eq!(case.server.requests(), [""; 0]);
        // Another hash is another devshell.
        let other = format!("{PUBLISHED}echo newer\n");
        case.server.serve(&path(), archive_of(&other));
        case.generate("devshell", &sha256(&other));
        case.run().success().stdout(&format!("{RAN}newer\n"));
        assert_eq!(case.kept().len(), 4);
    }
}

#[test]
fn curl_is_enough() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        case.command("wget", "echo wget >&2; exit 1");
        case.runs();
        case.keeps_one();
    }
}

#[test]
fn wget_is_enough() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("wget");
        case.runs();
        case.keeps_one();
    }
}

/// What an office's own index has is as good, and pip has the login for it.
#[test]
fn pip_is_enough() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        let index = Index::with([wheel("devshell-cli", VERSION).script("devshell", PUBLISHED)]);
        case.sandbox.set_index(index.url());
        let directory = case.sandbox.host_directory("host-bin");
        fs_err::os::unix::fs::symlink(python(), directory.join("python3")).unwrap();
        case.server.fault(path(), Fault::NotFound);
        case.runs();
        case.keeps_one();
        assert_eq!(index.downloads().len(), 1, "{:?}", index.requests());
    }
}

#[test]
fn npm_is_enough() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        let packed = Archive::new().program("package/bin/devshell", PUBLISHED.as_bytes()).packed("tar.gz");
        let packed = case.sandbox.write("../packed.tgz", packed);
        let expected = format!("pack --silent devshell-cli-{NPM}@{VERSION}");
        let name = format!("devshell-cli-{NPM}-{VERSION}.tgz");
        let script = format!("[ \"$*\" = '{expected}' ] && cp '{}' '{name}' && echo '{name}'", packed.display());
        case.command("npm", &script);
        case.runs();
        case.keeps_one();
    }
}

#[test]
fn another_hash_leaves_nothing() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        let other = "#!/bin/sh\necho not published\n";
        case.server.serve(&path(), archive_of(other));
        let text = format!("devshell {VERSION} from address has the hash `{}`, not `", sha256(other));
        case.run().code(125).stdout("").stderr_contains(&text).stderr_contains("hint: it was not started");
        assert_eq!(case.kept(), [""; 0]);
        // Nor does an archive that ends in the middle, or that is none.
        let cut = archive_of(PUBLISHED)[..40].to_owned();
        for bytes in [cut, gzipped(b"nothing"), b"<html>".to_vec()] {
            case.server.serve(&path(), bytes);
            case.run().code(125).stdout("").stderr_contains("was found neither at ");
            assert_eq!(case.kept(), [""; 0]);
        }
    }
}

#[test]
fn without_any_program_it_says_which_ones_it_needs() {
    for shell in SHELLS {
        let case = Case::new(shell);
        case.server.fault(path(), Fault::NotFound);
        let outcome = case.run();
        outcome.code(125).stdout("").stderr_contains(&format!(
            "devshell: devshell {VERSION} was found neither at `{}{VERSION}`, nor with pip nor with npm\n",
            case.server.url()
        ));
        outcome.stderr_contains("hint: check the network, and that there is curl or wget, pip, or npm; or install");
        assert_eq!(case.kept(), [""; 0]);
    }
}

#[test]
fn paths_with_spaces_are_paths() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        case.sandbox.write("my project/.keep", "");
        case.generate("my project/devshell", &sha256(PUBLISHED));
        let home = case.sandbox.root().join("my home");
        let run = || case.launcher("./devshell", &["a  b"]).directory("my project").env("HOME", &home).run();
        run().success().stdout("published <a  b>\n");
        run().success().stdout("published <a  b>\n").stderr("");
        assert!(home.join(".local/share/devshell/launchers").is_dir());
        let other = case.sandbox.root().join("other place");
        for (variable, below) in [("XDG_DATA_HOME", "devshell"), ("DEVSHELL_HOME", "data")] {
            case.launcher("./devshell", &[]).env(variable, &other).run().success();
            assert!(other.join(below).join("launchers").is_dir(), "{variable}");
        }
    }
}

#[test]
fn where_nothing_can_be_kept_it_is_fetched_for_one_run() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        let outcome = case.launcher("./devshell", &["x"]).env("XDG_DATA_HOME", "/proc/nowhere").run();
        outcome.success().stdout("published <x>\n");
        outcome.stderr_contains(
            "devshell: `/proc/nowhere/devshell` cannot be written, so this devshell is fetched for one",
        );
        assert_eq!(case.kept(), [""; 0]);
        let outcome = case.launcher("./devshell", &["x"]).env("HOME", "").run();
        outcome.code(125).stdout("").stderr("devshell: HOME is not set\nhint: set HOME or DEVSHELL_HOME\n");
    }
}

#[test]
fn two_at_once_are_no_harm() {
    for shell in SHELLS {
        let mut case = Case::new(shell);
        case.real("curl");
        let gate = Gate::default();
        case.server.fault(path(), Fault::Gate(gate.clone()));
        let started = [case.launcher("./devshell", &[]).spawn(), case.launcher("./devshell", &[]).spawn()];
        gate.wait_for_clients(2);
        gate.open();
        for process in started {
            let output = process.wait_with_output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), "published <>\n", "{output:?}");
        }
        assert_eq!(case.server.requests().len(), 2);
        case.keeps_one();
    }
}

/// The file itself: from an address, over an older launcher, and never over anything else.
#[test]
fn a_launcher_is_written_over_a_launcher_only() {
    let server = Registry::new();
    let sandbox = Sandbox::new().with_registry(&server);
    let hash = "a".repeat(64);
    server.serve("/1.2.3/SHA256SUMS", format!("{hash}  {}/devshell\n", stem()));
    let sums = format!("{}1.2.3/SHA256SUMS", server.url());
    let generate = |sums: &str| sandbox.run(&["generate", "launcher", "--sums", sums]);
    generate(&sums)
        .success()
        .stdout("")
        .stderr(&format!("devshell: wrote devshell, for devshell 1.2.3 on {PLATFORM}\n"));
    let text = sandbox.read("devshell");
    assert!(text.contains(&format!("\naddress='{}1.2.3'\n", server.url())), "{text}");
    generate(&sums).success();
    sandbox.program("./devshell", &[]).env("DEVSHELL_LAUNCHER", "1").run().code(125);
    let login = sums.replace("//", "//me:secret@");
    generate(&login).code(2).stderr_contains("would be written with a login").stderr_lacks("secret");
    sandbox.write("devshell", "precious");
    generate(&sums).code(1).stderr_contains("exists and is not a launcher\nhint: name another file");
    assert_eq!(sandbox.read("devshell"), "precious");
    sandbox.remove("devshell");
    generate("nowhere").code(1).stderr_contains("nowhere");
    sandbox.write("SHA256SUMS", format!("{hash}  other\n"));
    generate("SHA256SUMS").code(5).stderr_contains("`SHA256SUMS` cannot be used: it has no line like ");
    let built = sandbox.run(&["generate", "launcher"]);
    built.code(2).stderr(
        "devshell: this devshell was not built for a release\nhint: name the SHA256SUMS of a release with `--sums`\n",
    );
}
