//! What was decided about each project, in the user's state directory: digests and the names of
//! keys, never a value, for no one else to read.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Subject;
use crate::digest;
use crate::files::{bounded, most, write_private};
use crate::host::Host;

/// A decision about one project.
#[derive(Debug, Serialize, Deserialize)]
pub struct Approval {
    /// The project's directory. One whose name is not UTF-8 is known by its file's name alone.
    pub root: String,
    pub decision: Decision,
    /// Of the content that was decided about.
    pub digest: String,
    /// The keys of each file, with digests of their values.
    pub files: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    Allowed,
    Denied,
}

/// The directory of the state with all decisions.
const APPROVALS: &str = "approvals-1";

fn directory(host: &Host) -> PathBuf {
    host.directories.state.join(APPROVALS)
}

/// Where the decision about a project is, or will be.
pub fn place(host: &Host, root: &Path) -> PathBuf {
    directory(host).join(digest::key(&[root.as_os_str().as_bytes()]))
}

/// The decision about a project. A file that makes no sense is none, and neither is one that another
/// user could have put there, or that is about another project.
pub fn read(host: &Host, root: &Path) -> Option<Approval> {
    load(host, &place(host, root)).filter(|approval| approval.root == root.to_string_lossy())
}

fn load(host: &Host, file: &Path) -> Option<Approval> {
    let opened = bounded::open(file).ok().filter(|opened| host.trusts(file, opened.metadata()))?;
    serde_json::from_slice(&opened.read(most::APPROVAL).ok()?).ok()
}

/// Keeps a decision.
pub fn record(host: &Host, subject: &Subject, decision: Decision) -> io::Result<()> {
    let approval = Approval {
        root: subject.root.to_string_lossy().into_owned(),
        decision,
        digest: subject.digest.clone(),
        files: subject.parts(),
    };
    let mut json = serde_json::to_vec_pretty(&approval)?;
    json.push(b'\n');
    host.make_state(APPROVALS)?;
    write_private(&place(host, &subject.root), &[&json])
}

/// All decisions, each with its file, by project.
pub fn approvals(host: &Host) -> io::Result<Vec<(PathBuf, Approval)>> {
    let mut found = Vec::new();
    let entries = match fs_err::read_dir(directory(host)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if let Some(approval) = load(host, &path) {
            found.push((path, approval));
        }
    }
    found.sort_by(|(_, a), (_, b)| a.root.cmp(&b.root));
    Ok(found)
}

/// Takes a decision back.
pub fn forget(file: &Path) -> io::Result<()> {
    fs_err::remove_file(file)
}
