//! What a prefix needs of the host, or has in its place.

use std::path::{Path, PathBuf};

use crate::env::Op;
use crate::host::Host;

/// What every dev shell with a prefix needs, where the system keeps it elsewhere or not at all:
/// certificates, descriptions of terminals, locales.
pub fn surroundings(prefix: &Path) -> Vec<Op> {
    let variable = |name: &str| name.parse().expect("it is a variable's name");
    let inside = |path: &str| Some(prefix.join(path)).filter(|path| path.exists());
    let mut ops: Vec<Op> =
        certificates(prefix).map(|path| Op::Default(variable("SSL_CERT_FILE"), path.into())).into_iter().collect();
    let terminals = ["etc/terminfo", "usr/lib/terminfo", "usr/share/terminfo"].into_iter().filter_map(inside);
    ops.extend(terminals.map(|path| Op::Append(variable("TERMINFO_DIRS"), path.into())));
    let locales = inside("usr/lib/locale").filter(|_| !Host::has_locales());
    ops.extend(locales.map(|path| Op::Default(variable("LOCPATH"), path.into())));
    ops
}

/// The certificates to trust: the host's, else the prefix's own.
pub fn certificates(prefix: &Path) -> Option<PathBuf> {
    let own = prefix.join("etc/ssl/certs/ca-certificates.crt");
    Host::certificates().or_else(|| Some(own).filter(|own| own.is_file()))
}
