//! The indexes of a suite: asked of the active archives, believed only as far as a trusted key
//! signed them, and kept in the cache.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use url::Url;

use super::super::age::Cutoff;
use super::super::at_once;
use super::super::question::Question;
use super::packages::{Packages, reduced};
use super::release::{Release, ReleaseError};
use super::words::WORDS;
use crate::age::Age;
use crate::archive::xz;
use crate::date::Date;
use crate::digest::{Hasher, Integrity};
use crate::files::{bounded, most, touch, write_cache};
use crate::hint::Hint;
use crate::host::now;
use crate::lock::DebIndex;
use crate::name::Suite;
use crate::net::{Http, NetError, Redirects, UNENCODED, Vouched, shown};
use crate::platform::{Platform, Platforms};
use crate::registry::{DebArchives, Distribution, RegistryError, SignatureError, join};

/// More than any index of today, several times.
const MOST_BYTES: u64 = 512 << 20;

/// In seconds.
const HOUR: i64 = 60 * 60;

/// What to do about an index that is older than it should be.
pub const HELD_BACK: &str = "the mirror is out of date, or updates are held back: try another, or, if it is frozen on \
                             purpose, \"registries\": { \"deb\": { …, \"check-valid-until\": false } }";

/// An architecture, as Debian calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// Those that some platforms need packages of.
    fn of(platforms: Platforms) -> impl Iterator<Item = Self> {
        let is_wanted = move |one: &Self| one.platforms().iter().any(|platform| platforms.contains(*platform));
        Self::ALL.into_iter().filter(is_wanted)
    }

    fn name(self) -> &'static str {
        self.platforms()[0].debian_arch()
    }

    /// The platforms that its packages are for: they bring their own C library.
    pub const fn platforms(self) -> [Platform; 2] {
        match self {
            Self::Amd64 => [Platform::X8664Linux, Platform::X8664LinuxMusl],
            Self::Arm64 => [Platform::Aarch64Linux, Platform::Aarch64LinuxMusl],
        }
    }
}

/// Why a suite has no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error(transparent)]
    Registry(#[from] RegistryError),
    #[error("the archive `{}` has no suite `{suite}`", shown(.archive))]
    NoSuite { suite: String, archive: Url },
    #[error("the index of `{distribution}` cannot be fetched")]
    Net { distribution: String, source: NetError },
    #[error("the index of `{distribution}` is refused")]
    Signature { distribution: String, source: SignatureError },
    #[error("the index of `{distribution}` is refused")]
    Release { distribution: String, source: ReleaseError },
    #[error("the index of `{distribution}` was made {} UTC, and `min-age` is {age}", .date.rfc3339().replace(['T', 'Z'], " ").trim_end())]
    Young { distribution: String, date: Date, age: Age },
    #[error("the index of `{distribution}` is refused: `{path}` is not what was signed")]
    Altered { distribution: String, path: String },
    #[error("`{path}` of `{distribution}` cannot be read")]
    Unreadable { distribution: String, path: String, source: io::Error },
}

impl Hint for IndexError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Registry(error) => error.hint(),
            Self::NoSuite { .. } => Some(
                "check the spelling; another archive is named in the manifest: \"registries\": { \"deb\": \"https://…\" }"
                    .to_owned(),
            ),
            Self::Net { source, .. } => source.hint(),
            Self::Signature { source, .. } => source.hint(),
            Self::Release { source: ReleaseError::Expired(_), .. } => Some(HELD_BACK.to_owned()),
            Self::Release { source: ReleaseError::Other { found, .. }, .. } => {
                Some(format!("name the release by its codename: \"suite\": \"{found}\""))
            }
            Self::Young { .. } => Some(
                "an archive of snapshots has older ones: \"registries\": { \"deb\": { \"snapshot\": \"https://…\" } }; or exempt \
                 the tool in the manifest: { \"version\": …, \"min-age\": \"0\" }"
                    .to_owned(),
            ),
            Self::Altered { .. } => Some("try again in a while: a mirror may be in the middle of an update".to_owned()),
            Self::Release { .. } | Self::Unreadable { .. } => None,
        }
    }
}

/// The packages of a suite.
#[derive(Debug)]
pub struct SuiteIndex {
    pub distributions: Vec<DebIndex>,
    pub packages: BTreeMap<Architecture, Packages>,
}

/// The index of a distribution, and its packages, reduced, for each architecture.
type Part = (DebIndex, Vec<(Architecture, String)>);

impl SuiteIndex {
    fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut index = Self { distributions: Vec::new(), packages: BTreeMap::new() };
        let mut texts: BTreeMap<Architecture, Vec<String>> = BTreeMap::new();
        for (one, of_architectures) in parts {
            index.distributions.push(one);
            for (architecture, text) in of_architectures {
                texts.entry(architecture).or_default().push(text);
            }
        }
        let read = at_once(texts, |(architecture, texts)| (architecture, Packages::read(texts)));
        index.packages.extend(read);
        index
    }
}

/// Asks for indexes.
pub struct Asking<'a> {
    pub http: &'a Http,
    pub archives: &'a DebArchives,
    /// The directory of the cache that keeps them.
    pub cache: &'a Path,
    /// The platforms whose packages are asked for.
    pub platforms: Platforms,
    /// The time up to which indexes have to have been made.
    pub cutoff: Option<Cutoff>,
}

impl Asking<'_> {
    /// The indexes of a suite, for all architectures.
    pub fn suite(&self, suite: &Suite) -> Result<SuiteIndex, IndexError> {
        let distributions = self.archives.distributions(suite)?;
        let asked = at_once(&distributions, |distribution| self.distribution(suite, distribution, None));
        Ok(SuiteIndex::of(asked.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten()))
    }

    /// What the cache has of the indexes of a suite, where nothing may be asked: that there is no index of some
    /// distribution is not kept.
    pub fn kept(&self, suite: &Suite) -> Option<SuiteIndex> {
        let distributions = self.archives.distributions(suite).ok()?;
        let asked = at_once(&distributions, |distribution| self.distribution(suite, distribution, None));
        let kept: Vec<Part> = asked.into_iter().filter_map(|part| part.ok().flatten()).collect();
        (!kept.is_empty()).then(|| SuiteIndex::of(kept))
    }

    /// The codename of a release, or of the one that the archive calls `stable`. Its index is there, then, and
    /// a trusted key signed it.
    pub fn codename(&self, suite: Option<&Suite>) -> Result<Suite, IndexError> {
        let distribution = match suite {
            Some(suite) => self.archives.distributions(suite)?.swap_remove(0),
            None => self.archives.stable()?,
        };
        let text = self.signed(&distribution.name, &distribution)?.unwrap_or_default();
        let release = Release::parse(&text);
        let refused = |source| IndexError::Release { distribution: distribution.name.clone(), source };
        let codename = suite.cloned().or_else(|| release.codename().parse().ok());
        let codename = codename.ok_or_else(|| refused(ReleaseError::Field("Codename")))?;
        let now = self.archives.checks_valid_until().then(now);
        release.check(codename.as_str(), now).map_err(refused)?;
        Ok(codename)
    }

    /// The index of a distribution, whose signature counts. `None` when the archive has no such distribution, and
    /// need not have it.
    fn signed(&self, suite: &str, distribution: &Distribution) -> Result<Option<String>, IndexError> {
        let url = below(distribution, "InRelease");
        let authorization = self.archives.authorization(&url);
        let secret = authorization.as_deref().map(|value| ("authorization", value));
        let question = Question { secret, vouched: Vouched::BySignature, ..Question::new(&url, "*/*") };
        let signed = match question.ask(self.http, self.cache) {
            Ok(signed) => signed,
            Err(error) if error.is_not_found() && !distribution.is_required => return Ok(None),
            Err(error) if error.is_not_found() => {
                return Err(IndexError::NoSuite { suite: suite.to_owned(), archive: distribution.archive.clone() });
            }
            Err(source) => {
                let source = source.with_credentials(self.archives.kept_back(&url), WORDS.credentials);
                return Err(IndexError::Net { distribution: distribution.name.clone(), source });
            }
        };
        let text = self.archives.verified(&signed, now());
        text.map(Some).map_err(|source| IndexError::Signature { distribution: distribution.name.clone(), source })
    }

    /// What a distribution has, or had at a time, in seconds since 1970. `None` when the archive has no such
    /// distribution, and need not have it.
    fn distribution(
        &self,
        suite: &Suite,
        distribution: &Distribution,
        then: Option<i64>,
    ) -> Result<Option<Part>, IndexError> {
        let name = || distribution.name.clone();
        let Some(text) = self.signed(suite.as_str(), distribution)? else { return Ok(None) };
        let release = Release::parse(&text);
        let refused = |source| IndexError::Release { distribution: name(), source };
        let made = release.date().map_err(refused)?;
        if let Some(cutoff) = self.cutoff.filter(|cutoff| !cutoff.accepts(made.seconds())) {
            // The same address for an hour, so that the cache knows it.
            let at = cutoff.at().div_euclid(HOUR) * HOUR;
            let older = self.archives.snapshot_of(distribution, &Date::of_seconds(at).basic());
            return match older.filter(|_| then.is_none()) {
                Some(older) => self.distribution(suite, &older, Some(at)),
                None => Err(IndexError::Young { distribution: name(), date: made, age: cutoff.age() }),
            };
        }
        let now = self.archives.checks_valid_until().then(|| then.unwrap_or_else(now));
        release.check(&distribution.name, now).map_err(refused)?;
        let date = made.basic();
        let mut wanted = Vec::new();
        for architecture in Architecture::of(self.platforms) {
            for component in &distribution.components {
                let indexes = release.indexes(component, architecture.name()).into_iter();
                wanted.extend(indexes.map(|(path, hash, size)| (architecture, path, hash, size)));
            }
        }
        let texts = at_once(wanted, |(architecture, path, hash, size)| {
            let index = SignedIndex { distribution, path: &path, hash, size, has_by_hash: release.has_by_hash() };
            self.reduced(&index).map(|text| (architecture, text))
        });
        let mut of_architectures: BTreeMap<Architecture, String> = BTreeMap::new();
        for found in texts {
            let (architecture, text) = found?;
            of_architectures.entry(architecture).or_default().push_str(&text);
        }
        // Each architecture has a text for each distribution, so that places in the lists agree.
        let all = Architecture::of(self.platforms);
        let all = all.map(|one| (one, of_architectures.remove(&one).unwrap_or_default())).collect();
        Ok(Some((DebIndex { distribution: name(), date }, all)))
    }

    /// What an index lists, from the cache if it was ever fetched.
    fn reduced(&self, index: &SignedIndex) -> Result<String, IndexError> {
        let kept = self.cache.join(format!("{}.packages", index.hash));
        if let Ok(text) = bounded::read_text(&kept, most::INDEX) {
            log::info!("{} of {}: from the cache, by its hash", index.path, index.distribution.name);
            let _ = touch(&kept);
            return Ok(text);
        }
        let bytes = self.fetch(index)?;
        let unpacked = match index.path.rsplit_once('.') {
            Some((_, "xz")) => bounded::all(xz(&*bytes), MOST_BYTES),
            Some((_, "gz")) => bounded::all(MultiGzDecoder::new(&*bytes), MOST_BYTES),
            _ => Ok(bytes),
        };
        let unpacked = unpacked.and_then(|text| String::from_utf8(text).map_err(io::Error::other));
        let text = unpacked.map_err(|source| IndexError::Unreadable {
            distribution: index.distribution.name.clone(),
            path: index.path.to_owned(),
            source,
        })?;
        let text = reduced(&text);
        write_cache(&kept, &[text.as_bytes()]);
        Ok(text)
    }

    /// The bytes of an index, as they were signed: by their hash if the archive has them so, since
    /// by its name it may be a newer one meanwhile.
    fn fetch(&self, index: &SignedIndex) -> Result<Vec<u8>, IndexError> {
        let distribution = || index.distribution.name.clone();
        let directory = index.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let by_hash = index.has_by_hash.then(|| format!("{directory}/by-hash/SHA256/{}", index.hash));
        let places: Vec<Url> = by_hash
            .iter()
            .map(String::as_str)
            .chain([index.path])
            .map(|path| below(index.distribution, path))
            .collect();
        let mut answer = None;
        for url in &places {
            let authorization = self.archives.authorization(url);
            let headers: Vec<(&str, &str)> =
                authorization.iter().map(|value| ("authorization", value.as_str())).chain([UNENCODED]).collect();
            answer = Some(self.http.get_whole(
                url,
                &headers,
                Redirects::Anywhere,
                Vouched::ByHash,
                index.size.min(MOST_BYTES),
            ));
            if !matches!(&answer, Some(Err(error)) if error.is_not_found()) {
                break;
            }
        }
        let altered = || IndexError::Altered { distribution: distribution(), path: index.path.to_owned() };
        let bytes = match answer.expect("an index has a place") {
            Ok(answer) => answer.into_body(),
            Err(NetError::TooLong { .. }) => return Err(altered()),
            Err(source) => return Err(IndexError::Net { distribution: distribution(), source }),
        };
        let mut hasher = Hasher::sha256();
        hasher.update(&bytes);
        if Some(hasher.finish()) != Integrity::from_hex(index.hash) {
            return Err(altered());
        }
        Ok(bytes)
    }
}

/// An index as a signed `Release` file names it.
struct SignedIndex<'i> {
    distribution: &'i Distribution,
    path: &'i str,
    hash: &'i str,
    size: u64,
    has_by_hash: bool,
}

/// The address of a file of a distribution.
fn below(distribution: &Distribution, path: &str) -> Url {
    join(&distribution.archive, &format!("dists/{}/{path}", distribution.name))
}
