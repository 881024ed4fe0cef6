//! The other checkouts of the git repository that a project is in: what was allowed in one of them is allowed in a linked
//! worktree, as long as the files are the same. Only git's own files are read, and each side has to name the other: a
//! repository that merely claims to be a worktree is none. See gitrepository-layout(5).

use std::path::{Path, PathBuf};

use crate::files::{bounded, most};
use crate::host::is_same;

/// The same project in the main checkout and the other worktrees; empty if this is no linked worktree.
pub fn siblings(root: &Path) -> Vec<PathBuf> {
    find(root).unwrap_or_default()
}

fn find(root: &Path) -> Option<Vec<PathBuf>> {
    let top = root.ancestors().find(|directory| directory.join(".git").symlink_metadata().is_ok())?;
    let below = root.strip_prefix(top).ok()?;
    // In a linked worktree it is a file; in the main checkout, it is the repository's directory.
    let own = line(&top.join(".git"))?;
    let own = top.join(own.strip_prefix("gitdir: ")?);
    let back = own.join(line(&own.join("gitdir"))?);
    if !is_same(&back, &top.join(".git")) {
        return None;
    }
    let common = fs_err::canonicalize(own.join(line(&own.join("commondir"))?)).ok()?;
    // A directory elsewhere may claim to belong to any repository; only what is in the repository does.
    if !is_same(own.parent()?, &common.join("worktrees")) {
        return None;
    }
    let linked = fs_err::read_dir(common.join("worktrees")).ok()?.flatten().filter_map(|entry| {
        let file = entry.path().join(line(&entry.path().join("gitdir"))?);
        Some(file.parent()?.to_owned())
    });
    let main = common.parent().filter(|main| is_same(&main.join(".git"), &common)).map(Path::to_owned);
    let others = main.into_iter().chain(linked).filter_map(|checkout| fs_err::canonicalize(checkout.join(below)).ok());
    Some(others.filter(|other| !is_same(other, root)).collect())
}

/// The one line of a file.
fn line(file: &Path) -> Option<String> {
    Some(bounded::read_text(file, most::RECORD).ok()?.trim_end_matches(['\n', '\r']).to_owned())
}
