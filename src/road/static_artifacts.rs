//! Static programs of a lock for a host without the loader of the GNU C library: where a tool has another artifact for
//! musl, and no program of that names a loader, it is the better one. The lock's file stays as it is.

use super::Road;
use crate::lock::{Artifact, Chosen, Form, Lock, LockedTool, NotLocked};
use crate::manifest::{Layer, Manifest};
use crate::platform::Platform;
use crate::source::Sources;
use crate::store::Store;

impl Road<'_> {
    /// The lock as tools are used on this host. What decides is fetched first.
    pub fn for_this_host(
        self,
        lock: Lock,
        (manifest, layer): (&Manifest, &Layer),
        sources: &Sources,
    ) -> Result<Lock, NotLocked> {
        let Some((platform, musl)) = self.instead(manifest) else { return Ok(lock) };
        let (store, chosen) = (Store::new(&self.host.directories.data), lock.choose(layer)?);
        let wanted = chosen.iter().flat_map(Chosen::tools);
        let candidates = wanted.filter_map(|tool| candidate(tool, manifest, platform, musl));
        let missing: Vec<&Artifact> = candidates.filter(|artifact| !store.has(artifact)).collect();
        if !missing.is_empty() {
            let progress = self.audience.progress();
            progress.plan(missing.iter().map(|it| format!("{} {}", it.package, it.version)).collect());
            // Then it is the other artifact that is fetched, and that says why it cannot be.
            if let Err(errors) = store.install(&missing, sources, self.http, progress.as_ref()) {
                log::info!("static programs are not fetched: {}", errors[0]);
            }
        }
        Ok(self.as_used_here(lock, manifest))
    }

    /// The same, as far as what decides is in the store.
    pub fn as_used_here(self, mut lock: Lock, manifest: &Manifest) -> Lock {
        let Some((platform, musl)) = self.instead(manifest) else { return lock };
        let store = Store::new(&self.host.directories.data);
        for tool in &mut lock.tools {
            let is_static = candidate(tool, manifest, platform, musl).is_some_and(|it| store.is_static(it));
            if is_static {
                tool.exchange(platform, musl);
            }
        }
        lock
    }

    /// The platform of this host, and the one whose static programs run on it. A project with base utilities of its own
    /// has the loader inside, and needs there what it needs outside.
    fn instead(self, manifest: &Manifest) -> Option<(Platform, Platform)> {
        self.host.missing_loader().filter(|_| manifest.base.is_none())?;
        Some((self.host.platform, self.host.platform.with_musl()?))
    }
}

/// The artifact of a tool for musl, if it is another one and its commands are in the same places.
fn candidate<'l>(
    tool: &'l LockedTool,
    manifest: &Manifest,
    platform: Platform,
    musl: Platform,
) -> Option<&'l Artifact> {
    if !matches!(tool.form(), Form::Object(_)) || tool.runtime.is_some() {
        return None;
    }
    let usual = tool.artifacts_on(platform).next()?;
    let artifact = tool.artifacts_on(musl).next().filter(|artifact| artifact.integrity != usual.integrity)?;
    let version = tool.version.as_deref().unwrap_or_default();
    let mut wishes = manifest.all_tools().filter(|wish| wish.name == tool.tool && wish.requirement == tool.requirement);
    wishes.all(|wish| wish.paths(version, platform) == wish.paths(version, musl)).then_some(artifact)
}
