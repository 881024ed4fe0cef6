//! The sources `github`, `gitlab` and `codeberg`: files of the releases of a repository. Which tags are versions and
//! which file is for which platform follows from their names, unless the manifest or the catalog says it. Installing
//! asks no forge's API.

mod attestation;
mod candidates;
mod error;
mod files;
mod fit;
mod hashes;
mod list;
mod listing;
mod wish;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

pub use self::candidates::{Candidate, Tagged};
pub use self::error::ReleaseError;
use self::files::Chosen;
use self::hashes::{Subject, Vouchers};
use self::list::Asset;
pub use self::listing::Listing;
use self::wish::{Wish, repository};
use super::age::Ages;
use super::fit::Unfit;
use super::passed::{Passed, PassedOver};
use super::preferred::{Accepted, Choosing};
use super::publisher::{DownloadError, Publisher};
use super::{
    Asked, Attested, Inspector, Location, Missing, ResolveError, Source, Unreachable, Unseen, Words, at_once, named,
};
use crate::archive::Format;
use crate::catalog;
use crate::host::Host;
use crate::lock::{Artifact, HashFrom, LockedTool};
use crate::manifest::Manifest;
use crate::name::{
    CommandName, InsidePath, PackageFile, PackageName, PackageVersion, SourceLabel, Tag, ToolName, last_part,
};
use crate::net::{Http, shown};
use crate::platform::Platform;
use crate::version::{Requirement, Scheme};

pub struct ReleaseSource<'a> {
    label: SourceLabel,
    manifest: Manifest,
    listing: Listing<'a>,
    publisher: Publisher<'a>,
    ages: Arc<Ages<'a>>,
    passed: PassedOver,
    /// Looks into files whose names do not say what they need.
    pub inspector: Option<Arc<dyn Inspector + 'a>>,
}

impl<'a> ReleaseSource<'a> {
    pub fn new(
        label: SourceLabel,
        host: &'a Host,
        http: &'a Http,
        (manifest, ages): (&Manifest, &Arc<Ages<'a>>),
    ) -> Self {
        let listing = Listing::new(host, http, label, manifest.registries.clone());
        let (publisher, passed, ages) = (Publisher::new(http), PassedOver::default(), Arc::clone(ages));
        Self { label, manifest: manifest.clone(), listing, publisher, ages, passed, inspector: None }
    }
}

impl Source for ReleaseSource<'_> {
    fn words(&self) -> &'static Words {
        words::words(self.label)
    }

    fn scheme(&self) -> Scheme {
        Scheme::Loose
    }

    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError> {
        let name = asked.name;
        let wish = Wish::of(&self.manifest, self.label, asked)?;
        let (candidate, newest) = self.preferred(&wish, asked)?;
        let Some(candidate) = candidate else {
            return Err(asked.no_version(newest));
        };
        let version: PackageVersion = named(name.as_str(), &candidate.version)?;
        let files = wish.files(&candidate.release, &candidate.version)?;
        let unmarked: Vec<PackageFile> = files.values().filter(|it| !it.is_marked).map(|it| it.file.clone()).collect();
        let mut artifacts = self.artifacts(&wish, &candidate, &version, files)?;
        self.serve_every_linux(&wish, &mut artifacts, &unmarked)?;
        wish.check_platforms(&artifacts, &candidate.version, &candidate.release)?;
        let mut locked = LockedTool { version: Some(version), artifacts, ..asked.unlocked() };
        locked.keep_for(asked.platforms);
        locked.commands = bare_commands(&wish, &locked.artifacts);
        Ok(locked)
    }

    fn attested(&self, locked: &LockedTool, is_expected: bool) -> Result<Attested, ResolveError> {
        // The other forges attest nothing.
        if self.label != SourceLabel::Github {
            return Ok(Attested::NONE);
        }
        let asked = Asked::best(&locked.tool, &locked.requirement, self.manifest.platforms);
        let wish = Wish::of(&self.manifest, self.label, &asked)?;
        attestation::attested(locked, &wish, &self.listing, is_expected)
    }

    fn newest(&self, name: &ToolName, requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        let asked = Asked::best(name, requirement, self.manifest.platforms);
        let wish = Wish::of(&self.manifest, self.label, &asked)?;
        Ok(self.preferred(&wish, &asked)?.0.map(|candidate| candidate.version))
    }

    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit> {
        let repository = repository(self.label, &locked.tool).map_err(|error| Unfit::new(error.to_string()))?;
        let asked = Asked::best(&locked.tool, &locked.requirement, self.manifest.platforms);
        let wish = Wish::of(&self.manifest, self.label, &asked);
        let wish = wish.map_err(|error| Unfit::new(error.to_string()))?;
        if locked.commands != bare_commands(&wish, &locked.artifacts) {
            return Err(Unfit::new("is a file of a release, whose commands are found in it"));
        }
        fit::check(locked, self.label, repository, wish.around_version())
    }

    /// The address for downloads, without the API. If it has nothing, the API may say where the file is: GitLab has some
    /// elsewhere, and those of a private repository are only for those who may read it.
    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError> {
        let (Some(tag), Some(file)) = (&artifact.tag, &artifact.file) else { return Ok(None) };
        let (repository, forge) = (&*artifact.package, self.listing.forge(&artifact.package)?);
        let usual = forge.download_url(repository, tag, file);
        if attempt == 0 {
            return Ok(Some(Location::open(usual)));
        }
        if attempt > 1 || (forge.secret().is_none() && self.label != SourceLabel::Gitlab) {
            return Ok(None);
        }
        let known = self.listing.known_release(repository, tag);
        let release = known.map_or_else(|| self.listing.release(repository, tag), |release| Ok(Some(release)))?;
        let mut assets = release.into_iter().flat_map(|release| release.assets);
        let Some(asset) = assets.find(|asset| asset.name == file.as_str()) else { return Ok(None) };
        let open = (asset.url != usual).then(|| Location::open(asset.url.clone()));
        Ok(self.listing.with_token(repository, tag, &asset).or(open))
    }

    fn missing(&self, asked: Option<&Url>) -> Missing {
        let hint = "its publisher removed or renamed it, and `devshell update NAME` locks what there is now; or its \
                    repository is private, and needs a token that may read it";
        let text = asked.map_or_else(|| "has no address".to_owned(), |url| format!("is gone from `{}`", shown(url)));
        Missing { text, hint: Some(hint.to_owned()) }
    }

    fn addresses(&self) -> Result<Vec<Url>, ResolveError> {
        Ok(self.listing.forge("")?.addresses())
    }

    fn check(&self, manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        let is_own = |name: &ToolName| catalog::find(name).is_ok_and(|meaning| meaning.source == self.label);
        let Some(tool) = manifest.all_tools().find(|tool| is_own(&tool.name)) else { return Vec::new() };
        let asked = repository(self.label, &tool.name).and_then(|repository| {
            let host = self.listing.forge(repository)?.api_host().to_owned();
            match self.listing.releases(repository, &|_| true) {
                // That there is no such repository is an answer.
                Ok(_) | Err(ResolveError::NoPackage { .. }) => Ok(host),
                Err(error) => Err(error),
            }
        });
        vec![asked.map_err(Unreachable::from)]
    }

    fn changed(&self) -> &'static str {
        "its publisher replaced the file after it was locked, or something on the way changed it; ask the publisher, and \
         `devshell update` once you know why"
    }

    fn passed(&self) -> Vec<Passed> {
        self.passed.all()
    }

    fn notes(&self, locked: &LockedTool) -> Vec<String> {
        let (tool, version) = (&locked.tool, locked.version.as_deref().unwrap_or_default());
        let by_download = |artifact: &Artifact| artifact.hash_from == Some(HashFrom::Download);
        let unlisted = locked.artifacts.iter().any(by_download).then(|| {
            format!("{tool} {version} has the hash of its first download, because its release has no checksums")
        });
        let new_name = repository(self.label, tool).ok().and_then(|repository| self.listing.new_name(repository));
        let renamed = new_name.map(|name| format!("{tool} is called `{}:{name}` now", self.label));
        unlisted.into_iter().chain(renamed).collect()
    }
}

/// The command of a tool whose files are no archives, where it has another name than they get.
fn bare_commands(wish: &Wish, artifacts: &[Artifact]) -> BTreeMap<CommandName, InsidePath> {
    let is_bare = |artifact: &Artifact| artifact.unpack.is_some_and(Format::is_bare);
    let command = wish.bare_command().filter(|_| artifacts.iter().all(is_bare));
    command.and_then(|command| Some((command, last_part(wish.repository).parse().ok()?))).into_iter().collect()
}

impl ReleaseSource<'_> {
    /// The release to take, if one satisfies the requirement, and the newest version of all.
    fn preferred(&self, wish: &Wish, asked: &Asked) -> Result<(Option<Candidate>, Option<String>), ResolveError> {
        let cutoff = self.ages.cutoff(asked)?;
        let tagged = Tagged { cutoff, ..wish.tagged() };
        let Accepted { accepted, newest } = tagged.candidates(&asked.accepted(), &self.listing)?;
        let choosing = Choosing { asked, cutoff, passed: &self.passed, from: self.words().asks };
        let platforms = |candidate: &Candidate| {
            let files = wish.files(&candidate.release, &candidate.version)?;
            let wanted = files.into_keys().filter(|platform| wish.wants(*platform));
            Ok::<_, ResolveError>(wanted.map(|platform| (platform, ())).collect())
        };
        let most = Platform::ALL.into_iter().filter(|platform| wish.wants(*platform)).count();
        let found = choosing.best(choosing.old_enough(accepted)?, most, platforms)?;
        Ok((found.map(|(candidate, _)| candidate), newest))
    }

    /// Takes files for Linux whose names do not say which C library they need for every Linux, if one of them needs
    /// none. It is the same one wherever the lock is written.
    fn serve_every_linux(
        &self,
        wish: &Wish,
        artifacts: &mut [Artifact],
        unmarked: &[PackageFile],
    ) -> Result<(), ResolveError> {
        let Some(inspector) = &self.inspector else { return Ok(()) };
        let is_served = |platform| artifacts.iter().any(|artifact| artifact.platforms.contains(&platform));
        let lacking = Platform::ALL.into_iter().filter(|platform| !is_served(*platform) && wish.wants(*platform));
        let is_unmarked = |artifact: &Artifact| artifact.file.as_ref().is_some_and(|file| unmarked.contains(file));
        // Those with musl that have a file for the same machine with glibc, which may do.
        let could: Vec<(Platform, usize)> = lacking
            .filter_map(|platform| {
                let glibc = platform.with_glibc()?;
                let mut serving = artifacts.iter();
                Some((platform, serving.position(|it| it.platforms.contains(&glibc) && is_unmarked(it))?))
            })
            .collect();
        // The file for x86-64, if there is one.
        let Some((_, place)) = could.last() else { return Ok(()) };
        let unseen = |unseen: Unseen| ResolveError::Unseen { tool: wish.name.clone(), unseen };
        if !inspector.runs_on_every_linux(wish.name, &artifacts[*place]).map_err(unseen)? {
            return Ok(());
        }
        for (platform, place) in could {
            let platforms = &mut artifacts[place].platforms;
            platforms.push(platform);
            platforms.sort_unstable();
            if platforms.len() == Platform::ALL.len() {
                platforms.clear();
            }
        }
        Ok(())
    }

    /// One artifact for each file: platforms may share one.
    fn artifacts(
        &self,
        wish: &Wish,
        candidate: &Candidate,
        version: &PackageVersion,
        files: BTreeMap<Platform, Chosen>,
    ) -> Result<Vec<Artifact>, ResolveError> {
        let mut shared: BTreeMap<String, (Chosen, Vec<Platform>)> = BTreeMap::new();
        for (platform, chosen) in files {
            shared.entry(chosen.asset.name.clone()).or_insert_with(|| (chosen, Vec::new())).1.push(platform);
        }
        let package: PackageName = named(wish.repository, wish.repository)?;
        let tag: Tag = named(wish.repository, &candidate.release.tag)?;
        let failed = |source| DownloadError::Net { tool: wish.name.clone(), version: version.to_string(), source };
        let (release, publisher) = (&candidate.release, &self.publisher);
        let subject = Subject { tool: wish.name, version };
        let with_token = |asset: &Asset| self.listing.with_token(wish.repository, &release.tag, asset);
        let vouchers = Vouchers { release, publisher, subject, failed: &failed, with_token: &with_token };
        let locked = at_once(shared.into_values(), |(chosen, platforms)| {
            let sums = wish.checksums(release, version, chosen.asset, platforms[0]);
            let (integrity, hash_from) = vouchers.hash(chosen.asset, &sums)?;
            let artifact = Artifact::new(self.label, package.clone(), version.clone(), integrity);
            let is_all = platforms.len() == Platform::ALL.len();
            Ok(Artifact {
                platforms: if is_all { Vec::new() } else { platforms },
                file: Some(chosen.file),
                tag: Some(tag.clone()),
                hash_from: Some(hash_from),
                unpack: Some(chosen.format),
                ..artifact
            })
        });
        locked.into_iter().collect()
    }
}
