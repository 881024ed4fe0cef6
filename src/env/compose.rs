//! The composer: from what was locked and laid out to the ordered list of operations.

use std::ffi::OsString;

use super::clash::{Clash, check_commands};
use super::policy::{ALLOWED, ALLOWED_UNDER_CI, BASH_ENV, SCRUBBED, WITH_PATH};
use super::{Environment, Inputs, Op, Origin, Step, ToolPaths, Value};
use crate::manifest::{Expansion, Rule, Variable};
use crate::name::{ToolName, VarName};

/// Composes the environment.
///
/// # Errors
/// Two tools that provide the same command.
pub fn compose(inputs: &Inputs) -> Result<Environment, Clash> {
    check_commands(inputs.layer, inputs.tools.iter().map(|tool| (&tool.name, &tool.commands)))?;
    let mut steps = Steps::default();
    isolate(inputs, &mut steps);
    path(inputs, &mut steps);
    if let Some(nix) = &inputs.nix {
        for op in &nix.variables {
            steps.push(op.clone(), nix.origin());
        }
    }
    let personal = inputs.personal.tools.iter().map(|tool| (tool, Origin::Personal(tool.to_string())));
    for (tool, origin) in personal.chain(pinned(inputs).map(|tool| (tool, tool.origin()))) {
        for op in &tool.variables {
            steps.push(op.clone(), origin.clone());
        }
    }
    if let Some(python) = &inputs.python {
        for op in &python.variables {
            steps.push(op.clone(), python.origin());
        }
    }
    let own = |name: &str, value: &dyn Fn() -> OsString| (known(name), Value::Literal(value()));
    for (name, value) in [
        own("DEVSHELL_ROOT", &|| inputs.root.clone().into()),
        own("DEVSHELL_STATE", &|| inputs.state.clone().into()),
        own("DEVSHELL_NAME", &|| inputs.name.into()),
        own("DEVSHELL_KEY", &|| inputs.key.into()),
        own("DEVSHELL_HOST_PATH", &|| inputs.host_path.clone()),
    ] {
        steps.push(Op::Set(name, value), Origin::Devshell);
    }
    // Where what the caller has set counts, so does what the user's own settings say.
    for variable in &inputs.personal.variables {
        let tools = inputs.personal.tools.as_slice();
        steps.push(operation(variable, tools), Origin::Personal(format!("line {}", variable.line)));
    }
    steps.push(Op::EnvFiles, Origin::Devshell);
    // The manifest's variables may refer to them.
    for (name, port, line) in &inputs.ports {
        steps.push(Op::Set(name.clone(), Value::Literal(port.to_string().into())), Origin::Manifest(*line));
    }
    for variable in &inputs.layer.variables {
        steps.push(operation(variable, &inputs.tools), Origin::Manifest(variable.line));
    }
    Ok(Environment { steps: steps.0 })
}

/// What the lock has for the environment.
fn pinned<'i>(inputs: &'i Inputs) -> impl Iterator<Item = &'i ToolPaths> {
    inputs.tools.iter().chain(&inputs.base)
}

fn operation(variable: &Variable, tools: &[ToolPaths]) -> Op {
    let name = variable.name.clone();
    let directory = |name: &ToolName| {
        let tool = tools.iter().find(|tool| tool.name == *name)?;
        tool.content.as_ref().map(|path| path.to_string_lossy().into_owned())
    };
    let value = |expansion: &Expansion| Value::Expansion(expansion.with_directories(directory));
    match &variable.rule {
        Rule::Set(expansion) => Op::Set(name, value(expansion)),
        Rule::Default(expansion) => Op::Default(name, value(expansion)),
        Rule::Prepend(expansion) => Op::Prepend(name, value(expansion)),
        Rule::Append(expansion) => Op::Append(name, value(expansion)),
        Rule::Unset => Op::Unset(name.into(), Vec::new()),
        Rule::Required(how) => Op::Require(name, how.clone()),
    }
}

#[derive(Default)]
struct Steps(Vec<Step>);

impl Steps {
    fn push(&mut self, op: Op, origin: Origin) {
        self.0.push(Step { op, origin });
    }
}

fn known(name: &str) -> VarName {
    name.parse().expect("devshell's own variables have good names")
}

/// What the caller's variables lose: at every level what bends tools, at `pure` all the rest.
fn isolate(inputs: &Inputs, steps: &mut Steps) {
    let unset = |pattern: &str| Op::Unset(pattern.to_owned(), inputs.layer.keep.clone());
    if inputs.isolation.keeps_only_what_is_allowed() {
        let mut patterns: Vec<String> = ALLOWED.iter().map(|&pattern| pattern.to_owned()).collect();
        if inputs.under_ci {
            patterns.extend(ALLOWED_UNDER_CI.iter().map(|&pattern| pattern.to_owned()));
        }
        patterns.extend(inputs.keeps_bash_env.then(|| BASH_ENV.to_owned()));
        patterns.extend(inputs.layer.keep.iter().cloned());
        let asked_for =
            inputs.layer.variables.iter().filter(|v| matches!(v.rule, Rule::Default(_) | Rule::Required(_)));
        patterns.extend(asked_for.map(|variable| variable.name.to_string()));
        steps.push(Op::Keep(patterns), Origin::Isolation);
    }
    for pattern in SCRUBBED.iter().filter(|&&pattern| !(inputs.keeps_bash_env && pattern == BASH_ENV)) {
        steps.push(unset(pattern), Origin::Isolation);
    }
    if inputs.isolation.hides_the_host() {
        for pattern in WITH_PATH {
            steps.push(unset(pattern), Origin::Isolation);
        }
    }
    for tool in pinned(inputs) {
        for pattern in &tool.unset {
            steps.push(unset(pattern), tool.origin());
        }
    }
    if let Some(python) = &inputs.python {
        for pattern in &python.unset {
            steps.push(unset(pattern), python.origin());
        }
        let value = Value::Literal(python.directory.clone().into());
        steps.push(Op::Set(known("VIRTUAL_ENV"), value), python.origin());
    }
}

/// PATH, entry by entry, so that each knows where it came from.
fn path(inputs: &Inputs, steps: &mut Steps) {
    let mut entries: Vec<(OsString, Origin)> = Vec::new();
    for tool in inputs.tools.iter().filter(|tool| !tool.commands.is_empty()) {
        entries.push((tool.directory.clone().into(), tool.origin()));
    }
    if let Some(python) = &inputs.python {
        let own = python.commands.iter().cloned();
        let directories = own.chain([python.directory.join("bin")]);
        entries.extend(directories.map(|directory| (directory.into(), python.origin())));
    }
    if let Some(nix) = &inputs.nix {
        entries.extend(nix.path.iter().map(|entry| (entry.into(), nix.origin())));
    }
    if let Some(directory) = &inputs.companions {
        entries.push((directory.clone().into(), Origin::Companions));
    }
    entries.push((inputs.own.clone().into(), Origin::Devshell));
    // After everything of the project, and before what everyone has of the host.
    let personal = &inputs.personal;
    let origin = |what: &str| Origin::Personal(what.to_owned());
    entries.extend(personal.wrappers.iter().map(|directory| (directory.clone().into(), origin("`wrap`"))));
    for tool in personal.tools.iter().filter(|tool| !tool.commands.is_empty()) {
        entries.push((tool.directory.clone().into(), Origin::Personal(tool.to_string())));
    }
    let companions = personal.companions.iter();
    entries.extend(companions.map(|directory| (directory.clone().into(), origin("companions"))));
    if inputs.isolation.hides_the_host() {
        let of_lock = inputs.base.iter().map(|base| (&base.directory, base.origin()));
        let of_host = inputs.base_utilities.iter().map(|directory| (directory, Origin::BaseUtilities));
        entries.extend(of_lock.chain(of_host).map(|(directory, origin)| (directory.clone().into(), origin)));
        if let Some(directory) = &inputs.session_commands {
            entries.push((directory.clone().into(), Origin::SessionCommands));
        }
    } else {
        entries.push((inputs.host_path.clone(), Origin::Host));
    }
    for (index, (entry, origin)) in entries.into_iter().enumerate() {
        let op = if index == 0 { Op::Set } else { Op::Append };
        steps.push(op(known("PATH"), Value::Literal(entry)), origin);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Personal, Variables};
    use super::*;
    use crate::manifest::{Isolation, Layer};

    fn tool(name: &str, commands: &[&str]) -> ToolPaths {
        ToolPaths {
            name: name.parse().unwrap(),
            version: Some("1.0".to_owned()),
            directory: format!("/links/{name}").into(),
            commands: commands.iter().map(|c| c.parse().unwrap()).collect(),
            unset: vec!["NODE_OPTIONS".to_owned()],
            variables: vec![],
            content: None,
        }
    }

    fn composed(isolation: Isolation, keep: &[&str], tools: Vec<ToolPaths>) -> Result<Variables, Clash> {
        composed_with(Personal::default(), isolation, keep, tools)
    }

    fn composed_with(
        personal: Personal,
        isolation: Isolation,
        keep: &[&str],
        tools: Vec<ToolPaths>,
    ) -> Result<Variables, Clash> {
        let layer = Layer { keep: keep.iter().map(|k| (*k).to_owned()).collect(), ..Layer::default() };
        let inputs = Inputs {
            layer: &layer,
            isolation,
            under_ci: false,
            keeps_bash_env: false,
            name: "shop",
            root: "/shop".into(),
            state: "/state".into(),
            key: "k",
            tools,
            python: None,
            nix: None,
            companions: None,
            own: "/own".into(),
            base_utilities: Some("/base".into()),
            base: None,
            session_commands: Some("/session".into()),
            ports: vec![],
            personal,
            host_path: "/usr/bin:/bin".into(),
        };
        let caller = ["RUST_LOG", "LD_PRELOAD", "NODE_OPTIONS", "BASH_FUNC_x%%", "LC_ALL", "CI", "PATH"];
        let caller = caller.map(|name| (OsString::from(name), OsString::from("x"))).into();
        Ok(compose(&inputs)?.apply(&caller, &[]).variables)
    }

    #[test]
    fn path_is_ours_and_ordered() {
        let tools = || vec![tool("node", &["node"]), tool("npm", &["npm"])];
        let path = |isolation| composed(isolation, &[], tools()).unwrap().remove(&OsString::from("PATH")).unwrap();
        assert_eq!(path(Isolation::Path), "/links/node:/links/npm:/own:/base:/session");
        assert_eq!(path(Isolation::None), "/links/node:/links/npm:/own:/usr/bin:/bin");
    }

    #[test]
    fn what_is_personal_comes_behind_the_project_and_before_the_host() {
        let path = |isolation| {
            let personal = Personal {
                wrappers: Some("/wrappers".into()),
                tools: vec![tool("eza", &["eza"]), tool("empty", &[])],
                companions: Some("/companions".into()),
                variables: Vec::new(),
            };
            let variables = composed_with(personal, isolation, &[], vec![tool("node", &["node"])]).unwrap();
            variables[&OsString::from("PATH")].clone().into_string().unwrap()
        };
        let own = "/links/node:/own:/wrappers:/links/eza:/companions";
        assert_eq!(path(Isolation::Path), format!("{own}:/base:/session"));
        assert_eq!(path(Isolation::None), format!("{own}:/usr/bin:/bin"));
    }

    #[test]
    fn each_level_lets_through_what_it_says() {
        let names = |isolation, keep: &[&str]| {
            let variables = composed(isolation, keep, vec![tool("node", &["node"])]).unwrap();
            let names = variables.into_keys().map(|name| name.into_string().unwrap());
            names.filter(|name| !name.starts_with("DEVSHELL_") && name != "PATH").collect::<Vec<_>>()
        };
        assert_eq!(names(Isolation::None, &[]), ["CI", "LC_ALL", "RUST_LOG"]);
        assert_eq!(names(Isolation::Path, &[]), ["CI", "LC_ALL", "RUST_LOG"]);
        assert_eq!(names(Isolation::Path, &["NODE_OPTIONS"]), ["CI", "LC_ALL", "NODE_OPTIONS", "RUST_LOG"]);
        assert_eq!(names(Isolation::Path, &["LD_PRELOAD"]), ["CI", "LC_ALL", "LD_PRELOAD", "RUST_LOG"]);
        assert_eq!(names(Isolation::Path, &["NODE_*"]), ["CI", "LC_ALL", "NODE_OPTIONS", "RUST_LOG"]);
        assert_eq!(names(Isolation::Pure, &[]), ["LC_ALL"]);
        assert_eq!(names(Isolation::Pure, &["RUST_*"]), ["LC_ALL", "RUST_LOG"]);
    }

    #[test]
    fn what_a_tool_does_to_variables_comes_before_what_the_manifest_says() {
        let jdk = |home: &str, name: &str| {
            let variables = vec![
                Op::Set(known("JAVA_HOME"), home.into()),
                Op::Append(known("RUST_LOG"), format!("{home}/y").into()),
            ];
            ToolPaths { variables, ..tool(name, &[name]) }
        };
        let personal = Personal { tools: vec![jdk("/mine", "mine")], ..Personal::default() };
        let variables = composed_with(personal, Isolation::Path, &[], vec![jdk("/jdk", "jdk")]).unwrap();
        assert_eq!(variables[&OsString::from("JAVA_HOME")], "/jdk");
        assert_eq!(variables[&OsString::from("RUST_LOG")], "x:/mine/y:/jdk/y");
    }

    #[test]
    fn two_providers_of_a_command_are_named() {
        let clash = composed(Isolation::Path, &[], vec![tool("npm", &["npx"]), tool("npm:npx", &["npx"])]).unwrap_err();
        assert_eq!(clash.to_string(), "`npm` and `npm:npx` both provide the command `npx`");
    }
}
