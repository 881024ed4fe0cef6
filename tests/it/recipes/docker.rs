//! Docker: a small interpreter of the Dockerfiles on the page. Every stage is a root directory; `CMD` is started as the
//! process 1 of a container that reaches no registry, by the users that `docker run` may choose, and stopped as
//! `docker stop` does it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use super::root::Root;
use super::{NOWHERE, page, shop};
use crate::support::{Invocation, Outcome, Registry, Sandbox, tree};

/// What a Dockerfile has made, and how it is run.
struct Image<'s> {
    root: Root<'s>,
    name: Option<String>,
    variables: Vec<(String, String)>,
    directory: String,
    user: String,
    command: Vec<String>,
}

impl<'s> Image<'s> {
    fn uid(&self, user: &str) -> u32 {
        user.parse().unwrap_or_else(|_| {
            let users = fs_err::read_to_string(self.root.outside("/etc/passwd")).unwrap();
            let line = users.lines().find(|line| line.starts_with(&format!("{user}:")));
            line.unwrap_or_else(|| panic!("no user `{user}`")).split(':').nth(2).unwrap().parse().unwrap()
        })
    }

    /// A process in a container, with its working directory, its variables and, if no other is named, its user.
    fn start(&self, user: Option<&str>, command: &[&str]) -> Invocation<'s> {
        let mut variables = self.variables.clone();
        variables.push(("NPM_CONFIG_REGISTRY".to_owned(), NOWHERE.to_owned()));
        self.root.start(self.uid(user.unwrap_or(&self.user)), &self.directory, &variables, command)
    }

    fn run(&self, user: Option<&str>, command: &[&str]) -> Outcome {
        self.start(user, command).run()
    }
}

/// Builds the last stage of a Dockerfile. The build context is the project.
fn build<'s>(sandbox: &'s Sandbox, dockerfile: &str, registry: &str, test: &str) -> Option<Image<'s>> {
    let ignored = page::block("Images", "text", 0);
    let ignored: Vec<&str> = ignored.lines().filter(|line| !line.starts_with('#')).collect();
    let mut stages: Vec<Image> = Vec::new();
    for line in dockerfile.lines().filter(|line| !line.is_empty()) {
        let (instruction, rest) = line.split_once(' ').unwrap();
        let words: Vec<&str> = rest.split(' ').collect();
        if instruction == "FROM" {
            let root = Root::new(sandbox, &format!("stage-{}", stages.len()), test)?;
            let name = words.iter().position(|word| *word == "AS").map(|at| words[at + 1].to_owned());
            let (directory, user) = ("/".to_owned(), "0".to_owned());
            stages.push(Image { root, name, variables: Vec::new(), directory, user, command: Vec::new() });
            continue;
        }
        let from = words[0].strip_prefix("--from=");
        let source = from.map(|name| stages.iter().position(|stage| stage.name.as_deref() == Some(name)).unwrap());
        let source = source.map(|at| stages[at].root.outside("/"));
        let stage = stages.last_mut().expect("a Dockerfile begins with FROM");
        match instruction {
            "ENV" => {
                let (name, value) = rest.split_once('=').unwrap();
                stage.variables.push((name.to_owned(), value.to_owned()));
            }
            "WORKDIR" => {
                rest.clone_into(&mut stage.directory);
                fs_err::create_dir_all(stage.root.outside(rest)).unwrap();
            }
            "USER" => rest.clone_into(&mut stage.user),
            "CMD" => stage.command = serde_json::from_str(rest).unwrap(),
            "RUN" => {
                let mut variables = stage.variables.clone();
                variables.push(("NPM_CONFIG_REGISTRY".to_owned(), registry.to_owned()));
                let user = stage.uid(&stage.user);
                let run = stage.root.start(user, &stage.directory, &variables, &["/bin/sh", "-c", rest]);
                run.run().success();
            }
            "COPY" => {
                let words = &words[usize::from(source.is_some())..];
                let (sources, to) = words.split_at(words.len() - 1);
                let to = stage.root.outside(Path::new(&stage.directory).join(to[0]).to_str().unwrap());
                for name in sources {
                    copy(sandbox, source.as_deref(), name, &to, &ignored);
                }
            }
            _ => panic!("what is `{instruction}`?"),
        }
    }
    stages.pop()
}

/// Copies as root. A directory's content goes into the destination.
fn copy(sandbox: &Sandbox, stage: Option<&Path>, name: &str, to: &Path, ignored: &[&str]) {
    let from = match stage {
        Some(root) => match name.strip_prefix("/usr/local/") {
            Some(rest) => root.join(".local").join(rest),
            None => root.join(name.trim_start_matches('/')),
        },
        None => sandbox.project().join(name),
    };
    let is_left_out = |path: &Path| {
        stage.is_none() && ignored.iter().any(|ignored| path.file_name().is_some_and(|name| name == *ignored))
    };
    let entries: Vec<_> = if from.is_dir() {
        fs_err::read_dir(&from).unwrap().map(|entry| entry.unwrap().path()).collect()
    } else {
        vec![from]
    };
    fs_err::create_dir_all(to).unwrap();
    for path in entries.iter().filter(|path| !is_left_out(path)) {
        sandbox.program("cp", &["-a", "--no-preserve=ownership"]).arg(path).arg(to).run().success();
    }
}

/// Everything that `docker run` and `docker exec` do with an image.
fn check(image: &Image) {
    let store = image.root.outside("/opt/devshell");
    let before = tree(&store);
    let app = image.uid(&image.user);
    let command: Vec<&str> = image.command.iter().map(String::as_str).collect();
    // A user of the image, and one that it does not know.
    for (user, ready) in [
        (None, format!("ready: user {app}, process 1, home /home/app, state writable\n")),
        (Some("12345"), "ready: user 12345, process 1, home /, state none\n".to_owned()),
    ] {
        let mut container = image.start(user, &command).spawn();
        let (mut seen, mut lines) = (String::new(), BufReader::new(container.stdout.take().unwrap()));
        lines.read_line(&mut seen).unwrap();
        if seen != ready {
            let mut errors = String::new();
            container.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            panic!("{seen}, and not {ready}: {errors}");
        }
        // The first process of a container hears no signal that it does not handle.
        let children = format!("/proc/{0}/task/{0}/children", container.id());
        let first = fs_err::read_to_string(children).unwrap().trim().parse().unwrap();
        let first = rustix::process::Pid::from_raw(first).unwrap();
        rustix::process::kill_process(first, rustix::process::Signal::TERM).unwrap();
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert_eq!((rest.as_str(), container.wait().unwrap().code()), ("got TERM\n", Some(0)));
    }
    for user in [None, Some("12345")] {
        image.run(user, &["devshell", "run", "test"]).success().stdout("tested\n");
    }
    // As after `docker exec -it`: a terminal, for which a dev shell has further commands of the host.
    let typed = ["script", "-qec", "devshell enter --shell bash", "/dev/null"];
    let typed = image.start(None, &typed).stdin("node --version\nexit\n").run();
    typed.stdout_contains("v22.3.0").stdout_contains("(shop)");
    image.run(None, &["test", "-e", "test.js"]).success();
    image.run(None, &["test", "-e", ".env"]).code(1);
    assert_eq!(tree(&store), before, "the image's store stays as it was");
    // It is root's own.
    image.run(Some("0"), &["devshell", "run", "test"]).success().stdout("tested\n");
}

/// The project as it is next to its Dockerfile.
fn context(registry: &Registry) -> Sandbox {
    let sandbox = shop(registry);
    sandbox.write(".env", "SECRET=1\n");
    fs_err::copy(crate::support::DEVSHELL, sandbox.project().join("devshell")).unwrap();
    sandbox
}

#[test]
fn root_builds_an_image_and_any_user_runs_it() {
    let registry = Registry::new();
    let sandbox = context(&registry);
    let dockerfile = page::block("Images", "dockerfile", 0);
    let Some(image) = build(&sandbox, &dockerfile, registry.url(), "recipes::docker::root_builds") else { return };
    check(&image);
}

#[test]
fn a_second_stage_takes_the_store_of_the_first() {
    let registry = Registry::new();
    let sandbox = context(&registry);
    let dockerfile = page::block("Images", "dockerfile", 1);
    let Some(image) = build(&sandbox, &dockerfile, registry.url(), "recipes::docker::a_second_stage") else { return };
    check(&image);
}

/// Not on the page, and what many images do: the user who runs it also builds it.
#[test]
fn a_user_may_install_what_it_runs() {
    const DOCKERFILE: &str = r#"
FROM debian:12
RUN useradd --create-home app
COPY devshell /usr/local/bin/
WORKDIR /home/app/shop
USER app
COPY devshell.json devshell.lock ./
RUN devshell install
COPY . .
CMD ["devshell", "run", "start"]
"#;
    let registry = Registry::new();
    let sandbox = context(&registry);
    let Some(image) = build(&sandbox, DOCKERFILE, registry.url(), "recipes::docker::a_user_may_install") else {
        return;
    };
    image.run(None, &["devshell", "run", "test"]).success().stdout("tested\n");
    image.run(None, &["sh", "-c", "test -O ~/.local/share/devshell/links-1 && test ! -O /home/app/shop"]).success();
}
