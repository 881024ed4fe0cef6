//! The manifest as a step of the road: parsed, for this devshell, with tools that have a meaning and the texts of the
//! files it names.

use super::{Road, RoadError, presets};
use crate::catalog;
use crate::hint::Hint as _;
use crate::manifest::{self, Layer, Manifest, Problem, Problems};
use crate::project::Project;
use crate::version::Scheme;

impl Road<'_> {
    /// Parses the manifest, and checks that this devshell is one it was written for and that every
    /// tool has a meaning. What a newer devshell understands is no mistake of this file's, so the
    /// version comes first.
    pub fn read_manifest(self, project: &Project) -> Result<Manifest, RoadError> {
        let parsed = parse(project, &project.manifest_text).map_err(Box::new);
        let wanted = match &parsed {
            Ok(manifest) => manifest.devshell.clone(),
            Err(_) => manifest::wanted_devshell(&project.manifest_text),
        };
        let own = env!("CARGO_PKG_VERSION");
        if let Some(wanted) = wanted.filter(|wanted| !wanted.accepts(own, Scheme::Semver)) {
            return Err(RoadError::Devshell { wanted, own });
        }
        let manifest = parsed?;
        check_tools(project, &manifest)?;
        self.with_files(project, manifest)
    }

    /// Parses a text that is to become the project's manifest.
    pub fn parse_edited(self, project: &Project, text: &str) -> Result<Manifest, RoadError> {
        let manifest = parse(project, text).map_err(Box::new)?;
        self.with_files(project, manifest)
    }

    /// The manifest, with what the files say that it names: those of Python's packages, and of Rust's toolchains.
    fn with_files(self, project: &Project, mut manifest: Manifest) -> Result<Manifest, RoadError> {
        let mut list = presets::fill(&mut manifest);
        list.extend(self.fill_toolchains(project, &mut manifest));
        if let Some(python) = &mut manifest.python {
            for file in &python.requirements {
                let read = project.read_requirements(self.host, &file.path, &mut python.texts);
                if let Err(error) = read {
                    list.push(Problem::new(file.range.clone(), error.to_string(), error.hint()));
                }
            }
        }
        if list.is_empty() { Ok(manifest) } else { Err(problems(project, list)) }
    }
}

impl Road<'_> {
    /// Expects that a project is locked for this machine's platform.
    pub fn check_platform(self, project: &Project, manifest: &Manifest) -> Result<(), RoadError> {
        let (platform, platforms) = (self.host.platform, manifest.platforms);
        if platforms.contains(platform) {
            return Ok(());
        }
        let line = manifest.platforms_line.unwrap_or(1);
        Err(RoadError::Platform { file: project.manifest_name(), line, platform, platforms })
    }
}

/// Checks that every tool has a meaning.
pub fn check_tools(project: &Project, manifest: &Manifest) -> Result<(), RoadError> {
    let unknown = manifest.all_tools().filter_map(|tool| Some((tool, catalog::find(&tool.name).err()?)));
    // To look for the tool that was meant takes time, which only those that are shown are worth.
    let problem = unknown.enumerate().map(|(index, (tool, error))| {
        let hint = if index < manifest::MOST_SHOWN { error.hint() } else { None };
        Problem::new(tool.range.clone(), error.to_string(), hint)
    });
    let directories =
        manifest.layers().flat_map(|layer| &layer.directories).filter(|(name, _)| catalog::is_of_host(name));
    let without = directories.map(|(name, range)| {
        let message =
            format!("`${{tools.{name}.dir}}` has no meaning: `{name}` is the host's, and has no directory of its own");
        Problem::new(range.clone(), message, Some("name a tool that devshell installs".to_owned()))
    });
    let hosts = manifest.all_tools().filter(|tool| !tool.additions().is_empty() && catalog::is_of_host(&tool.name));
    let beside = hosts.map(|tool| {
        let message = format!("`{}` is the host's, and nothing can be installed beside it", tool.name);
        Problem::new(tool.range.clone(), message, Some("take `with` out".to_owned()))
    });
    let list: Vec<Problem> = problem.chain(without).chain(beside).collect();
    if list.is_empty() { Ok(()) } else { Err(problems(project, list)) }
}

/// The layer of the chosen environments.
pub fn select(manifest: &Manifest, environments: &[String]) -> Result<Layer, RoadError> {
    Ok(manifest.select(environments)?)
}

/// Parses a manifest, or the personal one, which wishes for tools in the same way.
fn parse(project: &Project, text: &str) -> Result<Manifest, Problems> {
    if project.is_personal {
        return manifest::config::parse(&project.manifest_name(), text).map(|config| config.manifest);
    }
    manifest::parse(&project.manifest_name(), text)
}

fn problems(project: &Project, list: Vec<Problem>) -> RoadError {
    Box::new(Problems::new(&project.manifest_name(), &project.manifest_text, list)).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::host::Host;
    use crate::net::Http;
    use crate::road::Audience;
    use crate::store::Progress;

    /// Keeps what it is told.
    #[derive(Default)]
    struct Listener(Mutex<Vec<String>>);

    impl Audience for Listener {
        fn note(&self, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }

        fn note_once(&self, text: &str) {
            self.note(text);
        }

        fn fault(&self, error: RoadError) {
            self.note(&error.to_string());
        }

        fn progress(&self) -> Box<dyn Progress> {
            unreachable!("nothing is installed here")
        }
    }

    fn read(text: &str) -> Result<Manifest, RoadError> {
        let place = tempfile::tempdir().unwrap();
        fs_err::write(place.path().join("devshell.json"), text).unwrap();
        let host = Host::snapshot(Some(place.path())).unwrap();
        let http = Http::new(true, Duration::from_secs(1));
        let listener = Listener::default();
        let road = Road { host: &host, http: &http, audience: &listener };
        let manifest = road.read_manifest(&Project::of(&host, &place.path().join("devshell.json")).unwrap());
        assert!(listener.0.into_inner().unwrap().is_empty(), "reading needs no word");
        manifest
    }

    #[test]
    fn a_newer_manifest_asks_for_a_newer_devshell_before_anything_else() {
        assert!(read(r#"{ "devshell": ">=0.1", "tools": { "node": "22" } }"#).is_ok());
        for unknown in ["", r#", "no such key": 1"#, r#", "tools": { "no-such-tool": "1" }"#] {
            let error = read(&format!(r#"{{ "devshell": ">=99"{unknown} }}"#)).unwrap_err();
            assert!(matches!(&error, RoadError::Devshell { .. }), "{error}");
            assert_eq!(error.hint().as_deref(), Some("update devshell"));
        }
    }

    #[test]
    fn mistakes_come_with_their_places() {
        for text in [
            r#"{ "tools": { "no-such-tool": "1" } }"#,
            r#"{ "python": { "version": "3.13", "requirements": "no-such-file.txt" } }"#,
        ] {
            let RoadError::Manifest(problems) = read(text).unwrap_err() else { panic!("{text}") };
            let start = problems.list[0].range.start;
            assert!(text[start..].starts_with("\"no-such-"), "{text} {start}");
        }
    }
}
