//! A script with needs: what it needs is made ready, and whatever this brought up is taken down again.

use std::ffi::OsString;

use super::work::Work;
use super::{Options, script_command};
use crate::cli::Context;
use crate::cli::around::Around;
use crate::cli::failure::Failure;
use crate::cli::options::Chosen;
use crate::cli::services::Here;
use crate::cli::ui::screen::Lines;
use crate::session::Ending;

/// Runs a script with these arguments, and what it needs before it.
pub fn run(
    cx: &Context,
    chosen: &Chosen,
    options: &Options,
    words: &[OsString],
    mut around: Around,
) -> Result<Ending, Failure> {
    let Some((name, script)) = around.script.take() else { return Ok(Ending::SUCCESS) };
    let here = Here::around(cx, around);
    if here.is_outside(cx) {
        return here.again_inside(cx, chosen);
    }
    let command = script_command(&name, &script, &words[1..])?;
    let work = Work::of(cx, here, options, vec![name.clone()], Some(command))?;
    // Nothing is started for what is up to date.
    if work.is_fresh() {
        cx.ui.note(&format!("`{name}` is up to date"));
        return Ok(Ending::SUCCESS);
    }
    let mut work = work.with_services(chosen, Lines::Hidden)?;
    let ending = work.through().and_then(|ending| ending.map_or_else(|| work.run_target(), Ok));
    match work.owner.take() {
        Some(owner) => {
            let down = owner.release();
            ending.and_then(|ending| down.map(|()| ending))
        }
        None => ending,
    }
}
