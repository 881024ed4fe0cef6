//! A release of the executable under test: its archive, and a server that has it.

use std::process::Command;
use std::sync::LazyLock;

use super::{DEVSHELL, HERE, Registry, host, sha256};

/// The archive, which is made once, and the hash of the executable in it. Without its symbols, it is downloaded fast.
static ARCHIVE: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let directory = tempfile::Builder::new().prefix("release-").tempdir_in(host::place()).unwrap();
    let script = r#"mkdir "$1"; strip -o "$1/devshell" "$2"; tar -cf - "$1" | gzip -1 >archive"#;
    let mut sh = Command::new("sh");
    let output = sh.args(["-ec", script, "sh", &stem(), DEVSHELL]).current_dir(&directory).output().unwrap();
    assert!(output.status.success(), "devshell cannot be packed: {output:?}");
    let executable = fs_err::read(directory.path().join(stem()).join("devshell")).unwrap();
    (fs_err::read(directory.path().join("archive")).unwrap(), sha256(executable))
});

fn stem() -> String {
    format!("devshell-cli-{}-{HERE}", OwnRelease::VERSION)
}

/// Serves the archive until it is dropped.
pub struct OwnRelease {
    pub server: Registry,
}

impl OwnRelease {
    pub const VERSION: &str = env!("CARGO_PKG_VERSION");

    pub fn new() -> Self {
        let server = Registry::new();
        server.serve(&Self::path(), Self::archive());
        Self { server }
    }

    /// Where a server has the archive.
    pub fn path() -> String {
        format!("/v{}/{}.tar.gz", Self::VERSION, stem())
    }

    pub fn archive() -> &'static [u8] {
        &ARCHIVE.0
    }

    /// The hash of the executable.
    pub fn hash() -> &'static str {
        &ARCHIVE.1
    }

    /// The directory of the archive on the server, with `{version}` for the version.
    pub fn url(&self) -> String {
        format!("{}v{{version}}", self.server.url())
    }

    /// The line of SHA256SUMS for the executable, with another hash or its own.
    pub fn sums(hash: Option<&str>) -> String {
        format!("{}  {}/devshell\n", hash.unwrap_or_else(|| Self::hash()), stem())
    }
}
