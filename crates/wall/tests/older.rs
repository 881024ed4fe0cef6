//! Walls on older kernels, which lack a system call that walls are made with otherwise.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::fs;
use std::process::{Command, Output};

use yard::{User, Yard};

/// Before Linux 5.12, mounts are made read-only one by one.
const REMOUNTS: &str = "mount_setattr";

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_user_has_their_files() {
    for user in User::all() {
        let yard = Yard::new(user).without(REMOUNTS);
        let script = ": >made; touch .git/config && echo written; \
            for path in .git/hooks/x /usr/x /etc/x /x; do touch $path 2>/dev/null && echo $path; done; \
            cat .env secrets/key 2>/dev/null; ls -ld secrets | cut -c 1-10; echo x >/tmp/x && cat /tmp/x && echo y >/dev/null";
        let output = yard.wall().args(["sh", "-c", script]).output().unwrap();
        assert_eq!(text(&output), "written\nd---------\nx\n", "{user:?}: {output:?}");
        assert!(yard.project().join("made").exists());
    }
}

/// Its flags are read by hand: those of a mount below another one stay, and those of the wall are added.
#[test]
fn mounts_below_others_are_read_only_too() {
    let yard = Yard::new(User::Caller);
    let outside = yard.path("outside");
    for name in ["plain", "with space", "covered/below"] {
        fs::create_dir_all(outside.join(name)).unwrap();
    }
    let script = r#"cd "$1" && shift &&
        mount -t tmpfs one plain && mkdir plain/deep && mount -t tmpfs two plain/deep && echo x >plain/deep/file &&
        mount -t tmpfs -o noexec,nodev three "with space" && mkdir "with space/deep" &&
        mount -t tmpfs four covered/below && mount -t tmpfs five covered && exec "$@""#;
    let inside = r#"for path in . plain plain/deep "with space" covered; do
            touch "$1/$path/made" 2>/dev/null && echo "$path is writable"; done
        cat "$1/plain/deep/file"; ls -d "$1/with space/deep" >/dev/null && grep -c "$1.*ro,.*noexec" /proc/self/mountinfo"#;
    for lacks in [None, Some(REMOUNTS)] {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(&outside);
        command.arg(yard::program());
        if let Some(call) = lacks {
            command.args(["--without", call]);
        }
        command.args(["--ro", "/usr", "--ro", "/proc", "--dev", "/dev"]);
        for path in ["/bin", "/lib", "/lib64"] {
            command.args(["--same", path]);
        }
        command.arg("--ro").arg(&outside).args(["/", "sh", "-c", inside, "sh"]);
        let output = command.arg(&outside).output().unwrap();
        assert_eq!(text(&output), "x\n1\n", "{lacks:?}: {output:?}");
    }
}

#[test]
fn a_kernel_that_is_too_old_is_named() {
    let output = Yard::new(User::Caller).without("openat2").wall().arg("true").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(125), "{errors}");
    assert!(errors.contains("this kernel is too old: "), "{errors}");
}
