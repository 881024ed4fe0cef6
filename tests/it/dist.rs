//! The packages that `dist/` makes, of a small static executable in place of devshell: the same bytes whenever they are
//! made, and each one installed as its users do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{DEVSHELL, Invocation, Registry, Sandbox, not_run, sha256};

/// What is packed: it prints its name, and its arguments.
const PROGRAM: &str = r#"
#include <stdio.h>
int main(int count, char **words) {
  for (int index = 1; index < count; index++) printf("<%s>", words[index]);
  puts(" by a package");
}
"#;

const ARCH: &str = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x86_64" };

/// The names of the architecture at npm and at Debian.
const NPM: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
const DEBIAN: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A sandbox with Python, and with the packages in `dist` of the project.
struct Packed {
    sandbox: Sandbox,
    program: PathBuf,
}

impl Packed {
    fn new() -> Self {
        let packed = Self::unpacked();
        packed.pack("dist", "022", "UTC");
        packed
    }

    fn unpacked() -> Self {
        let sandbox = Sandbox::new().on_whole_host().with_python();
        let source = sandbox.write("../program/devshell.c", PROGRAM);
        let program = source.with_extension("");
        sandbox.program("cc", &["-O1", "-static", "-s", "-o"]).arg(&program).arg(&source).run().success();
        Self { sandbox, program }
    }

    fn script(&self, name: &str) -> Invocation<'_> {
        self.sandbox.program("python3", &[]).arg(root().join("dist").join(name))
    }

    /// Makes all packages in a directory of the project, as a caller with this umask and in this time zone.
    fn pack(&self, directory: &str, umask: &str, zone: &str) {
        // The manual pages and the completions are those of devshell itself.
        let script = "umask $1 && python3 \"$3\" \"$2\" \"$4\" \"$5\"";
        let run = self.sandbox.program("sh", &["-c", script, "sh", umask, directory]);
        let run = run.arg(root().join("dist/pack.py")).arg(DEVSHELL).arg(&self.program);
        run.env("TZ", zone).env("PYTHONHASHSEED", umask.trim_start_matches('0')).run().success();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.project().join("dist").join(name)
    }

    /// The wheel for this machine.
    fn wheel(&self) -> PathBuf {
        let tags = ["manylinux_2_17", "manylinux2014", "musllinux_1_1"].map(|tag| format!("{tag}_{ARCH}"));
        self.path(&format!("devshell_cli-{VERSION}-py3-none-{}.whl", tags.join(".")))
    }

    #[track_caller]
    fn runs(&self, program: impl AsRef<Path>) {
        self.sandbox.program(program.as_ref(), &["a b", ""]).run().success().stdout("<a b><> by a package\n");
    }

    /// Unpacks npm's packages as npm does.
    fn unpack(&self, package: &str, place: &str) {
        let archive = self.path(&format!("{package}-{VERSION}.tgz"));
        let script = "mkdir -p \"$1/$2\" && tar -xzf \"$3\" -C \"$1/$2\" --strip-components=1";
        self.sandbox.program("sh", &["-c", script, "sh", place, package]).arg(archive).run().success();
    }
}

fn content(directory: &Path) -> BTreeMap<String, String> {
    let entries = fs_err::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    entries.map(|path| (name(&path), sha256(fs_err::read(&path).unwrap()))).collect()
}

#[test]
fn the_same_executable_gives_the_same_packages() {
    let packed = Packed::new();
    // Nor does the time of the executable matter, nor what it is called.
    let renamed = packed.program.with_file_name("other");
    packed.sandbox.program("mv", &[]).arg(&packed.program).arg(&renamed).run().success();
    packed.sandbox.program("touch", &["-t", "203001010000"]).arg(&renamed).run().success();
    let packed = Packed { program: renamed, ..packed };
    packed.pack("again", "077", "Asia/Tokyo");
    let (first, second) = (content(&packed.path("")), content(&packed.sandbox.project().join("again")));
    assert_eq!(first, second);
    assert_eq!(first.len(), 6, "{first:?}");
}

/// `sha256sum` agrees, before an archive is unpacked and after.
#[test]
fn the_sums_are_those_of_archives_and_of_what_is_in_them() {
    let packed = Packed::new();
    let check =
        || packed.sandbox.program("sha256sum", &["--check", "--ignore-missing", "SHA256SUMS"]).directory("dist");
    let stem = format!("devshell-cli-{VERSION}-{ARCH}-linux");
    let executable = format!("{stem}/devshell: OK\n");
    let before = check().run();
    assert!(before.success().text().lines().count() == 5 && !before.text().contains(&executable), "{before}");
    packed.sandbox.program("tar", &["-xzf", &format!("{stem}.tar.gz")]).directory("dist").run().success();
    check().run().success().stdout_contains(&executable);
    packed.runs(packed.path(&stem).join("devshell"));
    for path in ["man1/devshell-run.1", "completions/_devshell", "LICENSE-MIT", "LICENSE-APACHE", "README.md"] {
        assert!(packed.path(&stem).join(path).exists(), "{path}");
    }
}

#[test]
fn pip_and_uv_install_the_wheel() {
    let packed = Packed::new();
    let sandbox = &packed.sandbox;
    let pip = |arguments: &[&str]| sandbox.program("python3", &["-m", "pip", "--isolated"]).args(arguments);
    pip(&["install", "--no-index", "--prefix", "../prefix"]).arg(packed.wheel()).run().success();
    // Debian's pip puts it below `local`.
    let places = ["home/prefix/bin/devshell", "home/prefix/local/bin/devshell"].map(|place| sandbox.root().join(place));
    packed.runs(places.into_iter().find(|place| place.exists()).expect("pip has installed it"));
    let uv = sandbox.program("uv", &["tool", "install", "--offline", "--no-config"]).arg(packed.wheel()).run();
    uv.success().stderr_contains("Installed 1 executable: devshell");
    packed.runs(sandbox.home().join(".local/bin/devshell"));

    // One file is for both C libraries, and for no other machine.
    for (platform, is_found) in
        [("musllinux_1_1", true), ("manylinux_2_17", true), ("manylinux_2_5", false), ("win", false)]
    {
        let platform = format!("{platform}_{ARCH}");
        let arguments = ["download", "--no-index", "--no-deps", "--only-binary", ":all:", "--find-links", "dist"];
        let run = pip(&arguments).args(&["--platform", &platform, "--dest", &platform, "devshell-cli"]).run();
        assert_eq!(run.ended_well(), is_found, "{platform}: {run}");
    }
}

/// In bytes, over what the executable alone has when it is compressed.
#[test]
fn the_wheel_adds_little() {
    let packed = Packed::new();
    let sizes = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1])
print(sum(i.compress_size for i in z.infolist() if i.filename.endswith('/scripts/devshell')))";
    let run = packed.sandbox.program("python3", &["-c", sizes]).arg(packed.wheel()).run();
    let compressed: u64 = run.success().text().trim().parse().unwrap();
    let added = fs_err::metadata(packed.wheel()).unwrap().len() - compressed;
    assert!(added < 5000, "{added}");
}

/// npm puts the package for the platform beside the main one or inside it, and a link to its command on PATH.
#[test]
fn npms_command_finds_the_executable() {
    let packed = Packed::new();
    let sandbox = &packed.sandbox;
    let of_platform = format!("devshell-cli-linux-{NPM}");
    packed.unpack("devshell-cli", "beside/lib/node_modules");
    let link = sandbox.project().join("beside/bin/devshell");
    fs_err::create_dir_all(link.parent().unwrap()).unwrap();
    fs_err::os::unix::fs::symlink("../lib/node_modules/devshell-cli/bin/devshell", &link).unwrap();
    let missing = sandbox.program(&link, &["x"]).run();
    missing.code(125).stdout("").stderr(&format!(
        "devshell: the package {of_platform} is missing\nhint: install devshell-cli again, without --omit=optional\n"
    ));
    packed.unpack(&of_platform, "beside/lib/node_modules");
    packed.runs(&link);
    packed.unpack("devshell-cli", "my project/node_modules");
    packed.unpack(&of_platform, "my project/node_modules/devshell-cli/node_modules");
    packed.runs(sandbox.project().join("my project/node_modules/devshell-cli/bin/devshell"));

    let about = |path: &str| -> serde_json::Value { serde_json::from_str(&sandbox.read(path)).unwrap() };
    let main = about("beside/lib/node_modules/devshell-cli/package.json");
    assert_eq!(main["optionalDependencies"], serde_json::json!({ &of_platform: VERSION }));
    assert_eq!(main["bin"], serde_json::json!({ "devshell": "bin/devshell" }));
    let platform = about(&format!("beside/lib/node_modules/{of_platform}/package.json"));
    assert_eq!((&platform["os"][0], &platform["cpu"][0]), (&"linux".into(), &NPM.into()));
    // It serves both.
    assert!(platform.get("libc").is_none() && platform.get("scripts").is_none(), "{platform}");
}

#[test]
fn dpkg_reads_the_debian_package() {
    let packed = Packed::new();
    let name = format!("devshell-cli_{VERSION}_{DEBIAN}.deb");
    if which::which("dpkg-deb").is_err() {
        return not_run("dpkg_reads_the_debian_package", "there is no dpkg-deb");
    }
    packed.sandbox.program("dpkg-deb", &["--extract"]).arg(packed.path(&name)).arg("unpacked").run().success();
    packed.runs(packed.sandbox.project().join("unpacked/usr/bin/devshell"));
    for path in [
        "man/man1/devshell-run.1.gz",
        "bash-completion/completions/devshell",
        "zsh/vendor-completions/_devshell",
        "fish/vendor_completions.d/devshell.fish",
        "doc/devshell-cli/copyright",
    ] {
        assert!(packed.sandbox.project().join("unpacked/usr/share").join(path).exists(), "{path}");
    }
    let about = packed.sandbox.program("dpkg-deb", &["--field"]).arg(packed.path(&name)).run();
    about.success().stdout_contains(&format!("\nVersion: {VERSION}\nArchitecture: {DEBIAN}\n"));
}

/// One hash is enough for all of them: the executable is the same in each package.
#[test]
fn a_launcher_takes_each_of_the_packages() {
    let packed = Packed::new();
    let sandbox = &packed.sandbox;
    let server = Registry::new();
    let stem = format!("devshell-cli-{VERSION}-{ARCH}-linux");
    server.serve("/SHA256SUMS", fs_err::read(packed.path("SHA256SUMS")).unwrap());
    let sums = format!("{}SHA256SUMS", server.url());
    sandbox.run(&["generate", "launcher", "--sums", &sums]).success();
    let fake = sandbox.root().join("fake");
    let tarball = packed.path(&format!("devshell-cli-linux-{NPM}-{VERSION}.tgz"));
    sandbox.write_executable(fake.join("npm"), &format!("#!/bin/sh\ncp '{}' .\n", tarball.display()));
    sandbox.write_executable(fake.join("python3"), "#!/bin/sh\nexit 1\n");
    sandbox.write_executable(fake.join("pip3"), "#!/bin/sh\nexit 1\n");
    let path = format!("{}:{}", fake.display(), sandbox.path().to_str().unwrap());
    let run = |data: &str| sandbox.program("./devshell", &["x"]).env("XDG_DATA_HOME", sandbox.root().join(data));
    run("npm").env("PATH", path).run().success().stdout("<x> by a package\n");
    let links = packed.path("");
    run("pip").env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", links).run().success().stdout("<x> by a package\n");
    server.serve(&format!("/{stem}.tar.gz"), fs_err::read(packed.path(&format!("{stem}.tar.gz"))).unwrap());
    run("archive").run().success().stdout("<x> by a package\n");
}

#[test]
fn only_static_executables_are_packed() {
    let packed = Packed::unpacked();
    let sandbox = &packed.sandbox;
    let source = packed.program.with_extension("c");
    sandbox.program("cc", &["-o", "dynamic"]).arg(source).run().success();
    let wheel = |path: &str| packed.script("wheel.py").args(&[path, "out"]).run();
    wheel("dynamic").code(1).stderr("dynamic needs a C library: build it with `dist/build`\n");
    sandbox.write("text", "#!/bin/sh\n");
    wheel("text").code(1).stderr("text is no executable for Linux or macOS on x86_64 or aarch64\n");
    // The header of a program for macOS on Apple silicon.
    sandbox.write("mac", [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]);
    wheel("mac").success().stdout(&format!("out/devshell_cli-{VERSION}-py3-none-macosx_11_0_arm64.whl\n"));
    assert!(!root().join("dist/__pycache__").exists());
}

/// What cargo is asked for, and what is there afterwards. In place of cargo, a script puts the program where cargo would.
#[test]
fn a_release_has_every_package_and_no_path_of_the_machine() {
    let mut packed = Packed::unpacked();
    let target = format!("{ARCH}-unknown-linux-gnu");
    let directory = packed.sandbox.host_directory("host-bin");
    let cargo = format!(
        "#!/bin/sh\necho \"$* CFLAGS=$CFLAGS EPOCH=$SOURCE_DATE_EPOCH\" >&2\nmkdir -p \"$CARGO_TARGET_DIR/{target}/release\"
         cp '{}' \"$CARGO_TARGET_DIR/{target}/release/devshell\"\n",
        packed.program.display()
    );
    packed.sandbox.write_executable(directory.join("cargo"), &cargo);
    packed.sandbox.write_executable(directory.join("rustc"), &format!("#!/bin/sh\necho 'host: {target}'\n"));
    let built = packed.sandbox.root().join("built");
    let run = packed.sandbox.program(root().join("dist/build"), &[]).env("CARGO_TARGET_DIR", &built);
    let run = run.env("CARGO_HOME", "/my/cargo").env("SOURCE_DATE_EPOCH", "1000000000").run();
    let line =
        format!("build --release --locked --bin devshell --target {target} --config target.{target}.rustflags=[");
    run.success().stderr_contains(&line).stderr_contains(" EPOCH=1000000000\n");
    for pair in ["/my/cargo=/cargo", "[ROOT]/built=/target"] {
        run.stderr_contains(&format!("\"--remap-path-prefix={pair}\""))
            .stderr_contains(&format!(" -ffile-prefix-map={pair}"));
    }
    let names: Vec<String> = content(&built.join("dist")).into_keys().collect();
    let starts =
        ["SHA256SUMS", "devshell-cli-0", "devshell-cli-0", "devshell-cli-linux-", "devshell-cli_", "devshell_cli-"];
    assert!(names.len() == 6 && names.iter().zip(starts).all(|(name, start)| name.starts_with(start)), "{names:?}");
    let time = packed.sandbox.program("tar", &["--utc", "-tvf"]).arg(built.join("dist").join(&names[1])).run();
    time.success().stdout_contains(" 2001-09-09 01:46 devshell-cli-");
}

/// `cargo binstall` looks for the archives under the names that they have.
#[test]
fn binstall_knows_the_archives() {
    let text = fs_err::read_to_string(root().join("Cargo.toml")).unwrap();
    let cargo: toml::Table = text.parse().unwrap();
    let targets = cargo["package"]["metadata"]["binstall"]["overrides"].as_table().unwrap();
    assert_eq!(targets.len(), 6);
    for (target, given) in targets {
        let arch = target.split('-').next().unwrap();
        let system = if target.contains("apple") { "darwin" } else { "linux" };
        let stem = format!("devshell-cli-{{ version }}-{arch}-{system}");
        assert!(given["pkg-url"].as_str().unwrap().ends_with(&format!("/{stem}.tar.gz")), "{target}");
        assert_eq!(given["bin-dir"].as_str(), Some(format!("{stem}/{{ bin }}").as_str()), "{target}");
    }
}
