//! Scripts that reach for what is not theirs. Each notes below `/usr/share/NAME` what it found; nothing outside of the
//! prefix changes, and nothing hears of them.

use std::fmt::Write as _;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

use super::{Machine, listing};
use crate::support::{Deb, deb};

/// A package with a command of its name, and this script.
pub fn package(name: &str, script: &str) -> Deb {
    let begin = format!("note=/usr/share/{name}\nmkdir -p $note\n");
    deb(name, "1").command(name, &format!("echo {name} works")).script("postinst", &(begin + script))
}

/// What each note has to have, and may not have.
struct Case {
    name: &'static str,
    script: String,
    notes: &'static [(&'static str, &'static str)],
}

fn case(name: &'static str, script: impl Into<String>, notes: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, script: script.into(), notes }
}

/// Those who listen, and hear nothing.
struct Ears {
    tcp: TcpListener,
    udp: UdpSocket,
    abstract_name: String,
    unix: UnixListener,
}

impl Ears {
    fn new() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let abstract_name = format!("devshell-{}", tcp.local_addr().unwrap().port());
        let unix = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&abstract_name).unwrap()).unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        unix.set_nonblocking(true).unwrap();
        Self { tcp, udp, abstract_name, unix }
    }

    /// Scripts that call each of them.
    fn callers(&self) -> [Case; 3] {
        let (tcp, udp) = (self.tcp.local_addr().unwrap().port(), self.udp.local_addr().unwrap().port());
        let open = "use Socket; $SIG{ALRM} = sub { exit 3 }; alarm 5;";
        let try_tcp = format!(
            r#"perl -e '{open} socket(S, PF_INET, SOCK_STREAM, 0); print connect(S, sockaddr_in({tcp}, INADDR_LOOPBACK)) ? "reached" : "refused"' >$note/tcp"#
        );
        let try_udp = format!(
            r#"perl -e '{open} socket(S, PF_INET, SOCK_DGRAM, 0); send(S, "x", 0, sockaddr_in({udp}, INADDR_LOOPBACK)); print "sent"' >$note/udp
getent hosts www.example.org >$note/name || echo unknown >>$note/name"#
        );
        let name = &self.abstract_name;
        let try_unix = format!(
            r#"perl -e '{open} socket(S, PF_UNIX, SOCK_STREAM, 0); print connect(S, pack("Sa*", AF_UNIX, "\0{name}")) ? "reached" : "refused"' >$note/unix"#
        );
        [
            case("h-tcp", try_tcp, &[("tcp", "refused")]),
            case("h-udp", try_udp, &[("name", "unknown")]),
            case("h-unix", try_unix, &[("unix", "refused")]),
        ]
    }

    fn heard_nothing(&self) {
        let silent = std::io::ErrorKind::WouldBlock;
        assert_eq!(self.tcp.accept().unwrap_err().kind(), silent);
        assert_eq!(self.unix.accept().unwrap_err().kind(), silent);
        assert_eq!(self.udp.recv(&mut [0]).unwrap_err().kind(), silent);
    }
}

/// The numbers of `ptrace` and of its request to be traced.
const PTRACE: u32 = if cfg!(target_arch = "aarch64") { 117 } else { 101 };

fn privileges() -> Vec<Case> {
    let ptrace =
        format!("perl -e 'print syscall({PTRACE}, 0, 0, 0, 0) == -1 ? \"refused\" : \"traced\"' >$note/ptrace");
    vec![
        case("h-ptrace", ptrace, &[("ptrace", "refused")]),
        case(
            "h-spaces",
            "for kind in --user --mount --net; do unshare $kind true && echo $kind; done >$note/made; echo end >>$note/made
             mount -t tmpfs none /mnt && echo mounted >>$note/made
             mount --bind /proc /usr/share && echo bound >>$note/made
             chroot /run /bin/true && echo chroot >>$note/made; true",
            &[("made", "end")],
        ),
        case(
            "h-devices",
            "mknod $note/disk b 8 0; mknod $note/null c 1 3; mknod -m 666 /usr/bin/h-disk b 254 0
             for disk in /dev/sda /dev/vda /dev/mem /dev/kmsg; do [ -e $disk ] && echo $disk; done >$note/seen
             mkfifo $note/pipe
             perl -e 'use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(shift)) or die' $note/socket
             echo end >>$note/seen",
            &[("seen", "end")],
        ),
        case(
            "h-setuid",
            "cp /usr/bin/true /usr/bin/h-true; chmod 6755 /usr/bin/h-true; chmod 4755 /usr/bin/h-setuid
             mkdir -m 3777 $note/sticky; echo x >$note/sticky/file; chmod 7777 $note/sticky/file
             stat -c %a /usr/bin/h-true >$note/mode",
            &[],
        ),
    ]
}

/// Writes where the user's things are, which a script cannot know by itself.
fn outside(machine: &Machine) -> Vec<Case> {
    let sandbox = machine.sandbox();
    let (home, project, data) = (sandbox.home().display(), sandbox.project().display(), sandbox.data());
    let write = format!(
        "for place in '{home}' '{home}/.ssh' '{project}' '{data}/objects-1' '{data}/builds-1'; do
           ls \"$place\" >>$note/seen; mkdir -p \"$place\"; echo mine >\"$place/owned\"; rm -f \"$place/devshell.json\"
         done
         for place in /proc/1/root /proc/1/cwd /proc/self/root /proc/$PPID/root; do
           echo mine >\"$place{home}/owned\"; cat \"$place{home}/.ssh/id_ed25519\" >>$note/seen
         done
         cd /; i=0; while [ $i -lt 30 ]; do cd ..; i=$((i+1)); done; cat .{home}/.ssh/id_ed25519 >>$note/seen
         echo end >>$note/seen",
        data = data.display()
    );
    let secrets = format!(
        "{{ env; cat /proc/*/environ /proc/*/cmdline /proc/*/maps; cat '{home}/.ssh/id_ed25519' '{project}/.env'
           cat /root/.bashrc /home/*/.ssh/*; ls -l /proc/*/fd; find / -xdev -name id_ed25519; ipcs; dmesg; }} >$note/seen 2>/dev/null
         for fd in 3 4 5 6 7 8 9 10 11 12 13; do [ -e /proc/self/fd/$fd ] && readlink /proc/self/fd/$fd; done >>$note/seen
         echo end >>$note/seen"
    );
    // The files of its own package are hard links to those of the store.
    let objects = "for file in /usr/bin/h-objects /usr/share/h-objects-file /usr/bin/h-tcp /usr/bin/bash; do
           echo changed >>$file; chmod 777 $file; ln $file $note/; touch -d @0 $file
         done
         perl -e 'truncate(\"/usr/share/h-objects-file\", 3)'; dd if=/dev/zero of=/usr/bin/h-objects conv=notrunc bs=1 count=2
         chown 12:34 /usr/bin/h-objects; rm /usr/bin/h-udp; echo end >$note/end";
    vec![
        case("h-write", write, &[("seen", "end")]),
        case("h-secrets", secrets, &[("seen", "HOME=/root"), ("seen", "end")]),
        case("h-objects", objects, &[("end", "end")]),
    ]
}

fn oddities(machine: &Machine) -> Vec<Case> {
    let seconds = seconds(machine);
    vec![
        case(
            "h-links",
            "ln -s /etc/passwd $note/absolute; ln -s ../../../../../../../etc/shadow $note/up; ln -s / $note/root
             ln -s /proc/self/root $note/proc; ln -s ../../../.. /usr/bin/h-up; ln -s $note/up $note/again; ln -s loop $note/loop
             echo end >$note/end",
            &[("end", "end")],
        ),
        case(
            "h-names",
            r#"cd $note; for byte in '\377\376' 'line\nbreak' '\033[31mred' ' ' '-rf' '*' "\\\\"; do printf here >"$(printf -- "$byte")x"; done
             long=$(printf %0255d 0); printf here >$long; mkdir $(printf 'd\377\n')x; printf here >$(printf 'd\377\n')x/y"#,
            &[("-rfx", "here"), (" x", "here"), ("line\nbreakx", "here"), ("\x1b[31mredx", "here")],
        ),
        case("h-sparse", "truncate -s 3G $note/sparse; echo end >$note/end", &[("end", "end")]),
        case(
            "h-closed",
            "mkdir $note/closed; echo x >$note/closed/file; chmod 0 $note/closed/file $note/closed; echo y >$note/none; chmod 0 $note/none",
            &[("closed/file", "x"), ("none", "y")],
        ),
        case(
            "h-programs",
            r#"for start in '\177ELF' '\177ELF\002\001\001' '#!' '#!/' '#!/usr/bin/nothing\n' '#!\377\n' 'MZ'; do
               n=$((n+1)); printf "$start" >/usr/bin/h-not-$n; chmod 755 /usr/bin/h-not-$n
             done
             head -c 3000 /usr/bin/true >/usr/bin/h-half; chmod 755 /usr/bin/h-half; echo end >$note/end"#,
            &[("end", "end")],
        ),
        case(
            "h-kinds",
            "rm -rf /usr/share/common-licenses; echo file >/usr/share/common-licenses; rm /usr/share/h-kinds-file
             mkdir -p /usr/share/h-kinds-file/d; echo x >/usr/share/h-kinds-file/d/f; ln /usr/bin/dpkg $note/dpkg
             mkdir /etc/h; rmdir /etc/h; ln -s h /usr/h; rm -rf /etc/default; ln -s /usr/share /etc/default; echo end >$note/end",
            &[("end", "end")],
        ),
        case(
            "h-daemon",
            format!("setsid sleep {seconds} </dev/null & setsid sh -c 'exec sleep {seconds} >/dev/null 2>&1' & echo end >$note/end"),
            &[("end", "end")],
        ),
        case("h-noise", r"head -c 100000000 /dev/zero | tr '\0' x; yes | head -c 1000000; printf '\033]0;title\007\033[31m\r\b\033[2J\n'; exit 1", &[]),
        case("h-exit", "echo first; echo second; echo 'no such thing' >&2; exit 1", &[]),
    ]
}

/// How long a daemon sleeps, which no other process of this machine does: it is known by that.
fn seconds(machine: &Machine) -> String {
    format!("98765.{}", fs_err::metadata(machine.sandbox().root()).unwrap().ino())
}

/// All of them in one prefix.
fn check(machine: &Machine, cases: &[Case], ears: &Ears) {
    let sandbox = machine.sandbox();
    sandbox.write(sandbox.home().join(".ssh/id_ed25519"), "sesame 1\n");
    sandbox.write(".env", "SECRET='sesame 2'\n");
    let before = machine.outside();
    let variables = [("SECRET_TOKEN", "sesame 3"), ("SSH_AUTH_SOCK", "/run/sesame")];
    let install = machine.run_with(&variables, &["install"]);
    install.success();
    assert_eq!(machine.outside(), before);
    ears.heard_nothing();
    assert_eq!(running(&seconds(machine)), Vec::<PathBuf>::new());
    let prefix = machine.prefix();
    let mut wrong = String::new();
    for Case { name, notes, .. } in cases {
        for (note, expected) in *notes {
            let found = fs_err::read(prefix.join("usr/share").join(name).join(note));
            let found =
                found.map_or_else(|error| error.to_string(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
            if !found.contains(expected) || found.contains("sesame") {
                writeln!(wrong, "{name}: `{note}` is {found}, not {expected}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n{install}");
    fails_are_said(&install.errors());
    assert_plain(&prefix);
    machine.run(&["verify"]).success();
    for name in ["h-exit", "h-before", "h-names", "h-secrets"] {
        machine.run(&["run", name]).success().stdout(&format!("{name} works\n"));
    }
}

/// What is said is short and plain, and says of each package that failed why.
#[track_caller]
fn fails_are_said(errors: &str) {
    let said = "devshell: the Debian package `h-exit` could not be configured:\n\
                devshell:   first\ndevshell:   second\ndevshell:   no such thing\n";
    assert!(errors.contains(said), "{errors}");
    assert!(
        errors.contains("devshell: the Debian package `h-before` could not be configured:\ndevshell:   not today\n"),
        "{errors}"
    );
    assert!(errors.contains("devshell: the Debian package `h-noise` could not be configured:\n"), "{errors}");
    assert!(errors.chars().all(|c| c == '\n' || !c.is_control()), "{errors:?}");
    assert!(errors.lines().all(|line| line.len() < 400), "{errors}");
    assert!(errors.lines().count() < 40, "{errors}");
    let failed = errors.lines().filter(|line| line.contains("could not be configured")).count();
    assert_eq!(failed, 3, "{errors}");
}

/// A prefix has files, directories and links alone, and no file with rights of its own.
#[track_caller]
fn assert_plain(prefix: &Path) {
    for path in listing(prefix).keys() {
        let metadata = fs_err::symlink_metadata(prefix.join(path)).unwrap();
        let (kind, mode) = (metadata.file_type(), metadata.permissions().mode());
        let is_odd = kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device();
        assert!(!is_odd, "{}", path.display());
        assert!(kind.is_symlink() || mode & 0o7022 == 0, "{mode:o} {}", path.display());
        // One that devshell makes leads out.
        if kind.is_symlink() && path != Path::new("usr/lib/.devshell-place") {
            let mut depth = path.components().count() - 1;
            for component in fs_err::read_link(prefix.join(path)).unwrap().components() {
                match component.as_os_str().as_bytes() {
                    b".." => depth = depth.checked_sub(1).unwrap_or_else(|| panic!("{} leads out", path.display())),
                    b"/" => panic!("{} leads out", path.display()),
                    _ => depth += 1,
                }
            }
        }
    }
}

/// The processes of this machine with a word on their command line.
pub fn running(word: &str) -> Vec<PathBuf> {
    let processes = fs_err::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let has_word = |path: &PathBuf| {
        fs_err::read(path.join("cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|it| it == word.as_bytes()))
    };
    processes.filter(has_word).collect()
}

fn all_at_once(machine: &Machine) {
    let ears = Ears::new();
    let mut cases: Vec<Case> = ears.callers().into();
    cases.extend(privileges());
    cases.extend(outside(machine));
    cases.extend(oddities(machine));
    let mut debs: Vec<Deb> = cases.iter().map(|case| package(case.name, &case.script)).collect();
    let first = package("h-before", "true").script("preinst", "echo not today; exit 1");
    debs.push(first.file("usr/share/h-kinds-file", "x").file("usr/share/h-objects-file", "whole"));
    let names: Vec<String> = debs.iter().map(|deb| deb.name.clone()).collect();
    machine.debian.publish("trixie", debs);
    machine.manifest(&names.iter().map(String::as_str).collect::<Vec<_>>());
    check(machine, &cases, &ears);
}

#[test]
fn scripts_reach_nothing_but_their_prefix() {
    all_at_once(&Machine::with(&[]));
}

#[test]
fn scripts_of_root_reach_no_more() {
    let Some(machine) = Machine::with(&[]).of_root("configured::hostile::scripts_of_root_reach_no_more") else {
        return;
    };
    all_at_once(&machine);
}
