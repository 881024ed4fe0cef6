//! What an environment needs is never waited for at a prompt: it is made ready by a process of its
//! own, and a later prompt finds it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::Context;
use super::super::failure::{Failure, code};
use super::here::{Allowed, Here};
use super::{PROMPTS, directory};
use crate::consent::Subject;
use crate::files::{bounded, most};
use crate::project::Project;
use crate::road::{self, Ready, Selection, Stale};
use crate::session;

/// So long a prompt is held up at most: an environment whose tools are all there is composed in less.
const HELD_UP: Duration = Duration::from_millis(150);

/// Make the environment of a project ready for its prompt
#[derive(Args)]
pub struct Arguments {
    manifest: PathBuf,
    /// Where to say why it failed
    report: PathBuf,
    /// What the project is allowed as
    digest: String,
}

/// The environment of a project, unless it is not ready yet.
pub fn enter(cx: &Context, allowed: &Allowed, here: &mut Here) -> Result<Option<Ready>, Failure> {
    cx.check_platform()?;
    let Allowed { project, manifest, subject } = allowed;
    if let Some(found) = at_hand(cx, allowed)? {
        return Ok(Some(found));
    }
    // No prompt waits for Nix, and nothing is evaluated that no one asked for.
    if let Some((place, file)) = cx.road().nix_to_come(project, &manifest.default)? {
        let root = project.root.display();
        let stays = if here.is_active(&project.root) { "; the dev shell of before stays active" } else { "" };
        here.notes
            .push(format!("{file} of `{root}` is not evaluated as it is now{stays}; `devshell install` evaluates it"));
        here.absent.push(place);
        return Ok(None);
    }
    // What is wrong with the lock is no matter of time.
    let sources = cx.road().sources(project, manifest);
    cx.road().current_lock(&mut project.clone(), manifest, &sources, Stale::Refuse)?;

    let key = road::warm::key(&cx.host, project, &Selection::on_cd(), None);
    let report = directory(cx).join(format!("{key}.failed"));
    if !report.exists() {
        cx.host.make_cache(PROMPTS)?;
        let said = directory(cx).join(format!("{key}.said"));
        let files = [&project.manifest_path, &report].map(|path| path.clone().into_os_string());
        let words: Vec<OsString> =
            ["prepare".into()].into_iter().chain(files).chain([subject.digest.clone().into()]).collect();
        session::run_in_background(&cx.host.lasting_executable(), &words, &cx.host.variables, &said, HELD_UP)?;
    }
    if let Some(found) = at_hand(cx, allowed)? {
        return Ok(Some(found));
    }
    if let Ok(text) = bounded::read_text(&report, most::RECORD) {
        // It is tried again at the next visit.
        let _ = fs_err::remove_file(&report);
        let hint = "`devshell install` tries again".to_owned();
        let text = text.trim_end().trim_start_matches("devshell: ");
        return Err(Failure::said(code::TOOL, text, hint));
    }
    here.notes.push(format!("installing what `{}` needs; a later prompt will have it", project.root.display()));
    here.absent.extend([road::warm::place(&cx.host, &key), report]);
    Ok(None)
}

/// The environment of just these files, if it is known.
pub fn at_hand(cx: &Context, allowed: &Allowed) -> Result<Option<Ready>, Failure> {
    let Allowed { project, manifest, .. } = allowed;
    Ok(cx.road().exactly_at_hand(project, manifest, &Selection::on_cd())?)
}

/// Makes ready what `enter` looks for. Of several processes that would, one does.
pub fn prepare(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let said = arguments.report.with_extension("said");
    let turn = fs_err::OpenOptions::new().append(true).open(&said)?;
    if turn.file().try_lock().is_err() {
        return Ok(());
    }
    turn.set_len(0)?;
    if let Err(failure) = make_ready(cx, arguments) {
        cx.ui.failure(&failure);
        fs_err::rename(said, &arguments.report)?;
    }
    Ok(())
}

/// Makes the environment of what was allowed, and of nothing that came since.
fn make_ready(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let mut project = Project::of(&cx.host, &arguments.manifest)?;
    let manifest = cx.road().read_manifest(&project)?;
    let subject = Subject::of(&cx.host, &project, &manifest)?;
    if subject.digest != arguments.digest {
        let text = format!("`{}` changed while its tools were being installed", project.root.display());
        return Err(Failure::said(code::NO, text, None));
    }
    cx.road().prepare_exactly(&mut project, &manifest, &Selection::on_cd())?;
    Ok(())
}
