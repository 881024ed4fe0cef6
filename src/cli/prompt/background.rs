//! What an environment needs is never waited for at a prompt: it is made ready by a process of its
//! own, and a later prompt finds it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::failure::{Failure, code};
use super::super::locking::{self, Stale};
use super::super::{Context, road};
use super::directory;
use super::stand::{Allowed, Stand};
use crate::env::Applied;
use crate::files::{bounded, most};
use crate::manifest::Isolation;
use crate::project::Project;
use crate::session;
use crate::warm::{self, Ready, Selection};

/// So long a prompt is held up at most: an environment whose tools are all there is composed in less.
const HELD_UP: Duration = Duration::from_millis(150);

/// Make the environment of a project ready for its prompt
#[derive(Args)]
pub struct Arguments {
    manifest: PathBuf,
    /// Where to say why it failed
    report: PathBuf,
}

/// What a shell gets on `cd`: the default environment, before the host's PATH.
fn selection() -> Selection {
    road::selection(&[], Some(Isolation::None), false)
}

/// The environment of a project, unless it is not ready yet.
pub fn enter(cx: &Context, allowed: Allowed, stand: &mut Stand) -> Result<Option<(Ready, Applied)>, Failure> {
    let Allowed { mut project, manifest } = allowed;
    if let Some(found) = at_hand(cx, &project)? {
        return Ok(Some(found));
    }
    // What is wrong with the lock is no matter of time.
    let sources = road::sources(cx, &project, &manifest);
    locking::current(cx, &mut project, &manifest, &sources, Stale::Refuse)?;

    let key = warm::key(&cx.host, &project, &selection(), None);
    let report = directory(cx).join(format!("{key}.failed"));
    if !report.exists() {
        fs_err::create_dir_all(directory(cx))?;
        let said = directory(cx).join(format!("{key}.said"));
        let words = ["prepare".into(), project.manifest_path.clone().into_os_string(), report.clone().into_os_string()];
        session::run_in_background(&cx.host.executable, &words, &cx.host.variables, &said, HELD_UP)?;
    }
    if let Some(found) = at_hand(cx, &project)? {
        return Ok(Some(found));
    }
    if let Ok(text) = bounded::read_text(&report, most::RECORD) {
        // It is tried again when somebody comes by again.
        let _ = fs_err::remove_file(&report);
        let hint = "`devshell install` tries again".to_owned();
        let text = text.trim_end().trim_start_matches("devshell: ");
        return Err(Failure::said(code::TOOL, text, hint));
    }
    stand.notes.push(format!("what `{}` needs is being installed; a later prompt has it", project.root.display()));
    stand.absent.extend([warm::place(&cx.host, &key), report]);
    Ok(None)
}

/// The environment, if it is known.
fn at_hand(cx: &Context, project: &Project) -> Result<Option<(Ready, Applied)>, Failure> {
    let Some(ready) = road::at_hand(cx, project, &selection()) else { return Ok(None) };
    let applied = road::apply(cx, &ready)?;
    Ok(Some((ready, applied)))
}

/// Makes ready what `enter` looks for. Of several processes that would, one does.
pub fn prepare(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let said = arguments.report.with_extension("said");
    let turn = fs_err::OpenOptions::new().append(true).open(&said)?;
    if turn.file().try_lock().is_err() {
        return Ok(());
    }
    turn.set_len(0)?;
    let outcome = Project::of(&cx.host, &arguments.manifest)
        .map_err(|error| Failure::new(code::MANIFEST, &error))
        .and_then(|mut project| road::prepare(cx, &mut project, &selection(), Stale::Refuse));
    if let Err(failure) = outcome {
        cx.ui.failure(&failure);
        fs_err::rename(said, &arguments.report)?;
    }
    Ok(())
}
