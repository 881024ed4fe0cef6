//! Sources: where tools come from. Each turns a requirement into locked artifacts for every
//! platform (`resolve`) and an artifact into addresses on the active registry (`locate`).
//! One file per source; the only part of devshell that asks registries what there is.

mod additions;
mod age;
mod asked;
mod bundles;
mod checksums;
mod deb;
mod error;
mod fit;
mod host;
mod inspector;
mod judge;
mod location;
mod npm;
mod once;
mod outdated;
mod passed;
mod preferred;
mod provenance;
mod publisher;
mod publishers;
mod pypi;
mod question;
mod release;
mod rust;
mod solver;
mod update;
mod url;
mod vendor;
mod widen;
mod words;

use std::path::Path;
use std::sync::Arc;

use ::url::Url;

use additions::{additions, alone};
pub use asked::Asked;
pub use checksums::entry as checksum;
pub use deb::{ClosureError, DebError, IndexError, codename as debian_codename};
pub use error::{ResolveError, SolveError};
use error::{exempt, named};
pub use fit::Misfit;
use fit::Unfit;
pub use inspector::{Inspector, Unseen};
pub use location::Location;
pub use npm::{Offer, TreeError, check_node, commands_of};
pub use outdated::{Newer, newer, newest};
pub use passed::Passed;
pub use provenance::{Attested, ProvenanceError};
pub use publisher::DownloadError;
pub use publishers::{OtherPublisher, other_publishers};
pub use pypi::{
    Interpreter, Limit, PackageResolver, PageError, Previous, Pylock, PylockError, PythonError, Pythons,
    WantedPackages, Wheelless, environments, sdists,
};
pub use release::ReleaseError;
pub use rust::RustError;
pub use solver::{Solver, Wanted};
pub use update::{Change, Moves, Updated, bring_up_to_date, changes};
pub use vendor::VendorError;
pub use words::{Missing, Unreachable, Words};

use crate::catalog::{self, UnknownTool};
use crate::host::Host;
use crate::lock::{Artifact, LockedPython, LockedTool};
use crate::manifest::{Manifest, Python};
use crate::name::{PackageVersion, SourceLabel, Suite, ToolName};
use crate::net::Http;
use crate::parallel;
use crate::platform::Platform;
use crate::registry::{NoNpmrc, ProjectNpmrc};
use crate::version::{Requirement, Scheme};

/// A source of tools.
pub trait Source: Sync {
    /// What messages about it say.
    fn words(&self) -> &'static Words;

    /// How its versions compare.
    fn scheme(&self) -> Scheme {
        Scheme::Semver
    }

    /// Finds the best version that satisfies the requirement, and its artifacts for every
    /// platform that is asked for and that it exists for.
    fn resolve(&self, asked: &Asked) -> Result<LockedTool, ResolveError>;

    /// The version that `resolve` would choose today. `None` when none satisfies the requirement,
    /// and where there is nothing to choose from, as on the host.
    fn newest(&self, _name: &ToolName, _requirement: &Requirement) -> Result<Option<String>, ResolveError> {
        Ok(None)
    }

    /// Where the files of a tool that was just found were made, as attestations say that are verified here. Only what
    /// is known to have some is asked for them, unless they are expected.
    fn attested(&self, _locked: &LockedTool, _is_expected: bool) -> Result<Attested, ResolveError> {
        Ok(Attested::NONE)
    }

    /// Whether an entry of a lock is one that `resolve` could have written, as far as that can be known
    /// without asking.
    fn fits(&self, locked: &LockedTool) -> Result<(), Unfit>;

    /// Where an artifact may be fetched, the likeliest address first. The second address is
    /// asked for only when the first has nothing.
    fn locate(&self, artifact: &Artifact, attempt: usize) -> Result<Option<Location>, ResolveError>;

    /// What to say of an artifact that none of its addresses has; `asked` is the last one.
    fn missing(&self, _asked: Option<&Url>) -> Missing {
        Missing { text: "is not on the active registry".to_owned(), hint: Some(self.words().unknown.to_owned()) }
    }

    /// What to do about an artifact whose bytes are not those that were locked.
    fn changed(&self) -> &'static str {
        CHANGED
    }

    /// Makes what was just found agree with what was locked before.
    fn agree(&self, _found: &mut [LockedTool], _previous: &[LockedTool]) -> Result<(), ResolveError> {
        Ok(())
    }

    /// Whether its tools are expected to exist for a platform, so that one which does not is worth a line.
    fn is_made_for(&self, _platform: Platform) -> bool {
        true
    }

    /// What configures the packages of one of its releases, if its packages are configured at all.
    fn configuring(&self, _suite: &Suite) -> Result<Option<LockedTool>, ResolveError> {
        Ok(None)
    }

    /// The versions that were passed over in this run although they satisfy a requirement.
    fn passed(&self) -> Vec<Passed> {
        Vec::new()
    }

    /// What to know about a tool that was just locked.
    fn notes(&self, _locked: &LockedTool) -> Vec<String> {
        Vec::new()
    }

    /// What to know once when tools of this source were just locked.
    fn closing_notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// What its registry finds for a text, the best first; `None` if it cannot be searched.
    fn search(&self, _text: &str) -> Option<Result<Vec<Offer>, ResolveError>> {
        None
    }

    /// The addresses of its active registries, with those of the files that they name. None where each tool has its own.
    fn addresses(&self) -> Result<Vec<Url>, ResolveError> {
        Ok(Vec::new())
    }

    /// Whether the servers that a manifest's tools need answer; the names of those that do.
    fn check(&self, _manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        Vec::new()
    }
}

/// What to do about bytes that are not those that were locked.
pub const CHANGED: &str = "the registry's file or the lock has been changed; do not continue until you know why";

/// Every source, ready to be asked.
pub struct Sources<'a> {
    unjudged: provenance::Unjudged,
    ages: Arc<age::Ages<'a>>,
    deb: deb::DebSource<'a>,
    host: host::HostSource,
    npm: npm::NpmSource<'a>,
    pypi: pypi::PypiSource<'a>,
    codeberg: release::ReleaseSource<'a>,
    github: release::ReleaseSource<'a>,
    gitlab: release::ReleaseSource<'a>,
    rust: rust::RustSource<'a>,
    url: url::UrlSource<'a>,
    vendor: vendor::VendorSource<'a>,
}

impl<'a> Sources<'a> {
    /// Sets the sources up for a project. Nothing is read or asked yet.
    pub fn new(
        host: &'a Host,
        http: &'a Http,
        root: &Path,
        manifest: &Manifest,
        npmrc: Arc<dyn ProjectNpmrc + 'a>,
    ) -> Self {
        let ages = Arc::new(age::Ages::new(host, manifest));
        let forge = |label| release::ReleaseSource::new(label, host, http, (manifest, &ages));
        Self {
            unjudged: provenance::Unjudged::default(),
            codeberg: forge(SourceLabel::Codeberg),
            github: forge(SourceLabel::Github),
            gitlab: forge(SourceLabel::Gitlab),
            deb: deb::DebSource::new(host, http, root, (manifest, &ages)),
            host: host::HostSource,
            npm: npm::NpmSource::new(host, http, (manifest, &ages), npmrc),
            pypi: pypi::PypiSource::new(host, http, (manifest, &ages)),
            url: url::UrlSource::new(http, (manifest, &ages)),
            rust: rust::RustSource::new(host, http, (manifest, &ages)),
            vendor: vendor::VendorSource::new(host, http, (manifest, &ages)),
            ages,
        }
    }

    /// The same where no project has an `.npmrc`.
    pub fn without_npmrc(host: &'a Host, http: &'a Http, root: &Path, manifest: &Manifest) -> Self {
        Self::new(host, http, root, manifest, Arc::new(NoNpmrc))
    }

    /// The same sources, and who finds out what packages of npm depend on.
    #[must_use]
    pub fn with_solver(mut self, solver: Box<dyn Solver + 'a>) -> Self {
        self.npm.solver = Some(solver);
        self
    }

    /// The same sources, and who knows what packages of Python depend on.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Box<dyn PackageResolver + 'a>) -> Self {
        self.pypi.resolver = Some(resolver);
        self
    }

    /// The same sources, and what looks into files of releases.
    #[must_use]
    pub fn with_inspector(mut self, inspector: &Arc<dyn Inspector + 'a>) -> Self {
        for source in [&mut self.codeberg, &mut self.github, &mut self.gitlab] {
            source.inspector = Some(Arc::clone(inspector));
        }
        self
    }

    /// The source of a label.
    pub fn of(&self, label: SourceLabel) -> &dyn Source {
        match label {
            SourceLabel::Codeberg => &self.codeberg,
            SourceLabel::Deb => &self.deb,
            SourceLabel::Github => &self.github,
            SourceLabel::Gitlab => &self.gitlab,
            SourceLabel::Host => &self.host,
            SourceLabel::Npm => &self.npm,
            SourceLabel::Pypi => &self.pypi,
            SourceLabel::Rust => &self.rust,
            SourceLabel::Url => &self.url,
            SourceLabel::Vendor => &self.vendor,
        }
    }

    /// The source that a tool comes from.
    pub fn of_tool(&self, tool: &ToolName) -> Result<&dyn Source, UnknownTool> {
        Ok(self.of(self.label_of(tool)?))
    }

    /// Whether a minimum age applies to a tool: then a version that is locked stays, and is not moved down to one that
    /// is old enough.
    fn keeps_young(&self, locked: &LockedTool) -> bool {
        self.ages.of_tool(&locked.tool, &locked.requirement).is_ok_and(|cutoff| cutoff.is_some())
    }

    /// The label of the source that a tool comes from.
    pub fn label_of(&self, tool: &ToolName) -> Result<SourceLabel, UnknownTool> {
        Ok(catalog::find(tool)?.source)
    }

    /// Resolves what a manifest asks of Python, keeping the versions of a previous lock as far as they are kept. Of an interpreter that is Debian's, the version is given.
    pub fn python(
        &self,
        python: &Python,
        debian: Option<PackageVersion>,
        previous: Previous,
    ) -> Result<LockedPython, ResolveError> {
        self.pypi.python(python, debian, previous)
    }

    fn python_fits(&self, python: &LockedPython) -> Result<(), Unfit> {
        self.pypi.python_fits(python)
    }

    /// The address of the index that a Python package is asked of.
    pub fn python_index_of(&self, package: &str) -> Result<Url, ResolveError> {
        self.pypi.index_of(package)
    }

    fn all(&self) -> impl Iterator<Item = &dyn Source> {
        SourceLabel::ALL.into_iter().map(|label| self.of(label))
    }

    /// The versions that were passed over in this run.
    fn passed(&self) -> Vec<Passed> {
        self.all().flat_map(Source::passed).chain(self.unjudged.all()).collect()
    }

    /// Makes the tools that were just found agree with those that were locked before.
    fn agree(&self, found: &mut [LockedTool], previous: &[LockedTool]) -> Result<(), ResolveError> {
        self.all().try_for_each(|source| source.agree(found, previous))
    }

    /// What the registries find for a text, those that can be searched.
    pub fn search(&self, text: &str) -> impl Iterator<Item = (SourceLabel, Result<Vec<Offer>, ResolveError>)> {
        SourceLabel::ALL.into_iter().filter_map(move |label| Some((label, self.of(label).search(text)?)))
    }

    /// Whether the servers that a manifest needs answer. There is always one to ask: npm's registry also
    /// where nothing else is.
    pub fn check(&self, manifest: &Manifest) -> Vec<Result<String, Unreachable>> {
        let checked: Vec<_> = self.all().flat_map(|source| source.check(manifest)).collect();
        if checked.is_empty() { vec![self.npm.check_registry("npm")] } else { checked }
    }
}

/// How many questions are asked at once.
const AT_ONCE: usize = 32;

/// Does the same work for several things at once: a registry's latency is what takes the time.
fn at_once<T: Send, R: Send>(things: impl IntoIterator<Item = T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    parallel::map(things, AT_ONCE, work)
}

/// All answers, or else everything that went wrong.
fn all<T, E>(answers: impl IntoIterator<Item = Result<T, E>>) -> Result<Vec<T>, Vec<E>> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(one) => good.push(one),
            Err(error) => bad.push(error),
        }
    }
    if bad.is_empty() { Ok(good) } else { Err(bad) }
}
