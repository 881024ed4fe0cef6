//! A root that is imitated, in directories whose changes go elsewhere: what packages are configured with.
#![cfg(target_os = "linux")]

#[allow(dead_code)] // each of the tests takes what it needs
mod yard;

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::process::Output;

use yard::{User, Yard, printed};

/// Runs a script as the imitated root. The host's `/usr` and a directory of the yard can be changed, so it seems.
fn run(yard: &Yard, script: &str) -> Output {
    let text = |path: &str| yard.path(path).display().to_string();
    let overlay = |lower: &str, name: &str, target: &str| {
        [
            "--overlay".to_owned(),
            lower.to_owned(),
            text(&format!("up/{name}")),
            text(&format!("work/{name}")),
            target.to_owned(),
        ]
    };
    let mut command = yard.program_of_user();
    command.args(overlay("/usr", "usr", "/usr")).args(overlay(&text("system/etc"), "etc", "/etc"));
    for name in ["bin", "sbin", "lib", "lib64"] {
        command.args(["--link", &format!("/{name}"), &format!("usr/{name}")]);
    }
    command.args(["--memory", "/tmp", "--dev", "/dev", "--proc", "/proc", "--imitate-root", "/tmp"]);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin").args(["sh", "-c", script]).output().unwrap()
}

fn yard(user: User) -> Yard {
    let yard = Yard::new(user);
    for name in ["up", "up/usr", "up/etc", "work", "work/usr", "work/etc", "system", "system/etc", "system/etc/gone"] {
        yard.make_directory(name);
    }
    for (name, text) in [("etc/conf", "old\n"), ("etc/gone/file", "x"), ("etc/other", "kept\n")] {
        yard.write(&format!("system/{name}"), text);
    }
    yard
}

#[track_caller]
fn prints(yard: &Yard, script: &str, expected: &str) {
    printed(&run(yard, script), script, expected);
}

#[test]
fn what_only_root_may_do_seems_done() {
    for user in User::all() {
        let yard = yard(user);
        prints(&yard, "id -u; touch a; chown 33:44 a; chgrp 7 a; stat -c %u:%g a", "0\n0:0\n");
        prints(&yard, "mknod /dev/shm/d b 8 0 && test ! -e /dev/shm/d && mkfifo p && test -p p && echo ok", "ok\n");
        prints(&yard, "chmod 4755 /etc/conf; stat -c %a /etc/conf", "4755\n");
        let python = "import os; os.setgroups([5]); os.setgid(5); os.setuid(7); os.setxattr('a', 'security.x', b'y'); print(os.getuid())";
        prints(&yard, &format!("touch a; /usr/bin/python3 -c \"{python}\""), "0\n");
    }
}

#[test]
fn changes_go_elsewhere() {
    for user in User::all() {
        let yard = yard(user);
        let script =
            "echo new >/etc/conf; rm -r /etc/gone; ln -s /etc/conf /etc/link; cat /etc/conf /etc/other; ls /etc";
        prints(&yard, script, "new\nkept\nconf\nlink\nother\n");
        let read = |path: &str| fs::read_to_string(yard.path(path)).unwrap();
        assert_eq!((read("system/etc/conf").as_str(), read("up/etc/conf").as_str()), ("old\n", "new\n"));
        assert!(yard.path("system/etc/gone/file").exists());
        // The kernel's mark of what is gone.
        let gone = fs::symlink_metadata(yard.path("up/etc/gone")).unwrap();
        assert!(gone.file_type().is_char_device() && gone.rdev() == 0);
        assert!(fs::symlink_metadata(yard.path("up/etc/link")).unwrap().is_symlink());
        let owner = fs::metadata(yard.path("up")).unwrap();
        let made = fs::metadata(yard.path("up/etc/conf")).unwrap();
        assert_eq!((made.uid(), made.gid()), (owner.uid(), owner.gid()), "{user:?}");
    }
}

#[test]
fn what_reaches_more_of_the_kernel_is_refused() {
    for user in User::all() {
        let yard = yard(user);
        for script in [
            "unshare --user true",
            "unshare --mount true",
            "mount -t tmpfs tmpfs /tmp",
            "umount /proc",
            "chroot / true",
            "mount --bind /etc /tmp",
            "hostname other",
            "date -s 2001-01-01",
            "echo 1 >/proc/sys/kernel/panic",
            "cat /dev/mem",
            "test -e /home",
            "test -e /root",
        ] {
            let output = run(&yard, script);
            assert!(!output.status.success(), "{user:?}: {script}: {output:?}");
        }
        let ptrace = "import ctypes; print(ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0), ctypes.get_errno())";
        prints(&yard, &format!("/usr/bin/python3 -c \"{ptrace}\""), "-1 1\n");
        // The same call by the number that it has in x32.
        let other = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall(0x40000000 | 39), ctypes.get_errno())";
        if cfg!(target_arch = "x86_64") {
            prints(&yard, &format!("/usr/bin/python3 -c \"{other}\""), "-1 38\n");
        }
        let connect =
            "import socket; s = socket.socket(); print(s.connect_ex(('127.0.0.1', 9)), s.connect_ex(('192.0.2.1', 9)))";
        prints(&yard, &format!("/usr/bin/python3 -c \"{connect}\""), "111 101\n");
        prints(&yard, "set -- /proc/[0-9]*; echo $#; env | sort | cut -d= -f1 | tr '\\n' ' '", "2\nPATH PWD ");
    }
}

#[test]
fn a_command_goes_on_only_as_long_as_it_may() {
    let yard = yard(User::Caller);
    let marker = yard.path("up/etc/marker");
    let mut command = yard.program_of_user();
    let [upper, work, lower] = ["up/etc", "work/etc", "system/etc"].map(|path| yard.path(path));
    command.args(["--same", "/usr", "--same", "/bin", "--same", "/lib", "--same", "/lib64", "--overlay"]);
    command.args([&lower, &upper, &work]).args(["/etc", "--dev", "/dev", "--imitate-root", "--until"]).arg(&marker);
    let output =
        command.args(["/", "sh", "-c", "echo begun; sleep 1000 & : >/etc/marker; sleep 1000"]).output().unwrap();
    assert_eq!((output.status.code(), &*output.stdout), (Some(128 + 9), &b"begun\n"[..]), "{output:?}");
    assert!(fs::metadata(&marker).unwrap().permissions().mode() & 0o111 == 0);
}
