//! The place of a prefix: what a program sees there of the prefix and of the host, and who it is.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use yard::{User, example};

struct Prefix {
    root: TempDir,
    user: User,
}

impl Prefix {
    fn new(user: User) -> Self {
        let prefix = Self { root: TempDir::new().unwrap(), user };
        fs::set_permissions(prefix.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        prefix.write("a:b,c/usr/share/devshell-test/data", "of the prefix");
        prefix.write("a:b,c/etc/devshell-test/conf", "conf");
        prefix.write("a:b,c/var/lib/devshell-test/state", "state");
        prefix.write("a:b,c/var/cache/devshell-test/cached", "");
        prefix.write("a:b,c/usr/lib/.keep", "");
        fs::create_dir_all(prefix.path().join(".devshell/root")).unwrap();
        symlink(prefix.path(), prefix.path().join("usr/lib/.devshell-place")).unwrap();
        prefix
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Its name has what separates options of a mount.
    fn path(&self) -> PathBuf {
        self.root.path().join("a:b,c")
    }

    fn script(&self, script: &str) -> Command {
        let mut command = Command::new(example("in_place"));
        command.arg(self.path()).args(["sh", "-c", script, "sh"]).arg(example("in_place")).arg(self.path());
        command.current_dir(self.root.path());
        if self.user == User::Nobody {
            command.uid(65534).gid(65534);
        }
        command
    }

    /// The same where something is mounted first, by root. The script has the prefix as `$1`.
    fn after(&self, mounts: &str, script: &str) -> Command {
        let mut command = Command::new("unshare");
        let become_user =
            if self.user == User::Nobody { "setpriv --reuid 65534 --regid 65534 --clear-groups" } else { "" };
        command.args(["--mount", "--propagation", "private", "sh", "-c"]);
        command.arg(format!("set -e; {mounts}\nexec {become_user} \"$0\" \"$1\" sh -c \"$2\" sh \"$0\" \"$1\""));
        command.arg(example("in_place")).arg(self.path()).arg(script).current_dir(self.root.path());
        command
    }
}

#[track_caller]
fn prints(mut command: Command, expected: &str) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert_eq!((&*out, &*errors), (expected, ""), "{status}");
    assert!(status.success());
}

const ALL: &str = "cat /usr/share/devshell-test/data; echo; cat /etc/devshell-test/conf; echo; \
    cat /var/lib/devshell-test/state; echo; test -s /etc/passwd && test -x /usr/bin/env && echo host";

const ALL_THERE: &str = "of the prefix\nconf\nstate\nhost\n";

#[test]
fn the_prefix_is_over_the_host() {
    for user in User::all() {
        let prefix = Prefix::new(user);
        prints(prefix.script(ALL), ALL_THERE);
        // What is started there sees the same.
        prints(prefix.script("sh -c 'cat /usr/share/devshell-test/data'"), "of the prefix");
        prints(prefix.script("for in in /usr/share/x /etc/x; do touch $in 2>/dev/null || echo no; done"), "no\nno\n");
    }
    assert!(!Path::new("/usr/share/devshell-test").exists());
}

/// The host's programs would not start with the libraries of an older release. What is below them is the prefix's, such as
/// Perl's modules, which Perl would not load from another release.
#[test]
fn libraries_of_the_host_stay_its_own() {
    for user in User::all() {
        let prefix = Prefix::new(user);
        let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        let own = Path::new("/").join(&libraries).join("libc.so.6");
        let expected = if own.exists() { "host\nof the prefix" } else { "of the prefix" };
        prefix.write(&format!("a:b,c/{libraries}/libc.so.6"), "not the host's");
        prefix.write(&format!("a:b,c/{libraries}/devshell-test"), "of the prefix");
        let below = a_file_below(&Path::new("/").join(&libraries));
        if let Some(below) = &below {
            prefix.write(&format!("a:b,c{}", below.display()), "not the host's\n");
        }
        let script = format!(
            "{}test ! -x {own} || {{ ls /usr >/dev/null && echo host; }}; cat /{libraries}/devshell-test",
            below.as_ref().map(|below| format!("cat {}; ", below.display())).unwrap_or_default(),
            own = own.display()
        );
        let expected = if below.is_some() { format!("not the host's\n{expected}") } else { expected.to_owned() };
        let mut command = Command::new(example("in_place"));
        command.arg("--hosts-libraries").arg(prefix.path()).args(["sh", "-c", &script]);
        if user == User::Nobody {
            command.uid(65534).gid(65534);
        }
        prints(command, &expected);
    }
}

/// A file in a directory below this one, if there is one. Its name needs no quotes.
fn a_file_below(directory: &Path) -> Option<PathBuf> {
    let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    let directories = entries(directory).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut files = directories.flat_map(|entry| entries(&entry.path()));
    let is_simple =
        |path: &Path| !path.to_string_lossy().contains(|c: char| !c.is_ascii_alphanumeric() && !"/-_.".contains(c));
    let found = files.find(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()) && is_simple(&entry.path()));
    found.map(|entry| entry.path())
}

#[test]
fn a_program_is_who_it_was_and_may_what_it_might() {
    for user in User::all() {
        let prefix = Prefix::new(user);
        let script = "id -u; id -g; id -un";
        let mut plain = Command::new("sh");
        plain.args(["-c", script]);
        if user == User::Nobody {
            plain.uid(65534).gid(65534);
        }
        prints(prefix.script(script), &String::from_utf8(plain.output().unwrap().stdout).unwrap());
        if user == User::Nobody || !rustix::process::geteuid().is_root() {
            let none = "0000000000000000\n".repeat(4);
            prints(prefix.script("sed -n 's/^Cap[IPEA][a-z]*:\\t//p' /proc/self/status"), &none);
            prints(prefix.script("umount /usr 2>/dev/null || echo no"), "no\n");
        }
    }
}

#[test]
fn a_place_is_entered_once() {
    for user in User::all() {
        let prefix = Prefix::new(user);
        let count = "grep -c . /proc/self/mountinfo";
        let script = format!("a=$({count}); b=$(\"$1\" \"$2\" {count}); [ \"$a\" = \"$b\" ] && echo same");
        prints(prefix.script(&script), "same\n");
        let other = Prefix::new(user);
        other.write("a:b,c/usr/share/other/data", "other");
        // One place in another one: both are there.
        let script = format!(
            "\"$1\" '{}' sh -c 'cat /usr/share/other/data /usr/share/devshell-test/data'",
            other.path().display()
        );
        prints(prefix.script(&script), "otherof the prefix");
    }
}

/// Each program has the modules of its own packages, and the host's programs start in both places.
#[test]
fn two_places_have_their_own_modules_and_the_libraries_of_the_host() {
    let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let Some(below) = a_file_below(&Path::new("/").join(&libraries)) else { return };
    for user in User::all() {
        let prefixes = [Prefix::new(user), Prefix::new(user)];
        for (prefix, text) in prefixes.iter().zip(["first", "second"]) {
            prefix.write(&format!("a:b,c{}", below.display()), text);
            prefix.write(&format!("a:b,c/{libraries}/libc.so.6"), "not the host's");
        }
        let [first, second] = prefixes.each_ref().map(|prefix| prefix.path().display().to_string());
        let program = example("in_place").display().to_string();
        let script = format!(
            "cat {file}; echo; ls /usr >/dev/null && exec '{program}' --hosts-libraries '{second}' \
             sh -c 'cat {file}; echo; ls /usr >/dev/null && echo host'",
            file = below.display()
        );
        let mut command = Command::new(&program);
        command.args(["--hosts-libraries", &first, "sh", "-c", &script]);
        if user == User::Nobody {
            command.uid(65534).gid(65534);
        }
        prints(command, "first\nsecond\nhost\n");
    }
}

#[test]
fn the_working_directory_stays() {
    for user in User::all() {
        let prefix = Prefix::new(user);
        prints(prefix.script("pwd"), &format!("{}\n", prefix.root.path().display()));
        for (directory, file) in [("/usr/share", "devshell-test/data"), ("/etc", "devshell-test/conf")] {
            let mut command =
                prefix.script(&format!("pwd; test \"$(readlink /proc/self/cwd)\" = {directory}; cat {file}"));
            command.current_dir(directory);
            let text = if directory == "/etc" { "conf" } else { "of the prefix" };
            prints(command, &format!("{directory}\n{text}"));
        }
    }
}

/// What is mounted below a directory of the host can only be left out where this user mounted it.
#[test]
fn what_is_mounted_on_the_host_stays() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for user in User::all() {
        let prefix = Prefix::new(user);
        prefix.write("a:b,c/etc/ssl/of-the-prefix", "merged");
        prefix.write("outside", "mounted");
        fs::create_dir_all("/etc/ssl/certs").unwrap();
        let mounts = "mount --bind outside /etc/hostname
            mount -t tmpfs -o mode=777 one /etc/ssl/certs; echo deep >/etc/ssl/certs/file
            mount -t tmpfs -o mode=777 two /usr/local; mkdir /usr/local/bin
            mount -t tmpfs -o mode=777 three /var/lib";
        let script = format!(
            "cat /etc/hostname; echo; cat /etc/ssl/certs/file; cat /etc/ssl/of-the-prefix; echo; \
             touch /usr/local/made && echo writable; {ALL}"
        );
        prints(prefix.after(mounts, &script), &format!("mounted\ndeep\nmerged\nwritable\n{ALL_THERE}"));
    }
}

#[test]
fn what_is_the_users_own_can_be_written() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for user in User::all() {
        let prefix = Prefix::new(user);
        prefix.write("own/file", "");
        chown(prefix.root.path().join("own"), Some(65534), Some(65534)).unwrap();
        // A project in a place that is often used in containers; and root's files, which stay so for all others.
        let mounts = "mount -t tmpfs -o mode=755 one /usr/src; mkdir -m 777 /usr/src/app
            mount -t tmpfs -o mode=755 two /var/cache; mkdir -m 777 /var/cache/own; mkdir -m 755 /var/cache/root; cd /usr/src/app";
        let script = "pwd; touch made && ls /usr/src/app; touch /var/cache/own/x 2>/dev/null && echo cache";
        let cache = if user == User::Nobody { "cache\n" } else { "" };
        prints(prefix.after(mounts, &format!("{script}; true")), &format!("/usr/src/app\nmade\n{cache}"));
    }
}

/// A host that has neither `/usr` nor `/etc`.
#[test]
fn on_a_bare_host_the_directories_are_those_of_the_prefix() {
    let Some(busybox) = ["/usr/bin/busybox", "/bin/busybox"].into_iter().find(|path| Path::new(path).exists()) else {
        return;
    };
    for user in User::all() {
        let prefix = Prefix::new(user);
        let bare = bare(&prefix, busybox);
        let enter = r#"set -e; mount --bind "$1" "$1"; cd "$1"; mount --rbind /proc proc; mount --bind "$2" ".$2"
            pivot_root . old; cd /; LD_LIBRARY_PATH=/lib64 exec /in_place "$2" /bin/sh -c "$3""#;
        let script = "cat /usr/share/devshell-test/data /etc/devshell-test/conf /var/lib/devshell-test/state /file; \
            echo; pwd; readlink /lib; ls -d /var/cache/own; \
            ls / | while read -r name; do printf '%s ' \"$name\"; done";
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--propagation", "private", "sh", "-c", enter, "sh"]);
        command.arg(&bare).arg(prefix.path()).arg(script);
        if user == User::Nobody {
            command.uid(65534).gid(65534);
        }
        let names = "bin etc file in_place lib lib64 old proc tmp usr var ";
        prints(command, &format!("of the prefixconfstatefile\n/\nusr/lib\n/var/cache/own\n{names}"));
        assert!(!bare.join("usr").exists() && !bare.join("var/lib").exists());
    }
}

/// Where libraries are not where Debian has them, the host's programs find their own loader and libraries all the same.
#[test]
fn on_a_host_of_another_layout_the_loader_is_its_own() {
    let Some(busybox) = ["/usr/bin/busybox", "/bin/busybox"].into_iter().find(|path| Path::new(path).exists()) else {
        return;
    };
    for linked in [true, false] {
        let prefix = Prefix::new(User::Caller);
        let bare = bare(&prefix, busybox);
        let (place, loader) = if linked { ("usr/lib", "lib") } else { ("usr/lib64", "") };
        fs::create_dir_all(bare.join("usr/lib")).unwrap();
        fs::create_dir_all(bare.join("etc")).unwrap();
        if linked {
            for entry in fs::read_dir(bare.join("lib64")).unwrap() {
                let entry = entry.unwrap();
                fs::rename(entry.path(), bare.join("usr/lib").join(entry.file_name())).unwrap();
            }
            fs::remove_dir(bare.join("lib64")).unwrap();
            symlink(loader, bare.join("usr/lib64")).unwrap();
        } else {
            fs::rename(bare.join("lib64"), bare.join("usr/lib64")).unwrap();
        }
        symlink("usr/lib64", bare.join("lib64")).unwrap();
        fs::write(bare.join(place).join("which"), "host").unwrap();
        prefix.write("a:b,c/usr/lib64/which", "prefix");
        prefix.write("a:b,c/usr/lib64/ld-linux-x86-64.so.2", "of the prefix");
        let enter = r#"set -e; mount --bind "$1" "$1"; cd "$1"; mount --rbind /proc proc; mount --bind "$2" ".$2"
            pivot_root . old; cd /; LD_LIBRARY_PATH=/lib64 exec /in_place "$2" /bin/sh -c "$3""#;
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--propagation", "private", "sh", "-c", enter, "sh"]);
        command.arg(&bare).arg(prefix.path()).arg("cat /lib64/which /usr/share/devshell-test/data");
        prints(command, "hostof the prefix");
    }
}

/// A root directory with little more than a shell, and the libraries of that.
fn bare(prefix: &Prefix, busybox: &str) -> PathBuf {
    let bare = prefix.root.path().join("bare");
    for name in ["var/cache/own", "bin", "lib64", "proc", "old"] {
        fs::create_dir_all(bare.join(name)).unwrap();
    }
    fs::create_dir_all(bare.join(prefix.path().strip_prefix("/").unwrap())).unwrap();
    prefix.write("bare/file", "file");
    fs::copy(busybox, bare.join("bin/busybox")).unwrap();
    fs::copy(example("in_place"), bare.join("in_place")).unwrap();
    for name in ["sh", "cat", "ls", "pwd", "touch", "readlink"] {
        symlink("busybox", bare.join("bin").join(name)).unwrap();
    }
    let needed = Command::new("ldd").arg(busybox).output().unwrap().stdout;
    for path in String::from_utf8(needed).unwrap().split_whitespace().filter(|word| word.starts_with('/')) {
        fs::copy(path, bare.join("lib64").join(Path::new(path).file_name().unwrap())).unwrap();
    }
    bare
}

/// Nothing has changed for a program whose place cannot be entered.
#[test]
fn without_namespaces_nothing_changes() {
    let prefix = Prefix::new(User::Caller);
    let script = "echo 0 >/proc/sys/user/max_user_namespaces; echo 0 >/proc/sys/user/max_mnt_namespaces
        \"$0\" \"$1\" sh -c 'id -u; pwd; ls /etc/devshell-test'";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", script]).arg(example("in_place")).arg(prefix.path());
    let output = command.current_dir("/usr/share").env("LC_ALL", "C").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n/usr/share\n", "{output:?}");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.starts_with("in_place: cannot leave the host's mounts: No space left on device"), "{errors}");
}

/// The same where it fails half way: the prefix has no directory for what is needed then.
#[test]
fn a_failure_half_way_changes_nothing() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let prefix = Prefix::new(User::Nobody);
    fs::remove_dir_all(prefix.path().join(".devshell")).unwrap();
    let script = "id -u; pwd; ls -d /usr/share/devshell-test; readlink /proc/self/ns/user";
    let output = prefix.after("mount -t tmpfs one /etc/ssl", script).output().unwrap();
    let (own, directory) = (fs::read_link("/proc/self/ns/user").unwrap(), prefix.root.path().display().to_string());
    let expected = format!("65534\n{directory}\n{}\n", own.display());
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{output:?}");
    // What root has laid is taken away again: below `/usr`, nothing is mounted.
    let prefix = Prefix::new(User::Caller);
    fs::remove_dir_all(prefix.path().join(".devshell")).unwrap();
    let enter =
        r#"mount -t tmpfs one /etc/ssl; grep -c . /proc/self/mountinfo; exec unshare -U -r "$0" "$1" sh -c "$2""#;
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", enter]).arg(example("in_place")).arg(prefix.path());
    let output = command.arg("grep -c . /proc/self/mountinfo; ls -d /usr/share/devshell-test").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 2 && lines[0] == lines[1], "{output:?}");
}

/// Root of a namespace of its own, where mounts are another's.
#[test]
fn who_is_root_in_a_namespace_of_users_has_a_place_too() {
    let prefix = Prefix::new(User::Caller);
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user"]).arg(example("in_place")).arg(prefix.path()).args(["sh", "-c", ALL]);
    prints(command, ALL_THERE);
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("unshare");
        let script = r#"mount -t tmpfs one /etc/ssl && exec unshare -U -r "$0" "$1" sh -c "$2""#;
        command.args(["--mount", "sh", "-c", script]).arg(example("in_place")).arg(prefix.path()).arg(ALL);
        prints(command, ALL_THERE);
    }
}
