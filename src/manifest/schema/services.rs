//! `scripts` and `services` of the manifest.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::super::{Restart, StopSignal};
use super::variables::Variables;

/// A command line for `sh -c`, or an object.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub enum ScriptEntry {
    Line(String),
    Object(ScriptObject),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub struct ScriptObject {
    /// A command line for `sh -c`.
    run: Option<String>,
    /// The scripts that have to succeed before this one, and the services that have to be ready.
    needs: Option<Vec<String>>,
    /// What the script is for; `devshell run` shows it.
    about: Option<String>,
    /// The files that the script reads, such as "src/**/*.ts". The script is skipped if they, its command, its variables
    /// and its tools are as they were when it last succeeded.
    inputs: Option<Vec<String>>,
    /// The files that the script makes, such as "dist/**". The script runs if they are missing.
    outputs: Option<Vec<String>>,
    /// Variables for this script.
    env: Option<Variables<String>>,
    /// The directory that the script runs in, below the project's.
    cwd: Option<String>,
}

/// The version of a service that devshell knows, such as "17" for "postgres", or an object.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub enum ServiceEntry {
    Version(String),
    Object(Box<ServiceObject>),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub struct ServiceObject {
    /// A command line for `sh -c` that stays in the foreground.
    run: Option<String>,
    /// A command line that runs before each start and has to succeed.
    prepare: Option<String>,
    /// How devshell finds out that the service can be used: a command line that succeeds, or one of "port", "socket", "http"
    /// and "line". By default, a service is ready as soon as it runs.
    ready: Option<ReadyEntry>,
    /// The signal that stops the service: "TERM" by default. After 10 seconds, devshell kills it.
    stop: Option<StopSignal>,
    /// Variables for this service.
    env: Option<Variables<String>>,
    /// The services that have to be ready before this one, and the scripts that have to succeed.
    needs: Option<Vec<String>>,
    /// Ports by the names of variables, which the whole dev shell has: the number, or the next free one.
    ports: Option<Variables<u16>>,
    /// Whether devshell starts the service again when it ends by itself: "no" by default.
    restart: Option<Restart>,
    /// What the service is for; `devshell status` shows it.
    about: Option<String>,
    /// The directory that the service runs in, below the project's.
    cwd: Option<String>,
    /// The service that this one is, if its own name does not say so, such as "postgres". It needs "version".
    preset: Option<String>,
    /// The version of the preset.
    version: Option<String>,
}

/// A command line that succeeds, or a sign of life.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub enum ReadyEntry {
    Command(String),
    Sign(ReadyObject),
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub struct ReadyObject {
    /// A TCP port of localhost that takes connections: a number, or a variable in "ports".
    port: Option<PortEntry>,
    /// A socket in the file system that takes connections.
    socket: Option<String>,
    /// A URL of localhost that answers with a status below 400, such as "http://localhost:${PORT_WEB}/".
    http: Option<String>,
    /// A text in a line that the service prints.
    line: Option<String>,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "the fields are read by the derive macro alone")]
pub enum PortEntry {
    Number(u16),
    Variable(String),
}

/// Services by their names.
pub type Services = BTreeMap<String, ServiceEntry>;
