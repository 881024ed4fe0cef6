//! `services` in the manifest: programs that run beside one's work, such as a database.

use std::collections::BTreeMap;
use std::str::FromStr;

use jsonc_parser::ast::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scope::Scope;
use super::script::OwnVariables;
use super::shape::{Decoder, range};
use super::{Expansion, Rule};
use crate::name::VarName;

pub(super) const SERVICE_KEYS: &[&str] =
    &["run", "prepare", "ready", "stop", "env", "needs", "ports", "restart", "about", "cwd", "preset", "version"];
pub(super) const READY_KEYS: &[&str] = &["port", "socket", "http", "line"];

/// A program that runs beside one's work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// A command line for `sh -c`, which stays in the foreground.
    pub run: String,
    /// A command line before each start. It has to end.
    pub prepare: Option<String>,
    /// When the service is of use. Without, it is as soon as it runs.
    pub ready: Option<Readiness>,
    /// [`StopSignal::Term`], if neither the manifest nor a preset has one.
    pub stop: Option<StopSignal>,
    pub restart: Restart,
    pub variables: OwnVariables,
    /// The services that have to be ready before it, and the scripts that have to have ended well.
    pub needs: Vec<String>,
    pub ports: Vec<Port>,
    pub about: Option<String>,
    /// Where it runs, below the project's directory.
    pub directory: Option<String>,
    /// What fills in the rest, by its name and the version that is wanted.
    pub preset: Option<Preset>,
    /// Where it is in the manifest, counted from 1.
    pub line: usize,
}

/// Services that devshell knows how to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    pub name: String,
    pub version: String,
    /// The place of the service's name in the manifest, in bytes.
    pub range: std::ops::Range<usize>,
}

/// How it is known that a service is of use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    /// A command line for `sh -c` that ends well.
    Command(String),
    /// Something listens on a TCP port of the loopback interface.
    Port(Expansion),
    /// Something listens at a socket in the file system.
    Socket(Expansion),
    /// A GET of this URL is answered with a status below 400.
    Http(Expansion),
    /// It has printed a line with this text in it.
    Line(String),
}

/// A port that is given to a service, in a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    pub name: VarName,
    /// The number that is taken if it is free.
    pub wished: u16,
    pub line: usize,
}

/// The signal that asks a service to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
pub enum StopSignal {
    #[default]
    Term,
    Int,
    Quit,
    Hup,
    Usr1,
    Usr2,
    Kill,
}

impl StopSignal {
    pub const ALL: [Self; 7] = [Self::Term, Self::Int, Self::Quit, Self::Hup, Self::Usr1, Self::Usr2, Self::Kill];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Term => "TERM",
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Hup => "HUP",
            Self::Usr1 => "USR1",
            Self::Usr2 => "USR2",
            Self::Kill => "KILL",
        }
    }
}

impl FromStr for StopSignal {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let name = text.strip_prefix("SIG").unwrap_or(text);
        Self::ALL.into_iter().find(|signal| signal.name() == name).ok_or(())
    }
}

/// What happens when a service ends although no one has stopped it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Restart {
    #[default]
    No,
    OnFailure,
    Always,
}

impl Restart {
    pub const ALL: [&'static str; 3] = ["no", "on-failure", "always"];
}

impl FromStr for Restart {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "no" => Ok(Self::No),
            "on-failure" => Ok(Self::OnFailure),
            "always" => Ok(Self::Always),
            _ => Err(()),
        }
    }
}

impl Service {
    /// The command lines that run for it.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let ready = self.ready.iter().filter_map(|ready| match ready {
            Readiness::Command(line) => Some(line.as_str()),
            _ => None,
        });
        self.prepare.as_deref().into_iter().chain([self.run.as_str()]).chain(ready)
    }
}

/// The variables of ports in `services`, as far as they are names. Mistakes in them are found when they are read.
pub(super) fn port_names(services: &Value) -> Vec<VarName> {
    let properties = |value: &Value| -> Vec<VarName> {
        let Value::Object(service) = value else { return Vec::new() };
        let Some(Value::Object(ports)) = service.get("ports").map(|property| &property.value) else {
            return Vec::new();
        };
        ports.properties.iter().filter_map(|property| property.name.as_str().parse().ok()).collect()
    };
    let Value::Object(services) = services else { return Vec::new() };
    services.properties.iter().flat_map(|service| properties(&service.value)).collect()
}

impl Decoder<'_> {
    /// `scope` has the variables of the environment.
    pub(super) fn services(&mut self, value: &Value, scope: &Scope) -> BTreeMap<String, Service> {
        let mut services = BTreeMap::new();
        let Some(object) = self.map(value, "`services`") else { return services };
        for property in &object.properties {
            let name = property.name.as_str();
            let is_good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if name.is_empty() || name.starts_with(['-', '.']) || !name.chars().all(is_good) {
                let help = "a name has letters, digits and `._-`, and begins with a letter or a digit".to_owned();
                self.at(&property.name, format!("`{name}` is not a service name"), help);
            }
            let range = range(&property.name);
            let line = self.line(&property.name);
            if let Some(mut service) = self.service(name, &property.value, scope) {
                if let Some(preset) = &mut service.preset {
                    preset.range = range;
                }
                services.insert(name.to_owned(), Service { line, ..service });
            }
        }
        services
    }

    fn service(&mut self, name: &str, value: &Value, scope: &Scope) -> Option<Service> {
        let mut service = Service::default();
        let preset = |name: &str, version: String| Some(Preset { name: name.to_owned(), version, range: 0..0 });
        if !matches!(value, Value::Object(_)) {
            service.preset = preset(name, self.string(value, "a version, or an object,")?);
            return Some(service);
        }
        let object = self.object(value, "a service", SERVICE_KEYS)?;
        // What the others refer to.
        let ports = object.get("ports").map(|property| self.service_ports(&property.value)).unwrap_or_default();
        let mut own = Scope::new(Some(scope), &[]);
        own.add_ports(ports.iter().map(|port| port.name.clone()));
        if let Some(property) = object.get("env") {
            service.variables = self.own_variables(&property.value, &own);
        }
        for (name, value) in &service.variables {
            own.add(name, &Rule::Set(value.clone()));
        }
        service.ports = ports;
        for property in &object.properties {
            let value = &property.value;
            match property.name.as_str() {
                "run" => service.run = self.string(value, "a command line").unwrap_or_default(),
                "prepare" => service.prepare = self.string(value, "a command line"),
                "ready" => service.ready = self.readiness(value, &own),
                "stop" => {
                    service.stop = self.word(value, &StopSignal::ALL.map(StopSignal::name));
                }
                "restart" => service.restart = self.word(value, &Restart::ALL).unwrap_or_default(),
                "needs" => service.needs = self.needs(value),
                "about" => service.about = self.string(value, "a text"),
                "cwd" => service.directory = self.directory_below(value),
                _ => {}
            }
        }
        if let Some(property) = object.get("version") {
            let version = self.string(&property.value, "a version")?;
            let name = match object.get("preset") {
                Some(property) => self.string(&property.value, "the name of a preset")?,
                None => name.to_owned(),
            };
            service.preset = preset(&name, version);
        } else if object.get("preset").is_some() {
            self.at(value, "a service with a preset needs `version`", None);
        } else if object.get("run").is_none() {
            let help = "write a command line that stays in the foreground, or the version of a preset".to_owned();
            self.at(value, "a service needs `run`", help);
        }
        Some(service)
    }

    fn service_ports(&mut self, value: &Value) -> Vec<Port> {
        let mut ports = Vec::new();
        let Some(object) = self.map(value, "`ports`") else { return ports };
        for property in &object.properties {
            let Some(name) = self.variable_name(&property.name) else { continue };
            let line = self.line(&property.name);
            ports.extend(self.port(&property.value).map(|wished| Port { name, wished, line }));
        }
        ports
    }

    fn readiness(&mut self, value: &Value, scope: &Scope) -> Option<Readiness> {
        if !matches!(value, Value::Object(_)) {
            return self.string(value, "a command line, or an object,").map(Readiness::Command);
        }
        let object = self.object(value, "`ready`", READY_KEYS)?;
        let [property] = object.properties.as_slice() else {
            self.at(value, "`ready` is a command line, or has one of `port`, `socket`, `http`, `line`", None);
            return None;
        };
        let value = &property.value;
        Some(match property.name.as_str() {
            "port" if matches!(value, Value::NumberLit(_)) => {
                Readiness::Port(Expansion::literal(self.port(value)?.to_string()))
            }
            "port" => {
                // The name of a port is a variable's; what else there is to refer to is written as everywhere.
                let text = self.string(value, "a number, or the variable of a port,")?;
                match text.parse::<VarName>() {
                    Ok(name) if scope.has(&name) => Readiness::Port(Expansion(vec![super::Piece::Variable(name)])),
                    _ => Readiness::Port(self.expansion(value, None, scope)?),
                }
            }
            "socket" => Readiness::Socket(self.expansion(value, None, scope)?),
            "http" => {
                let url = self.expansion(value, None, scope)?;
                let is_url = matches!(url.0.first(), Some(super::Piece::Text(text)) if text.starts_with("http://"));
                if !is_url {
                    let help = "write a URL such as \"http://localhost:${PORT_WEB}/\"".to_owned();
                    self.at(value, "`http` is a URL that begins with `http://`", help);
                }
                Readiness::Http(url)
            }
            "line" => Readiness::Line(self.string(value, "a part of a line")?),
            _ => return None,
        })
    }
}
