//! The `shellHook` of a dev shell of Nix, before something starts in it or a shell gets its variables.

use super::Context;
use super::failure::Failure;
use super::grants::Grants;
use super::walls::{self, Start};
use crate::env::{Applied, Origin};
use crate::nix;
use crate::project::Project;
use crate::road::Ready;
use crate::session::{self, Ending, HookRun};

/// The variable that says that a hook runs: what it starts runs it no second time.
const RUNNING: &str = "DEVSHELL_SHELL_HOOK";

/// The same as [`run`], where no one types and nothing is granted.
pub fn run_untyped(cx: &Context, project: &Project, ready: &Ready, applied: Applied) -> Result<Applied, Failure> {
    run(cx, project, ready, applied, (false, &Grants::default()))
}

/// The variables, as the hook leaves them, if there is one. Its failure does not prevent entering.
pub fn run(
    cx: &Context,
    project: &Project,
    ready: &Ready,
    mut applied: Applied,
    (is_typed, grants): (bool, &Grants),
) -> Result<Applied, Failure> {
    let Some(hook) = ready.shell_hook().filter(|_| cx.host.variable(RUNNING).is_none()) else {
        return Ok(applied);
    };
    let (given, directory) = (applied.variables.clone(), project.root.as_path());
    let mut variables = given.clone();
    variables.insert(RUNNING.into(), "1".into());
    let shell = Some(hook.bash.as_path());
    let start = Start { project, ready, variables: &given, directory, shell, interactive: false, grants };
    let wall = if walls::will_be(cx, ready) { walls::of(cx, &start)? } else { None };
    let run = HookRun {
        bash: &hook.bash,
        script: &hook.script,
        variables: &variables,
        directory,
        is_typed,
        wall: wall.as_ref(),
    };
    let outcome = session::run_shell_hook(&run);
    walls::tell(cx, wall.as_ref());
    let why = match outcome {
        Ok((ending, printed)) => match nix::changes(&given, &printed) {
            Some(changes) => {
                applied.change(changes, &Origin::NixHook(hook.name.clone()));
                return Ok(applied);
            }
            None if ending == Ending::SUCCESS => "became another program".to_owned(),
            None => format!("ended with {ending}"),
        },
        Err(error) => format!("did not start: {error}"),
    };
    cx.ui.note(&format!("the shellHook of `{}` {why}; what it sets is missing", hook.name));
    Ok(applied)
}
