//! Brings a lock up to date with a manifest: keeps what still satisfies it, resolves the rest,
//! drops what nothing asks for.

use std::collections::BTreeSet;

use super::fit::Misfit;
use super::provenance::attest;
use super::widen::widen;
use super::{Asked, DebError, OtherPublisher, Passed, Previous, ResolveError, Sources, all, at_once};
use crate::catalog;
use crate::lock::{
    Disagreement, Entry, Form, Lock, LockedPython, LockedTool, Wish, configurer, disagreement, keep_indexes, sort,
    wishes,
};
use crate::manifest::{Manifest, PythonOrigin, Tool, debian_python};
use crate::name::{PackageVersion, SourceLabel, Suite, ToolName};
use crate::platform::Platforms;
use crate::version::{Scheme, debian};

/// What became of one tool: it is new when there is nothing before, and gone when there is nothing
/// after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub before: Option<LockedTool>,
    pub after: Option<LockedTool>,
}

/// A lock that satisfies the manifest, and how it differs from the one before.
#[derive(Debug)]
pub struct Updated {
    pub lock: Lock,
    pub changes: Vec<Change>,
    /// The Python before and after, when it is another one.
    pub python: Option<(Option<LockedPython>, Option<LockedPython>)>,
    /// The platforms before and after, when they are others.
    pub platforms: Option<(Platforms, Platforms)>,
    /// The versions that were passed over although they satisfy a requirement.
    pub passed: Vec<Passed>,
}

impl Updated {
    /// The same, with versions that were passed over before, such as when the requirement was looked for.
    #[must_use]
    pub fn and_passed(mut self, passed: Vec<Passed>) -> Self {
        self.passed.extend(passed);
        self
    }
}

/// What is resolved again although it still satisfies the manifest.
pub struct Moves<'f> {
    pub tools: &'f dyn Fn(&LockedTool) -> bool,
    /// The interpreter and the project's packages.
    pub python: bool,
    /// Which tools may not come from another publisher than before, of those that do, as their attestations say.
    pub refuses: &'f dyn Fn(Vec<OtherPublisher>) -> Vec<OtherPublisher>,
}

impl Moves<'_> {
    pub const NOTHING: Moves<'static> = Moves { tools: &|_| false, python: false, refuses: &|others| others };
}

/// Resolves what the previous lock lacks, and again what is to move. The outcome depends on nothing
/// but the manifest, the previous lock and what the registries say.
///
/// # Errors
/// Every requirement that cannot be resolved.
pub fn bring_up_to_date(
    manifest: &Manifest,
    previous: &Lock,
    moves: &Moves,
    sources: &Sources,
) -> Result<Updated, Vec<ResolveError>> {
    let mut lock = previous.clone();
    lock.tools.retain(|locked| !locked.contradicts(manifest, previous.platforms));
    sources.keep_fitting(&mut lock);
    // What is only asserted has no version that could move, unless its name means something else by now.
    let interpreter = previous.interpreter().filter(|_| moves.python);
    let moves_tool = |locked: &LockedTool| (moves.tools)(locked) || interpreter == Some(locked);
    let is_of_host = |locked: &LockedTool| locked.form() == Form::Asserted && catalog::is_of_host(&locked.tool);
    lock.tools.retain(|locked| is_of_host(locked) || !moves_tool(locked));
    lock.keep_for(manifest.platforms);
    let added = manifest.platforms.without(previous.platforms);
    if !added.is_empty() {
        widen(&mut lock, (manifest, previous), added, sources)?;
    }
    // What is left of a tool, or came to it, may not be what it would be by itself.
    if manifest.platforms != previous.platforms {
        sources.keep_fitting(&mut lock);
    }
    fill(&mut lock, manifest, previous, sources)?;
    let wished = wishes(manifest, &lock);
    lock.tools.retain_mut(|locked| match wished.get(&(locked.tool.clone(), locked.requirement.clone())) {
        Some((name, _)) => {
            respell(locked, name);
            true
        }
        None => false,
    });
    for mut layer in manifest.selections() {
        manifest.add_base(&mut layer);
        let tools = lock.chosen(&layer).map(|chosen| chosen.locked);
        if let Some(Disagreement { package, first, second }) = disagreement(tools) {
            return Err(vec![DebError::Apart { package, first, second }.into()]);
        }
    }
    // As they will be read again, so that what is the same is seen to be.
    lock.tools.iter_mut().for_each(|tool| sort(&mut tool.artifacts));
    lock.tools.sort();
    fill_python(&mut lock, manifest, previous, moves, sources).map_err(|error| vec![error])?;
    fill_configuring(&mut lock, previous, moves, sources).map_err(|error| vec![error])?;
    if let Some(Misfit { entry, unfit }) = sources.misfits(&lock).into_iter().next() {
        let tool = match entry {
            Entry::Tool((tool, _)) => tool.to_string(),
            Entry::Configuring(_) => configurer().to_string(),
            Entry::Python => "python".to_owned(),
        };
        return Err(vec![ResolveError::Unfit { tool, text: unfit.text }]);
    }
    let changes = changes(previous, &lock);
    let python = (previous.python != lock.python).then(|| (previous.python.clone(), lock.python.clone()));
    let is_new = previous.tools.is_empty() && previous.python.is_none();
    let platforms = (!is_new && previous.platforms != lock.platforms).then_some((previous.platforms, lock.platforms));
    Ok(Updated { lock, changes, python, platforms, passed: sources.passed() })
}

/// Writes a repository as the manifest does, where it was locked in other capitals.
fn respell(locked: &mut LockedTool, name: &ToolName) {
    if locked.tool.as_str() == name.as_str() {
        return;
    }
    locked.tool = name.clone();
    for artifact in &mut locked.artifacts {
        if let Ok(package) = name.package().parse() {
            artifact.package = package;
        }
    }
}

/// Resolves the tools that a lock lacks.
fn fill(lock: &mut Lock, manifest: &Manifest, previous: &Lock, sources: &Sources) -> Result<(), Vec<ResolveError>> {
    let mut found: BTreeSet<Wish> = BTreeSet::new();
    loop {
        // What runs a tool is known once that tool is locked, so there may be a second round.
        let missing: Vec<Wish> = wishes(manifest, lock)
            .into_iter()
            .filter(|(tool, requirement)| lock.find(tool, requirement).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let resolved = resolve_all(manifest, &missing, previous, sources)?;
        let (kept, mut resolved): (Vec<_>, Vec<_>) =
            resolved.into_iter().partition(|tool| previous.tools.contains(tool));
        sources.agree(&mut resolved, &previous.tools).map_err(|error| vec![error])?;
        resolved.extend(kept);
        // What was locked from an older index gives way, since one suite's packages have to agree;
        // what was looked for just now would be found again as it is.
        found.extend(missing);
        let is_found = |old: &LockedTool| found.contains(&(old.tool.clone(), old.requirement.clone()));
        lock.tools.retain(|old| is_found(old) || resolved.iter().all(|new| disagreement([old, new]).is_none()));
        lock.tools.extend(resolved);
    }
}

/// Resolves the project's Python, if the lock's is not what the manifest asks for, or is to move.
fn fill_python(
    lock: &mut Lock,
    manifest: &Manifest,
    previous: &Lock,
    moves: &Moves,
    sources: &Sources,
) -> Result<(), ResolveError> {
    // Debian's is a tool among the others, and moves as they do.
    let debian = lock.python_wish(manifest).filter(|wish| wish.origin == PythonOrigin::Deb);
    let debian = debian.and_then(|wish| interpreter_version(lock.find(&debian_python(), &wish.requirement)?));
    let has_moved = debian.is_some() && lock.python.as_ref().is_some_and(|python| python.version != debian);
    let is_wider = previous.python.is_some() && !lock.platforms.without(previous.platforms).is_empty();
    if moves.python || has_moved || is_wider || !lock.has_python(manifest) {
        let before = Previous { python: previous.python.as_ref(), is_kept: !moves.python };
        let wished = lock.python_wish(manifest);
        lock.python = wished.map(|_| sources.python(&manifest.interpreter(), debian, before)).transpose()?;
        lock.python.iter_mut().for_each(|python| sort(&mut python.artifacts));
    }
    Ok(())
}

/// Finds what configures the packages of each release that tools are of. What is locked stays until a tool of its
/// release moves.
fn fill_configuring(lock: &mut Lock, previous: &Lock, moves: &Moves, sources: &Sources) -> Result<(), ResolveError> {
    let suites: Vec<Suite> = lock.suites().into_iter().cloned().collect();
    let locked = std::mem::take(&mut lock.configuring);
    let is_wider = !lock.platforms.without(previous.platforms).is_empty();
    for suite in suites {
        let mut tools = lock.tools.iter().filter(|tool| tool.suite.as_ref() == Some(&suite));
        let is_new = tools.clone().any(|tool| !previous.tools.contains(tool));
        let is_moving = tools.any(|tool| (moves.tools)(tool));
        let old = locked.iter().find(|old| old.suite.as_ref() == Some(&suite)).filter(|_| !is_moving && !is_wider);
        let found = old.map_or_else(|| sources.of(SourceLabel::Deb).configuring(&suite), |old| Ok(Some(old.clone())));
        // A lock that is older than this, and was not to be changed as far as this release is concerned, needs no index.
        lock.configuring.extend(if is_new { found? } else { found.ok().flatten() });
    }
    lock.configuring.iter_mut().for_each(|tool| sort(&mut tool.artifacts));
    lock.configuring.sort();
    keep_indexes(&mut lock.configuring, &previous.configuring);
    Ok(())
}

/// The version of Debian's interpreter: of `python3.13`, say, rather than of `python3`, which asks for it and
/// may be an older release.
fn interpreter_version(tool: &LockedTool) -> Option<PackageVersion> {
    let is_interpreter = |package: &str| {
        let series = package.strip_prefix("python3.").map(|rest| rest.strip_suffix("-minimal").unwrap_or(rest));
        series.is_some_and(|series| !series.is_empty() && series.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let own = tool.artifacts.iter().filter(|artifact| is_interpreter(&artifact.package));
    let own = own.map(|artifact| debian::upstream(&artifact.version).to_owned());
    let own = own.filter(|version| tool.requirement.accepts(version, Scheme::Pep440));
    let newest = own.max_by(|a, b| Scheme::Pep440.compare(a, b));
    newest.or_else(|| Some(debian::upstream(tool.version.as_deref()?).to_owned()))?.parse().ok()
}

/// How two locks differ: first what is gone, then what is new or moved. An entry moved if one of
/// the same tool is gone, rather one with the same requirement than with another.
pub fn changes(before: &Lock, after: &Lock) -> Vec<Change> {
    let mut gone: Vec<&LockedTool> = before.tools.iter().filter(|old| !after.tools.contains(old)).collect();
    let new: Vec<&LockedTool> = after.tools.iter().filter(|new| !before.tools.contains(new)).collect();
    let mut origins: Vec<Option<LockedTool>> = vec![None; new.len()];
    for same_requirement in [true, false] {
        for (origin, new) in origins.iter_mut().zip(&new).filter(|(origin, _)| origin.is_none()) {
            let is_origin =
                |old: &&LockedTool| old.tool == new.tool && (old.requirement == new.requirement || !same_requirement);
            *origin = gone.iter().position(is_origin).map(|index| gone.remove(index).clone());
        }
    }
    let removed = gone.into_iter().map(|old| Change { before: Some(old.clone()), after: None });
    let others = origins.into_iter().zip(new).map(|(before, new)| Change { before, after: Some(new.clone()) });
    removed.chain(others).collect()
}

fn resolve_all(
    manifest: &Manifest,
    wishes: &[Wish],
    previous: &Lock,
    sources: &Sources,
) -> Result<Vec<LockedTool>, Vec<ResolveError>> {
    all(at_once(wishes, |(tool, requirement)| {
        let (label, source) = (sources.label_of(tool)?, sources.of_tool(tool)?);
        let old = previous.find(tool, requirement).filter(|old| old.source() == Some(label));
        let young = old.filter(|old| stays(old, previous, manifest, sources));
        let (locked, stays) = (old, young.is_some());
        let asked = Asked { locked, stays, ..Asked::best(tool, requirement, manifest.platforms) };
        let mut locked = match (source.resolve(&asked), young) {
            (Err(ResolveError::TooYoung { .. }), Some(old)) => old.clone(),
            (Ok(new), Some(old)) if is_higher(old, &new, source.scheme()) => old.clone(),
            (found, _) => found.map_err(|error| placed(error, manifest))?,
        };
        locked.keep_for(manifest.platforms);
        attest(&mut locked, manifest, previous, sources)?;
        match &locked.version {
            Some(version) if locked.artifacts.is_empty() => {
                Err(ResolveError::NoPlatform { tool: tool.clone(), version: Some(version.to_string()) })
            }
            _ => Ok(locked),
        }
    }))
}

/// Whether an entry would do as it is, were it not for its age.
fn stays(old: &LockedTool, previous: &Lock, manifest: &Manifest, sources: &Sources) -> bool {
    let is_complete = manifest.platforms.without(previous.platforms).is_empty();
    let is_right = || !old.contradicts(manifest, previous.platforms) && sources.fits(old).is_ok();
    is_complete && is_right() && sources.keeps_young(old)
}

fn is_higher(old: &LockedTool, new: &LockedTool, scheme: Scheme) -> bool {
    let versions = old.version.as_deref().zip(new.version.as_deref());
    versions.is_some_and(|(old, new)| scheme.compare(old, new).is_gt())
}

/// The error with the line of the manifest that it is about.
fn placed(error: ResolveError, manifest: &Manifest) -> ResolveError {
    match error {
        ResolveError::NoVersion { tool, requirement, newest, .. } => {
            let is_it = |wish: &&Tool| wish.name == tool && wish.requirement == requirement;
            let line = manifest.all_tools().find(is_it).map(|wish| wish.line);
            ResolveError::NoVersion { tool, requirement, newest, line }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Artifact;
    use crate::name::SourceLabel;

    fn lock(tools: &[(&str, &str, &str)]) -> Lock {
        let tool = |(tool, requirement, version): &(&str, &str, &str)| LockedTool {
            version: Some(version.parse().unwrap()),
            ..LockedTool::new(tool.parse().unwrap(), requirement.parse().unwrap())
        };
        Lock { tools: tools.iter().map(tool).collect(), ..Lock::default() }
    }

    #[test]
    fn what_moved_is_told_from_what_came_and_went() {
        let before =
            lock(&[("a", "1", "1.0.0"), ("node", "20", "20.1.0"), ("node", "22", "22.1.0"), ("x", "*", "1.0.0")]);
        let after =
            lock(&[("b", "1", "1.0.0"), ("node", "18", "18.1.0"), ("node", "22", "22.2.0"), ("x", "*", "1.0.0")]);
        let shown = |locked: &Option<LockedTool>| {
            locked.as_ref().map_or_else(|| "-".to_owned(), |l| format!("{} {}", l.tool, l.version.as_ref().unwrap()))
        };
        let changes: Vec<_> =
            changes(&before, &after).iter().map(|c| format!("{} > {}", shown(&c.before), shown(&c.after))).collect();
        assert_eq!(changes, ["a 1.0.0 > -", "- > b 1.0.0", "node 20.1.0 > node 18.1.0", "node 22.1.0 > node 22.2.0"]);
    }

    #[test]
    fn debians_python_has_the_version_of_its_interpreter() {
        let integrity =
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse::<crate::digest::Integrity>().unwrap();
        let artifact = |name: &str, version: &str| {
            let (name, version) = (name.parse().unwrap(), version.parse().unwrap());
            Artifact::new(SourceLabel::Deb, name, version, integrity.clone())
        };
        let mut python = lock(&[("deb:python3", ">=3.10", "3.14.8-1")]).tools.remove(0);
        assert_eq!(interpreter_version(&python).as_deref(), Some("3.14.8"));
        let packages = [("python3", "3.14.8-1"), ("python3.14-minimal", "3.14.10-2"), ("python3-six", "1.17-1")];
        python.artifacts = packages.map(|(name, version)| artifact(name, version)).into();
        assert_eq!(interpreter_version(&python).as_deref(), Some("3.14.10"));
    }
}
