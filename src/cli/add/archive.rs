//! The Debian archive that `devshell add` asks for where none is configured: the answer is tried, and then kept in the
//! user's own settings.

use super::Arguments;
use crate::cli::Context;
use crate::cli::failure::{Failure, code};
use crate::manifest::{self, Manifest, PythonOrigin, Takes, config, split_requirement};
use crate::name::ToolName;
use crate::project::Project;
use crate::registry::{DebArchives, RegistryError};
use crate::road::{RoadError, personal};
use crate::source::{ResolveError, debian_codename};

const QUESTION: &str = "no Debian archive is configured; type the URL of a mirror, the directory with `dists` and \
                        `pool`, or Enter to cancel";

/// The project to add to, and its manifest. If Debian packages are to be added, there is an archive of them.
pub fn settled(cx: &Context, arguments: &Arguments) -> Result<(Project, Manifest), Failure> {
    let project = arguments.whose.project(cx)?;
    let manifest = cx.road().read_manifest(&project)?;
    if is_needed(arguments) && settle(cx, arguments, (&project, &manifest))? {
        // The answer may be in the very file that tools are added to.
        return Ok((arguments.whose.project(cx)?, manifest));
    }
    Ok((project, manifest))
}

/// Whether any of it is a Debian package.
fn is_needed(arguments: &Arguments) -> bool {
    let names = arguments.tools.iter().filter_map(|word| split_requirement(word).0.parse::<ToolName>().ok());
    // Without `python`, the option is a mistake.
    let is_python = |word: &String| split_requirement(word).0 == "python";
    arguments.from == Some(PythonOrigin::Deb) && arguments.tools.iter().any(is_python)
        || names.into_iter().any(|name| Takes::of(&name) == Takes::Suite)
}

/// Asks for an archive if there is none. Whether the user's settings have changed.
fn settle(cx: &Context, arguments: &Arguments, place: (&Project, &Manifest)) -> Result<bool, Failure> {
    let (project, before) = place;
    let found = DebArchives::in_force(&cx.host, &before.registries, &project.root);
    // Any other error comes when the archive is asked.
    let Err(missing @ RegistryError::NoArchive { .. }) = found.and_then(|archives| archives.stable()) else {
        return Ok(false);
    };
    let terminals = &cx.host.terminals;
    let can_answer = terminals.stdin && terminals.stderr && !cx.http.is_offline() && !cx.host.is_under_ci();
    let Some(url) = can_answer.then(|| cx.ui.ask(QUESTION)).flatten() else {
        return Err(RoadError::Resolve(vec![ResolveError::from(missing)]).into());
    };
    keep(cx, arguments, place, &url)?;
    Ok(true)
}

/// Whether what was typed has a user or a password before its server, be it a URL or not.
fn has_login(url: &str) -> bool {
    let rest = url.split_once("//").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|server| server.contains('@'))
}

/// Tries the archive, and keeps it in the user's own settings.
fn keep(
    cx: &Context,
    arguments: &Arguments,
    (project, before): (&Project, &Manifest),
    url: &str,
) -> Result<(), Failure> {
    if has_login(url) {
        let hint = "type it without the login, and put that into `~/.netrc` or into apt's `auth.conf`".to_owned();
        return Err(Failure::said(
            code::USAGE,
            "the URL contains a login, which does not belong in a settings file",
            hint,
        ));
    }
    let mut settings = personal::files(&cx.host)?;
    settings.check_user_files(&cx.host)?;
    let text = manifest::set_deb_archive(&settings.manifest_text, url)
        .map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))?;
    let users = config::registries(&settings.manifest_name(), &text).map_err(|mut problems| {
        let hint = "a URL begins with `https://` or `http://`".to_owned();
        Failure::said(code::USAGE, problems.list.swap_remove(0).message, hint)
    })?;
    let archives = DebArchives::with_settings(&cx.host, &before.registries, &users, &project.root);
    let archives = archives.map_err(ResolveError::from);
    let suite = arguments.suite.as_ref().or(before.registries.deb().suite.as_ref()).or(users.deb().suite.as_ref());
    archives
        .and_then(|archives| debian_codename(&cx.host, &cx.http, &archives, suite))
        .map_err(|error| RoadError::Resolve(vec![error]))?;
    settings.write_manifest(text)?;
    let (url, file) = (manifest::shown_text(url), settings.manifest_path.display());
    cx.ui.note(&format!("{url} is now your Debian archive, `registries` in {file}"));
    Ok(())
}
