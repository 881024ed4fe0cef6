//! Vendors' indexes: a vendor and an answer. Whatever it answers, resolving ends in an error, or in a tool that can be
//! locked, read back, and is accepted as the vendor's, and that satisfies what was asked for. The answer is put where an
//! offline run finds it, for each index of the vendor.
#![no_main]

use std::cell::OnceCell;

use devshell::catalog::{self, Entry, VersionList};
use devshell::lock::{FILE_NAME, Lock, parse, write};
use devshell::manifest::Manifest;
use devshell::name::{SourceLabel, ToolName};
use devshell::platform::Platforms;
use devshell::registry::VendorServer;
use devshell::source::{Asked, Sources};
use devshell::version::{Requirement, Scheme};
use devshell_fuzz::offline::Offline;
use libfuzzer_sys::fuzz_target;

/// Those whose index has the hashes too.
const VENDORS: [&str; 5] = ["dotnet", "elixir", "go", "temurin", "zig"];

fn answer(world: &Offline, vendor: &str, path: &str, body: &[u8]) {
    let server = VendorServer::active(&world.host, &Manifest::default().registries, vendor).unwrap().unwrap();
    world.answer("vendors-1", &server.index_url(path), body);
}

thread_local!(static WORLD: OnceCell<Offline> = const { OnceCell::new() });

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else { return };
    let vendor = VENDORS[usize::from(*first) % VENDORS.len()];
    WORLD.with(|world| check(world.get_or_init(Offline::new), vendor, body));
});

fn check(world: &Offline, vendor: &str, body: &[u8]) {
    let tool: ToolName = format!("vendor:{vendor}").parse().unwrap();
    let row = catalog::find(&tool).unwrap().entry.and_then(Entry::vendor).unwrap();
    match &row.versions {
        VersionList::Json(list) => {
            for path in list.channels.iter().map(|channels| channels.path.clone()) {
                answer(world, vendor, &path, body);
            }
            for page in 0..list.pages {
                let path = list.path.replace("{channel}", "9.0").replace("{page}", &page.to_string());
                answer(world, vendor, &path, body);
            }
        }
        VersionList::Lines(list) => answer(world, vendor, &list.path, body),
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
