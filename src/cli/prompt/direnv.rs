//! `devshell on-direnv`, which `use devshell` of an `.envrc` calls: prints what direnv shall watch, and the
//! environment of the project, if that is allowed. direnv's own consent is to the `.envrc` alone.

use std::path::PathBuf;

use clap::Args;

use super::super::failure::{Failure, code};
use super::super::{Context, shell_hook};
use super::here;
use crate::consent::{Subject, Verdict};
use crate::dialect::{Bash, quote};
use crate::env;
use crate::manifest::FILE_NAMES;
use crate::project::Project;
use crate::road::Selection;

/// Print what direnv evaluates
#[derive(Args)]
pub struct Arguments {}

pub fn run(cx: &Context, _: &Arguments) -> Result<(), Failure> {
    let found = cx.project();
    // Of a project that cannot be found or read, any of these files may be the reason.
    let directories = match &found {
        Ok(project) => vec![project.root.as_path()],
        Err(_) => cx.host.directory.ancestors().collect(),
    };
    let mut watched: Vec<PathBuf> =
        directories.into_iter().flat_map(|directory| FILE_NAMES.map(|name| directory.join(name))).collect();
    let outcome = found.and_then(|mut project| {
        watched.push(project.lock_path.clone());
        environment(cx, &mut project, &mut watched)
    });
    let mut lines = Vec::new();
    for path in &watched {
        lines.extend(quote::line("watch_file ", quote::posix(path.as_os_str())).into_encoded_bytes());
    }
    let (environment, outcome) = match outcome {
        Ok(environment) => (environment, Ok(())),
        Err(failure) => (Vec::new(), Err(failure)),
    };
    lines.extend(environment);
    cx.ui.data(&lines)?;
    outcome
}

/// The environment as lines for bash, of the very files that were consented to.
fn environment(cx: &Context, project: &mut Project, watched: &mut Vec<PathBuf>) -> Result<Vec<u8>, Failure> {
    let manifest = cx.road().read_manifest(project)?;
    let subject = Subject::of(&cx.host, project, &manifest)?;
    watched.extend(subject.decisions(&cx.host));
    let (there, absent) = subject.paths();
    watched.extend(there.into_iter().chain(absent).filter(|path| !watched.contains(path)).collect::<Vec<_>>());
    let verdict = subject.verdict(&cx.host);
    if !matches!(verdict, Verdict::Allowed) {
        let root = project.root.display();
        cx.ui.note(&match verdict {
            Verdict::Changed(_) => {
                format!("`{root}` is not what you allowed; `devshell allow` allows it as it is now")
            }
            Verdict::Denied => format!("`{root}` is denied; `devshell allow` allows it"),
            _ => here::is_new(project),
        });
        here::shown(&subject.differences(&verdict))
            .iter()
            .filter(|_| matches!(verdict, Verdict::Changed(_)))
            .for_each(|line| cx.ui.note(line));
        return Err(Failure { code: code::NO, reports: Vec::new() });
    }
    cx.check_platform()?;
    let selection = Selection::on_cd();
    let ready = cx.road().prepare_exactly(project, &manifest, &selection)?;
    let caller = &cx.host.variables;
    let applied = cx.road().apply(project, &ready)?;
    let applied = shell_hook::run_untyped(cx, project, &ready, applied)?;
    let applied = applied.handed_on(caller, &ready.environment, selection.options(), None);
    Ok(env::render(&applied, caller, &Bash))
}
