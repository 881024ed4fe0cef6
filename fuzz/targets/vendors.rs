//! Vendors' indexes: a vendor and an answer. Whatever it answers, resolving ends in an error, or in a tool that can be
//! locked, read back, and is accepted as the vendor's, and that satisfies what was asked for. The answer is put where an
//! offline run finds it, for each index of the vendor.
#![no_main]

use std::cell::OnceCell;
use std::time::Duration;

use devshell::catalog::{self, Entry, VersionList};
use devshell::digest;
use devshell::host::Host;
use devshell::lock::{FILE_NAME, Lock, parse, write};
use devshell::manifest::Manifest;
use devshell::name::{SourceLabel, ToolName};
use devshell::net::Http;
use devshell::platform::Platforms;
use devshell::registry::VendorServer;
use devshell::source::{Asked, Sources};
use devshell::version::{Requirement, Scheme};
use devshell_fuzz::scratch;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Those whose index has the hashes too.
const VENDORS: [&str; 5] = ["dotnet", "elixir", "go", "temurin", "zig"];

struct World {
    place: TempDir,
    host: Host,
    http: Http,
}

impl World {
    fn new() -> Self {
        let place = scratch();
        let mut host = Host::snapshot(None).unwrap();
        host.variables.clear();
        host.home = None;
        host.directories.cache = place.path().join("cache");
        std::fs::create_dir_all(host.directories.cache.join("vendors-1")).unwrap();
        Self { place, host, http: Http::new(true, Duration::from_secs(1)) }
    }

    fn answer(&self, vendor: &str, path: &str, body: &[u8]) {
        let server = VendorServer::active(&self.host, &Manifest::default().registries, vendor).unwrap().unwrap();
        let key = digest::key(&[server.index_url(path).as_str().as_bytes()]);
        let entry = [b"etag\n", body].concat();
        std::fs::write(self.host.directories.cache.join("vendors-1").join(key), entry).unwrap();
    }
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else { return };
    let vendor = VENDORS[usize::from(*first) % VENDORS.len()];
    WORLD.with(|world| check(world.get_or_init(World::new), vendor, body));
});

fn check(world: &World, vendor: &str, body: &[u8]) {
    let tool: ToolName = format!("vendor:{vendor}").parse().unwrap();
    let row = catalog::find(&tool).unwrap().entry.and_then(Entry::vendor).unwrap();
    match &row.versions {
        VersionList::Json(list) => {
            for path in list.channels.iter().map(|channels| channels.path.clone()) {
                world.answer(vendor, &path, body);
            }
            for page in 0..list.pages {
                let path = list.path.replace("{channel}", "9.0").replace("{page}", &page.to_string());
                world.answer(vendor, &path, body);
            }
        }
        VersionList::Lines(list) => world.answer(vendor, &list.path, body),
        VersionList::Github { .. } => {}
    }
    for requirement in ["*", "9", ">=0.2.0-a,<9"] {
        let requirement: Requirement = requirement.parse().unwrap();
        let sources = Sources::without_npmrc(&world.host, &world.http, world.place.path(), &Manifest::default());
        let source = sources.of(SourceLabel::Vendor);
        let asked = Asked::best(&tool, &requirement, Platforms::ALL);
        let Ok(locked) = source.resolve(&asked) else { continue };
        assert!(requirement.accepts(locked.version.as_deref().unwrap(), Scheme::Loose));
        assert!(sources.fits(&locked).is_ok(), "{locked:?}");
        for artifact in &locked.artifacts {
            assert!(source.locate(artifact, 0).unwrap().is_some());
        }
        let lock = Lock { tools: vec![locked], ..Lock::default() };
        assert_eq!(parse(FILE_NAME, &write(&lock)).unwrap(), lock);
    }
}
