//! The words of refusals and hints: they name what is known, and how to get it.

use crate::support::{Debian, Registry, Sandbox, Signer, deb, tool};

/// Names that people type, most of them of the host or of no entry of the catalog.
const NAMES: &str = "rust cargo rustc rustup gopls golangci-lint python3 pip pipx conda ruby bundler php composer java jdk \
    openjdk maven gradle kotlin scala dotnet elixir erlang ghc cabal stack ocaml opam nim lua luajit perl r julia terraform \
    opentofu kubectl helm k9s kind minikube docker docker-compose podman packer vault consul aws-cli gcloud azure-cli glab \
    git git-lfs jq yq fd bat eza delta make gcc clang llvm gdb valgrind grpcurl postgresql psql redis mysql sqlite mongodb \
    nginx texlive ffmpeg imagemagick graphviz tmux neovim vim emacs direnv starship zoxide golang nodejs protobuf \
    mvn convert pdflatex javac Rscript k8s mamba nvm poetry-core left-pad";

/// A sandbox whose host has only the commands that are written here.
fn bare(commands: &[(&str, &str)]) -> Sandbox {
    let mut sandbox = Sandbox::new();
    let host = sandbox.host_directory("hostbin");
    for (command, output) in commands {
        sandbox.write_executable(host.join(command), &format!("#!/bin/sh\necho '{output}'\n"));
    }
    sandbox.set_path(host);
    sandbox.manifest("{\n  \"tools\": {}\n}\n");
    sandbox
}

#[test]
fn no_name_is_answered_with_a_package_that_was_not_looked_at() {
    let sandbox = bare(&[]);
    // The first two are about the `python` block, which has words of its own, and the last one is in the catalog.
    for name in NAMES.split_whitespace().filter(|name| !["python3", "pip", "rust"].contains(name)) {
        let outcome = sandbox.run(&["add", name, "--offline"]);
        outcome.code(5).stdout("");
        let text = outcome.errors();
        for unseen in [format!("npm:{name}"), format!("pypi:{name}")] {
            assert!(!text.contains(&unseen), "{text}");
        }
        assert!(!text.contains(" line ") && !text.contains("of the manifest"), "{text}");
        let leads_on =
            text.contains("`devshell add ") || text.contains("`devshell search ") || text.contains("install `");
        // What its publisher has is only known where it can be asked.
        let leads_on = leads_on || text.contains("run it once without `--offline`");
        assert!(leads_on || text.contains("devshell.json") || text.contains("environment.yml"), "{text}");
    }
    assert_eq!(sandbox.read("devshell.json"), "{\n  \"tools\": {}\n}\n");
}

#[test]
fn a_name_leads_to_what_it_means() {
    let sandbox = bare(&[("kubectl", ""), ("frob", "")]);
    for (word, expected) in [
        (
            "maven",
            "`devshell add deb:maven` adds Debian's package; `devshell add host:mvn` takes the host's, not pinned",
        ),
        (
            "postgresql",
            "`devshell add deb:postgresql` adds Debian's package; `devshell add host:pg_ctl` takes the host's, not pinned",
        ),
        (
            "mongosh@1.20",
            "`devshell add url:mongosh@1.20 --url 'https://…/mongosh-{version}-{os}-….tgz'` adds its publisher's download",
        ),
        // The table of releases has strangers that are called so.
        ("ant", "`devshell add deb:ant` adds Debian's package"),
        ("tree@2", "`devshell add deb:tree` adds Debian's package"),
        ("xmllint", "`devshell add deb:libxml2-utils` adds Debian's package"),
        ("ffprobe", "`devshell add deb:ffmpeg` adds Debian's package"),
        ("ripgerp", "did you mean `ripgrep`? otherwise `devshell search ripgerp` looks for it"),
        (
            "frob",
            "`devshell search frob` looks for it; what is not in the catalog is named with its source, one of `codeberg:`, \
             `deb:`, `github:`, `gitlab:`, `host:`, `npm:`, `pypi:`, `rust:`, `url:` and `vendor:`; the host has it at [HOST_PATH]/frob: `devshell add host:frob` takes it, not pinned",
        ),
    ] {
        let name = word.split('@').next().unwrap();
        let expected = format!("devshell: `{name}` is not in the catalog\nhint: {expected}\n");
        sandbox.run(&["add", word]).code(5).stderr(&expected);
    }
}

#[test]
fn a_tool_of_the_host_is_added_with_its_version_and_what_would_pin_it() {
    let sandbox = bare(&[("make", "GNU Make 4.3"), ("julia", "julia version 1.11.4")]);
    sandbox.run(&["add", "make"]).success().stderr(
        "devshell: + make (the host's)\n\
         devshell:   make is the host's 4.3, not pinned: `devshell add deb:make` adds Debian's package\n",
    );
    sandbox.run(&["list"]).success().stdout("make  4.3 (host)  make\n");
    let download = "`devshell add url:julia@VERSION --url 'https://…/julia-{version}-{os}-{arch}.tar.gz'` adds its \
                    publisher's download, or ask for another version\n";
    let wanted = |version: &str| {
        format!("devshell: the host's `julia` is 1.11.4, and another version is wanted: `{version}`\nhint: ")
    };
    sandbox.run(&["add", "julia@1.9"]).code(5).stderr(&format!("{}{download}", wanted("1.9")));
    let update = "update `julia` on this machine; ";
    sandbox.run(&["add", "julia@1.12"]).code(5).stderr(&format!("{}{update}{download}", wanted("1.12")));
    sandbox.run(&["add", "gcloud"]).code(5).stderr(
        "devshell: the host has no `gcloud`\n\
         hint: install `gcloud` on this machine; `devshell add url:gcloud@VERSION --url \
         'https://…/google-cloud-cli-{version}-{os}-{arch}.tar.gz'` adds its publisher's download\n",
    );
    // What was named as the host's is what was asked for.
    sandbox.run(&["add", "host:julia"]).success().stderr(
        "devshell: + host:julia (the host's)\n\
         devshell:   host:julia is the host's 1.11.4, not pinned\n",
    );
}

#[test]
fn of_several_tools_all_are_added_or_none() {
    let registry = Registry::with([tool("turbo", "2.5.4"), tool("prettier", "3.1.0"), tool("node", "22.3.0")].concat());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest("{}");
    for (words, error, rest) in [
        (&["turbo", "frobnicate", "prettier@3"][..], "`frobnicate` is not in the catalog", "turbo prettier@3"),
        (&["npm:absent", "turbo"], "the npm registry has no package `absent`", "turbo"),
        (&["turbo@99", "prettier", "node@22"], "no version of `turbo` satisfies `99`", "prettier node@22"),
    ] {
        let outcome = sandbox.run(&[&["add"], words].concat());
        outcome.code(5).stderr_contains(&format!("devshell: {error}\n"));
        outcome.stderr_contains(&format!("devshell: nothing was added\nhint: `devshell add {rest}` adds the rest\n"));
        outcome.stderr_lacks("of the manifest");
        assert_eq!(sandbox.read("devshell.json"), "{}");
    }
    // Each of several is named.
    let outcome = sandbox.run(&["add", "frobnicate", "wombles"]);
    outcome.code(5).stderr_contains("`frobnicate` is not").stderr_contains("`wombles` is not").stderr_lacks("the rest");
    sandbox.run(&["add", "turbo", "prettier@3", "node@22"]).success();
}

#[test]
fn a_command_that_two_tools_have_is_freed_by_the_one_that_is_there() {
    let debian = Debian::with([deb("jq", "1.7-1").command("jq", "echo jq 1.7")]);
    let sandbox = bare(&[("jq", "jq-1.6")]);
    sandbox.write(sandbox.config_directory().join("archive.asc"), Signer::Archive.public());
    let deb = format!(r#"{{ "url": "{}", "keys": "archive.asc", "suite": "trixie" }}"#, debian.url());
    sandbox.config(format!(r#"{{ "registries": {{ "deb": {deb} }} }}"#));
    sandbox.manifest("{\n  \"tools\": { \"host:jq\": \"*\" }\n}\n");
    sandbox.run(&["lock"]).success();
    let before = sandbox.read("devshell.json");
    sandbox.run(&["-q", "add", "deb:jq", "--suite", "trixie"]).code(4).stderr(
        "devshell: `host:jq` and `deb:jq` both provide the command `jq`\n\
         hint: take the other one out first: `devshell remove host:jq`\n",
    );
    assert_eq!(sandbox.read("devshell.json"), before);
    sandbox.run(&["remove", "host:jq"]).success();
    sandbox.run(&["add", "deb:jq", "--suite", "trixie"]).success();
    // What was fetched to add it is searched.
    debian.forget_requests();
    sandbox.run(&["search", "jq", "--json"]).success().stdout_contains("\"deb\"").stdout_contains("1.7-1");
    assert_eq!(debian.requests(), [""; 0], "the index is in the cache");
}

#[test]
fn commands_of_programs_lead_to_their_tools() {
    let sandbox = bare(&[]);
    let ask = |name: &str| sandbox.run(&["not-there", "--shell", "bash", "--", name]);
    ask("aws").code(127).stderr(
        "devshell: `aws` (command line of Amazon Web Services) is not in this dev shell\n\
         hint: `devshell add awscli` adds it\n",
    );
    ask("ansible-playbook").code(127).stderr_contains("hint: `devshell add ansible` adds it\n");
    ask("mvn").code(127).stderr_contains("hint: `devshell add deb:maven` adds Debian's package\n");
    ask("psql").code(127).stderr_contains("hint: `devshell add deb:postgresql-client` adds Debian's package\n");
    sandbox.manifest(r#"{ "tools": { "awscli": "1", "deb:maven": { "version": "*", "suite": "trixie" } } }"#);
    ask("aws").code(127).stderr_contains("the manifest has `awscli`: `devshell reload` loads what is new");
    ask("mvn").code(127).stderr_contains("the manifest has `deb:maven`");
}

#[test]
fn search_knows_names_by_their_meaning() {
    let sandbox = bare(&[]);
    for (word, expected) in [
        ("postgres", "devshell add deb:postgresql "),
        ("golang", "devshell add go "),
        ("latex", "devshell add deb:texlive-latex-base "),
        ("jujutsu", "devshell add github:jj-vcs/jj "),
        ("nushell", "devshell add github:nushell/nushell "),
        ("mongosh", "devshell add url:mongosh@VERSION --url 'https://…/mongosh-{version}-{os}-….tgz'"),
    ] {
        sandbox.run(&["search", word, "--offline"]).success().stdout_contains(expected);
    }
}
