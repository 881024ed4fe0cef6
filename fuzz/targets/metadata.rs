//! npm metadata: whatever a registry answers, resolving ends in an error or in something that can
//! be locked, read back, and satisfies what was asked for. The answer is put where an offline run
//! finds it, so this is the road that `devshell lock --offline` takes.
#![no_main]

use std::cell::OnceCell;

use devshell::lock::{FILE_NAME, Lock, parse, write};
use devshell::manifest::{self, Manifest};
use devshell::name::{SourceLabel, ToolName};
use devshell::platform::Platforms;
use devshell::registry::{NoNpmrc, NpmRegistry};
use devshell::source::{Asked, SolveError, Solver, Sources, Wanted};
use devshell::version::{Requirement, Scheme};
use devshell_fuzz::offline::Offline;
use libfuzzer_sys::fuzz_target;

struct World {
    offline: Offline,
    manifest: Manifest,
}

impl World {
    fn new() -> Self {
        let text = r#"{ "registries": { "npm": "http://registry.invalid/" } }"#;
        Self { offline: Offline::new(), manifest: manifest::parse("devshell.json", text).unwrap() }
    }

    fn answer(&self, package: &str, body: &[u8]) {
        let registry = NpmRegistry::in_force(&self.offline.host, &self.manifest.registries, &NoNpmrc).unwrap();
        self.offline.answer("npm-1", &registry.metadata_url(package), body);
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
    let offline = &world.offline;
    let tool: ToolName = format!("npm:{package}").parse().unwrap();
    for requirement in ["*", "1", ">=0.2.0-a,<9"] {
        let requirement: Requirement = requirement.parse().unwrap();
        let sources = Sources::without_npmrc(&offline.host, &offline.http, offline.place.path(), &world.manifest);
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
