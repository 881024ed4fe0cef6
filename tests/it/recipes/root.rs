//! A root directory as a container has it: `/usr` of the host, which no one can change there, and all else of its own.
//! Processes are of the user that is asked for, see only one another, and the first has the number 1.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::{DEVSHELL, Invocation, OwnRelease, Sandbox, not_run};

/// `$1` is the root, `$2` the user and the group, `$3` devshell; then come variables and a command. No mount is seen
/// outside, or stays.
const ENTER: &str = r#"
root=$1 user=$2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind /usr "$root/usr"
mount -o remount,ro,bind "$root/usr"
mount --bind "$root/.local" "$root/usr/local"
mount --bind "$3" "$root/srv/devshell"
shift 3
for name in bin sbin lib lib64; do
  if [ -L "/$name" ]; then ln -sfn "$(readlink "/$name")" "$root/$name"
  elif [ -d "/$name" ]; then mkdir -p "$root/$name"; mount --bind "/$name" "$root/$name"; fi
done
exec chroot --userspec="$user" --groups= "$root" /usr/bin/env -i "$@"
"#;

/// What a container's PATH is.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub struct Root<'s> {
    sandbox: &'s Sandbox,
    path: PathBuf,
}

impl<'s> Root<'s> {
    /// An empty one, with root as its only user. `None`, which is said, where none can be made.
    pub fn new(sandbox: &'s Sandbox, name: &str, test: &str) -> Option<Self> {
        let path = sandbox.root().join(name);
        for place in ["dev", "proc", "usr", ".local/bin", "srv", "tmp", "root", "home", "etc", "opt"] {
            fs_err::create_dir_all(path.join(place)).unwrap();
        }
        let mode = std::fs::Permissions::from_mode;
        fs_err::set_permissions(path.join("tmp"), mode(0o1777)).unwrap();
        fs_err::set_permissions(&path, mode(0o755)).unwrap();
        let root = Self { sandbox, path };
        root.write("/srv/devshell", "");
        root.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
        root.write("/etc/group", "root:x:0:\n");
        if root.sh(0, "true").run().ended_well() {
            return Some(root);
        }
        not_run(test, "this user can make no root directory of its own (mount, chroot); try it as root");
        None
    }

    /// Where a path of this root is outside.
    pub fn outside(&self, path: &str) -> PathBuf {
        let inside = path.strip_prefix('/').expect("an absolute path");
        inside
            .strip_prefix("usr/local")
            .map_or_else(|| self.path.join(inside), |rest| self.path.join(".local").join(rest.trim_start_matches('/')))
    }

    /// Writes a file that everyone may read, as root.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        self.sandbox.write(self.outside(path), text);
    }

    /// Adds a user whose group has the same number, with a home directory.
    pub fn add_user(&self, name: &str, uid: u32) {
        let line = |path: &str, line: String| {
            let text = fs_err::read_to_string(self.outside(path)).unwrap();
            self.write(path, text + &line);
        };
        line("/etc/passwd", format!("{name}:x:{uid}:{uid}::/home/{name}:/bin/sh\n"));
        line("/etc/group", format!("{name}:x:{uid}:\n"));
        self.sh(0, &format!("mkdir -p /home/{name} && chown {uid}:{uid} /home/{name}")).run().success();
    }

    /// The home directory of a user, as a container engine finds it.
    pub fn home(&self, uid: u32) -> String {
        let users = fs_err::read_to_string(self.outside("/etc/passwd")).unwrap();
        let line = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
        line.into_iter().find(|fields| fields[2] == uid.to_string()).map_or("/", |fields| fields[5]).to_owned()
    }

    /// A process of a user in a directory, with these variables besides HOME and PATH.
    pub fn start(&self, uid: u32, directory: &str, variables: &[(String, String)], command: &[&str]) -> Invocation<'s> {
        let unshare = which::which("unshare").expect("`unshare` (util-linux) is needed to make a root directory");
        let is_root = rustix::process::geteuid().is_root();
        let map: &[&str] = if is_root { &[] } else { &["--user", "--map-auto", "--map-root-user"] };
        let spaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
        let mut variables: Vec<(String, String)> = variables.to_vec();
        for (name, value) in [("HOME", self.home(uid)), ("PATH", PATH.to_owned())] {
            if !variables.iter().any(|(own, _)| own == name) {
                variables.push((name.to_owned(), value));
            }
        }
        let run = self.sandbox.program(unshare, map).args(&spaces).args(&["sh", "-euc", ENTER, "sh"]);
        let run = run.arg(&self.path).arg(format!("{uid}:{uid}")).arg(DEVSHELL);
        let run = variables.iter().fold(run, |run, (name, value)| run.arg(format!("{name}={value}")));
        let run = run.args(&["/bin/sh", "-c", r#"cd "$0" && exec "$@""#, directory]).args(command);
        run.env("PATH", std::env::var_os("PATH").expect("the tests need PATH"))
    }

    /// A script of `sh` in `/`.
    pub fn sh(&self, uid: u32, script: &str) -> Invocation<'s> {
        self.start(uid, "/", &[], &["/bin/sh", "-ec", script])
    }

    /// Publishes devshell, and returns the directory of its archive, with `{version}` for the version.
    pub fn publish(&self) -> &'static str {
        self.write(&format!("/srv{}", OwnRelease::path()), OwnRelease::archive());
        "file:///srv/v{version}"
    }

    /// Makes a repository of the project's files at `/srv/shop.git`.
    pub fn make_repository(&self, ignored: &str) {
        for entry in fs_err::read_dir(self.sandbox.project()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            self.write(&format!("/srv/checkout/{name}"), fs_err::read(&path).unwrap());
        }
        self.write("/srv/checkout/.gitignore", ignored);
        let script = "cd /srv/checkout; git init -q
            [ ! -e devshell ] || chmod 755 devshell; git add .; git -c user.name=a -c user.email=a@b commit -qm one
            git clone -q --bare /srv/checkout /srv/shop.git; git config --system --add safe.directory '*'";
        self.sh(0, script).run().success();
    }
}
