//! A build of Python such as uv brings, made of the host's own, and the list that says so.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::json;

use super::wheel::sha256;
use super::{Registry, host, python};

/// The date of the build.
pub const BUILD: &str = "20250102";

/// What the archive may be called as well, whatever the host's Python is.
const ALIAS: &str = "python3.13";

const SCRIPT: &str = "
import os, sys, sysconfig, tarfile
name = 'python%d.%d' % sys.version_info[:2]
left_out = {'site-packages', 'dist-packages', 'test', 'tests', '__pycache__', 'idlelib', 'tkinter', 'ensurepip', 'lib2to3'}
def kept(info):
    last = os.path.basename(info.name)
    # Debian's leads to a file of its own in /etc, which uv unpacks for no one.
    leads_out = info.issym() and info.linkname.startswith('/')
    return None if last in left_out or last.startswith('config-') or leads_out else info
with tarfile.open(sys.argv[1], 'w:gz', compresslevel=1) as tar:
    tar.add(os.path.realpath(sys.executable), f'python/bin/{name}')
    tar.add(sysconfig.get_path('stdlib'), f'python/lib/{name}', filter=kept)
    for place in ('bin', 'lib'):
        if name != sys.argv[2]:
            link = tarfile.TarInfo(f'python/{place}/{sys.argv[2]}')
            link.type, link.linkname = tarfile.SYMTYPE, name
            tar.addfile(link)
print('%d.%d.%d' % sys.version_info[:3], end='')
";

/// The host's Python without what nobody needs here, as an archive.
pub struct Brought {
    pub version: String,
    archive: Vec<u8>,
}

/// It is packed once in a run.
pub fn brought() -> &'static Brought {
    static BROUGHT: LazyLock<Brought> = LazyLock::new(|| {
        let directory = tempfile::Builder::new().prefix("python-").tempdir_in(host::place()).unwrap();
        let place: PathBuf = directory.path().join("python.tar.gz");
        let output = Command::new(python()).args(["-c", SCRIPT]).arg(&place).arg(ALIAS).output().unwrap();
        assert!(output.status.success(), "the host's Python cannot be packed: {output:?}");
        Brought { version: String::from_utf8(output.stdout).unwrap(), archive: fs_err::read(place).unwrap() }
    });
    &BROUGHT
}

impl Brought {
    /// Offers it on a server, with this hash or its own. Returns the address of the list, for
    /// `UV_PYTHON_DOWNLOADS_JSON_URL`.
    pub fn offer(&self, server: &Registry, hash: Option<&str>) -> String {
        self.offer_as(server, &self.version, hash)
    }

    /// The same as another version, of the minor version that is `ALIAS`.
    pub fn offer_as(&self, server: &Registry, version: &str, hash: Option<&str>) -> String {
        let path = format!("/{BUILD}/cpython.tar.gz");
        server.serve(&path, self.archive.clone());
        let at = |path: &str| format!("{}{}", server.url(), &path[1..]);
        let numbers: Vec<u32> = version.split('.').map(|number| number.parse().unwrap()).collect();
        let (os, libc) = if cfg!(target_os = "macos") { ("darwin", "none") } else { ("linux", "gnu") };
        let entry = json!({
            "name": "cpython", "arch": { "family": std::env::consts::ARCH, "variant": null }, "os": os, "libc": libc,
            "major": numbers[0], "minor": numbers[1], "patch": numbers[2], "prerelease": "", "variant": null,
            "url": at(&path), "sha256": hash.map_or_else(|| sha256(&self.archive), str::to_owned), "build": BUILD,
        });
        let key = format!("cpython-{version}-{os}-{}-{libc}", std::env::consts::ARCH);
        server.serve("/pythons.json", json!({ key: entry }).to_string());
        at("/pythons.json")
    }
}
