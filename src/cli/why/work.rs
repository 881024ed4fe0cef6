//! Why a script or a service is there, what it needs, and what needs it.

use serde::Serialize;

use super::provider::Place;
use super::{Question, Row, row};

/// A script of the manifest.
#[derive(Serialize)]
pub struct ScriptAnswer {
    line: String,
    /// The environment of the manifest that has it; null for the default one.
    environment: Option<String>,
    needs: Vec<String>,
    needed_by: Vec<String>,
    place: Place,
}

/// A service of the manifest.
#[derive(Serialize)]
pub struct ServiceAnswer {
    line: String,
    environment: Option<String>,
    /// What fills it in, with its version.
    preset: Option<String>,
    needs: Vec<String>,
    needed_by: Vec<String>,
    /// The variables of its ports.
    ports: Vec<String>,
    place: Place,
}

impl ScriptAnswer {
    pub fn rows(&self, name: &str) -> Vec<Row> {
        let typed = row("typed", format!("devshell run {}", shell_words::quote(name)));
        let first = [row("runs", self.line.clone()), row("asked for", self.place.to_string())];
        let environment = self.environment.iter().map(|environment| row("environment", environment.clone()));
        first.into_iter().chain(environment).chain(around(&self.needs, &self.needed_by)).chain([typed]).collect()
    }
}

impl ServiceAnswer {
    pub fn rows(&self, name: &str) -> Vec<Row> {
        let first = [row("runs", self.line.clone()), row("asked for", self.place.to_string())];
        let preset = self.preset.iter().map(|preset| row("preset", preset.clone()));
        let environment = self.environment.iter().map(|environment| row("environment", environment.clone()));
        let ports = (!self.ports.is_empty()).then(|| row("ports", self.ports.join(", ")));
        let typed = row("typed", format!("devshell up {name}"));
        let more = preset.chain(environment).chain(ports).chain(around(&self.needs, &self.needed_by));
        first.into_iter().chain(more).chain([typed]).collect()
    }
}

fn around(needs: &[String], needed_by: &[String]) -> impl Iterator<Item = Row> {
    let shown = |about, names: &[String]| (!names.is_empty()).then(|| row(about, names.join(", ")));
    shown("needs", needs).into_iter().chain(shown("needed by", needed_by))
}

impl Question<'_> {
    pub fn script(&self) -> Option<ScriptAnswer> {
        let (_, script) = self.ready.scripts.iter().find(|(script, _)| script == self.name)?;
        // The last of the chosen environments that has one rules.
        let has = |name: &&String| self.manifest.environments[*name].scripts.contains_key(self.name);
        Some(ScriptAnswer {
            line: script.command.clone(),
            environment: self.environments.iter().rfind(has).cloned(),
            needs: script.needs.clone(),
            needed_by: self.needed_by(),
            place: self.in_manifest(script.line),
        })
    }

    pub fn service(&self) -> Option<ServiceAnswer> {
        let (_, service) = self.ready.services.iter().find(|(service, _)| service == self.name)?;
        let has = |name: &&String| self.manifest.environments[*name].services.contains_key(self.name);
        Some(ServiceAnswer {
            line: service.run.clone(),
            environment: self.environments.iter().rfind(has).cloned(),
            preset: service.preset.as_ref().map(|preset| format!("{} {}", preset.name, preset.version)),
            needs: service.needs.clone(),
            needed_by: self.needed_by(),
            ports: service.ports.iter().map(|port| port.name.to_string()).collect(),
            place: self.in_manifest(service.line),
        })
    }

    fn needed_by(&self) -> Vec<String> {
        let scripts = self.ready.scripts.iter().map(|(name, script)| (name, &script.needs));
        let services = self.ready.services.iter().map(|(name, service)| (name, &service.needs));
        let needing = scripts.chain(services).filter(|(_, needs)| needs.iter().any(|need| need == self.name));
        needing.map(|(name, _)| name.clone()).collect()
    }
}
