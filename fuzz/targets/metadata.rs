//! npm metadata: whatever a registry answers, resolving ends in an error or in something that can
//! be locked, read back, and satisfies what was asked for. The answer is put where an offline run
//! finds it, so this is the road that `devshell lock --offline` takes.
#![no_main]

use std::cell::OnceCell;
use std::time::Duration;

use devshell::digest;
use devshell::host::Host;
use devshell::lock::{FILE_NAME, Lock, parse, write};
use devshell::manifest::{self, Manifest};
use devshell::name::{SourceLabel, ToolName};
use devshell::net::Http;
use devshell::platform::Platforms;
use devshell::registry::{NoNpmrc, NpmRegistry};
use devshell::source::{Asked, SolveError, Solver, Sources, Wanted};
use devshell::version::{Requirement, Scheme};
use devshell_fuzz::scratch;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

struct World {
    place: TempDir,
    host: Host,
    http: Http,
    manifest: Manifest,
}

impl World {
    fn new() -> Self {
        let place = scratch();
        let mut host = Host::snapshot(None).unwrap();
        host.variables.clear();
        host.home = None;
        host.directories.cache = place.path().join("cache");
        std::fs::create_dir_all(host.directories.cache.join("npm-1")).unwrap();
        let text = r#"{ "registries": { "npm": "http://registry.invalid/" } }"#;
        let manifest = manifest::parse("devshell.json", text).unwrap();
        Self { place, host, http: Http::new(true, Duration::from_secs(1)), manifest }
    }

    fn answer(&self, package: &str, body: &[u8]) {
        let registry = NpmRegistry::in_force(&self.host, &self.manifest.registries, &NoNpmrc).unwrap();
        let key = digest::key(&[registry.metadata_url(package).as_str().as_bytes()]);
        let entry = [b"etag\n", body].concat();
        std::fs::write(self.host.directories.cache.join("npm-1").join(key), entry).unwrap();
    }
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

/// Trees of dependencies are npm's affair.
struct NoNpm;

impl Solver for NoNpm {
    fn package_lock(&self, _: &Wanted) -> Result<String, SolveError> {
        Err(SolveError::Npm("nobody was asked".to_owned()))
    }
}

fuzz_target!(|body: &[u8]| {
    WORLD.with(|world| check(world.get_or_init(World::new), body));
});

fn check(world: &World, body: &[u8]) {
    let package = "hello";
    world.answer(package, body);
    let tool: ToolName = format!("npm:{package}").parse().unwrap();
    for requirement in ["*", "1", ">=0.2.0-a,<9"] {
        let requirement: Requirement = requirement.parse().unwrap();
        let sources = Sources::without_npmrc(&world.host, &world.http, world.place.path(), &world.manifest);
        let sources = sources.with_solver(Box::new(NoNpm));
        let source = sources.of(SourceLabel::Npm);
        let Ok(locked) = source.resolve(&Asked::best(&tool, &requirement, Platforms::ALL)) else { continue };
        assert!(requirement.accepts(locked.version.as_deref().unwrap(), Scheme::Semver));
        for artifact in &locked.artifacts {
            let _ = source.locate(artifact, 0);
            let _ = source.locate(artifact, 1);
        }
        let lock = Lock { tools: vec![locked], ..Lock::default() };
        assert_eq!(parse(FILE_NAME, &write(&lock)).unwrap(), lock);
    }
}
