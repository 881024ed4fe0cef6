//! Secrets of the user's and addresses of a repository's: variables, tokens and logins go to what the user's own
//! settings name, and to nothing that a stranger thought of before the project is allowed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{
    Certified, HERE, Index, Invocation, Package, Registry, Sandbox, Wheel, package, tool, wait_until, wheel,
};

const CANARY: &str = "CANARY";

/// Variables that a machine of a developer or of CI has.
const VARIABLES: [&str; 20] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "CARGO_REGISTRY_TOKEN",
    "CI_JOB_TOKEN",
    "DATABASE_URL",
    "DOCKER_PASSWORD",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "GOOGLE_CREDENTIALS",
    "HF_TOKEN",
    "NODE_AUTH_TOKEN",
    "NPM_TOKEN",
    "OPENAI_API_KEY",
    "PGPASSWORD",
    "SSH_AUTH_SOCK",
    "UV_INDEX_EVIL_PASSWORD",
    "VAULT_TOKEN",
];

/// What npm's settings may say of an address.
const FIELDS: [&str; 7] = ["_authToken", "_auth", "username", "_password", "email", "certfile", "keyfile"];

fn plain(version: &str) -> Package {
    package("a", version).bin("a", "a.js").file("a.js", "echo a")
}

fn packages() -> Vec<Package> {
    [vec![plain("1.0.0")], tool("node", "22.3.0")].concat()
}

/// The address of a server as npm's settings write it: `//host:port/`.
fn key(url: &str) -> &str {
    url.split_once(':').unwrap().1
}

/// The secrets in what a server was sent, written out or in base64.
fn secrets(requests: &[String]) -> Vec<String> {
    let holds = |text: &str| {
        let words = text.split(|c: char| c.is_whitespace() || "?&=;,".contains(c) && c != '=');
        let decoded = words.filter_map(|word| STANDARD.decode(word).ok());
        text.contains(CANARY) || decoded.into_iter().any(|bytes| String::from_utf8_lossy(&bytes).contains(CANARY))
    };
    requests.iter().filter(|request| holds(request)).cloned().collect()
}

/// A user with secrets in each place that such may be in, with registries and an index of their own.
struct Victim {
    own: Registry,
    index: Index,
    evil: Registry,
    sandbox: Sandbox,
}

impl Victim {
    fn new() -> Self {
        let (own, evil) = (Registry::with(packages()), Registry::with(packages()));
        let index = Index::with([ruff()]);
        evil.offer_search();
        let sandbox = Sandbox::new();
        let home = |path: &str, text: String| drop(sandbox.write(sandbox.home().join(path), text));
        home(
            ".npmrc",
            format!(
                "registry={0}\n{1}:_authToken={CANARY}-npmrc\n_authToken={CANARY}-bare\n_auth={CANARY}-bare\n\
                 _password={CANARY}-bare\nalways-auth=true\n//localhost/:_authToken={CANARY}-localhost\n",
                own.url(),
                key(own.url())
            ),
        );
        home(
            ".netrc",
            format!(
                "machine 127.0.0.1 login me password {CANARY}-netrc\n\
                 machine localhost login me password {CANARY}-netrc\n\
                 default login me password {CANARY}-default\n"
            ),
        );
        home(".config/pip/pip.conf", format!("[global]\nindex-url = {}\n", index.url_with("me", "CANARY-pip")));
        home(
            "auth.conf",
            format!(
                "machine 127.0.0.1 login me password {CANARY}-apt\nmachine http://127.0.0.1 login me password {CANARY}-apt\n"
            ),
        );
        home("apt.conf", format!("Dir::Etc::netrc \"{}\";\n", sandbox.home().join("auth.conf").display()));
        Self { own, index, evil, sandbox }
    }

    fn devshell(&self, arguments: &[&str]) -> Invocation<'_> {
        let values = VARIABLES.map(|name| (name, format!("{CANARY}-{name}")));
        let run = self.sandbox.devshell(arguments).envs(values).env("DEVSHELL_PLATFORM", HERE);
        run.env("APT_CONFIG", self.sandbox.home().join("apt.conf"))
    }

    /// What a stranger's file may say about `${…}`, for the address of their own.
    fn hostile_npmrc(&self) -> String {
        let (url, key) = (self.evil.url(), key(self.evil.url()));
        let of_address = FIELDS.iter().flat_map(|field| VARIABLES.map(|name| format!("{key}:{field}=${{{name}}}\n")));
        let others = VARIABLES.iter().flat_map(|name| {
            [format!("'{key}x/:_authToken' = \"${{{name}}}\" ; quoted\n"), format!("_authToken=${{{name}}}\n")]
        });
        let registries = format!("registry={url}\n@acme:registry={url}\nreplace-registry-host=always\n");
        std::iter::once(registries).chain(of_address).chain(others).collect()
    }

    #[track_caller]
    fn nothing_leaks(&self, what: &str) {
        assert_eq!(secrets(&self.evil.everything()), [""; 0], "{what}");
        self.evil.forget_requests();
    }
}

/// The verbs of somebody who looks at a repository, and what happens by itself there.
const VERBS: [&[&str]; 17] = [
    &["lock"],
    &["update"],
    &["add", "npm:a"],
    &["verify", "--repair"],
    &["search", "a"],
    &["outdated"],
    &["doctor"],
    &["list"],
    &["install"],
    &["run", "a"],
    &["env"],
    &["which", "a"],
    &["why", "a"],
    &["on-prompt", "bash", "x"],
    &["candidates", "--", "add", ""],
    &["candidates", "--", "update", ""],
    &["not-there", "--shell", "bash", "a"],
];

/// A stand-in for a native tool.
fn ruff() -> Wheel {
    wheel("ruff", "0.14.1").tag("py3-none-manylinux_2_17_x86_64").script("ruff", "#!/bin/sh\necho ruff\n")
}

#[test]
fn a_stranger_s_npmrc_gets_no_secret() {
    let victim = Victim::new();
    let (sandbox, evil) = (&victim.sandbox, victim.evil.url());
    sandbox.write(".npmrc", victim.hostile_npmrc());
    for registries in [
        String::new(),
        format!(r#""npm": "{evil}""#),
        format!(r#""npm:a": "{evil}""#),
        format!(r#""npm": "{evil}x/", "npm:@acme/*": "{evil}y/""#),
    ] {
        let tools = r#""tools": { "npm:a": { "version": "1", "commands": ["a"] } }"#;
        sandbox.manifest(format!("{{ {tools}, \"registries\": {{ {registries} }} }}"));
        sandbox.remove("devshell.lock");
        for verb in VERBS {
            victim.devshell(verb).run().stderr_lacks(CANARY);
            victim.nothing_leaks(&format!("{verb:?} {registries}"));
        }
    }
    // Where there is no manifest, there is no project whose file could count.
    sandbox.write("outside/.npmrc", victim.hostile_npmrc());
    for verb in [&["doctor"][..], &["search", "a"]] {
        for leftover in ["devshell.json", "devshell.lock"] {
            sandbox.remove(leftover);
        }
        let outcome = victim.devshell(verb).directory("outside").run();
        outcome.stderr_lacks("such lines count");
        assert_eq!(victim.evil.requests(), [""; 0], "{verb:?}");
    }
    sandbox.manifest("{}");
    // The stranger was asked all the while: their registry counts, their variables do not.
    victim.devshell(&["search", "a"]).run().success();
    assert!(!victim.evil.requests().is_empty());
    victim.nothing_leaks("search");
}

#[test]
fn a_stranger_s_addresses_get_no_login() {
    let victim = Victim::new();
    let (sandbox, evil) = (&victim.sandbox, victim.evil.url());
    let by_name = evil.replace("127.0.0.1", "localhost");
    for registries in [
        format!(r#""pypi": "{evil}simple""#),
        format!(r#""pypi:ruff": "{evil}simple""#),
        format!(r#""deb": {{ "url": "{evil}debian", "suite": "trixie" }}"#),
        format!(
            r#""deb": {{ "snapshot": "{evil}", "url": "{evil}debian", "security": "{evil}s", "suite": "trixie" }}"#
        ),
        format!(r#""pypi": "{by_name}simple", "npm": "{by_name}", "deb": "{by_name}debian""#),
    ] {
        let tools = if registries.contains("suite") { r#""deb:jq": "*""# } else { r#""ruff": "*", "npm:a": "1""# };
        sandbox.manifest(format!(r#"{{ "tools": {{ {tools} }}, "registries": {{ {registries} }} }}"#));
        sandbox.remove("devshell.lock");
        for verb in [&["lock"][..], &["doctor"], &["outdated"]] {
            victim.devshell(verb).run().stderr_lacks(CANARY);
        }
        assert!(!victim.evil.requests().is_empty(), "{registries}");
        victim.nothing_leaks(&registries);
    }
}

/// uv knows `.netrc` too, and would log in wherever it is sent.
#[test]
fn nor_does_uv_log_in_there() {
    let index = Index::with([wheel("alpha", "1.0").module("alpha.py", "")]);
    index.require_password("me", "CANARY-netrc");
    let sandbox = Sandbox::new().with_python();
    sandbox.write(sandbox.home().join(".netrc"), "machine 127.0.0.1 login me password CANARY-netrc\n");
    sandbox.write("requirements.txt", "alpha\n");
    let python = r#""python": { "version": ">=3.8", "from": "host", "requirements": ["requirements.txt"] }"#;
    for rule in ["pypi", "pypi:alpha"] {
        sandbox.manifest(format!(r#"{{ {python}, "registries": {{ "{rule}": "{}" }} }}"#, index.url()));
        sandbox.run(&["lock"]).code(5);
        assert!(!index.requests().is_empty());
        assert_eq!(secrets(&index.everything()), [""; 0], "{rule}");
    }
    // What the user's own settings name gets it.
    sandbox.config(format!(r#"{{ "registries": {{ "pypi": "{}" }} }}"#, index.url()));
    sandbox.run(&["lock"]).success();
}

#[test]
fn the_user_s_own_settings_go_on_working_in_a_stranger_s_repository() {
    let victim = Victim::new();
    let sandbox = &victim.sandbox;
    victim.own.require_token("CANARY-npmrc");
    victim.index.require_password("me", "CANARY-pip");
    sandbox.write(".npmrc", format!("{}:_authToken=${{NPM_TOKEN}}\n", key(victim.own.url())));
    sandbox.manifest(r#"{ "tools": { "npm:a": "1", "ruff": "*" } }"#);
    victim.devshell(&["lock"]).run().success().stderr_contains("such lines count after `devshell allow`\n");
    victim.devshell(&["install"]).run().success();
    victim.nothing_leaks("own settings");
    // A login by host is for the server that the user names, also where the project names it once more.
    victim.index.require_password("me", "CANARY-netrc");
    let url = victim.index.url();
    sandbox.write(sandbox.home().join(".config/pip/pip.conf"), format!("[global]\nindex-url = {url}\n"));
    sandbox.manifest(format!(r#"{{ "tools": {{ "ruff": "*" }}, "registries": {{ "pypi": "{url}" }} }}"#));
    sandbox.remove("devshell.lock");
    victim.devshell(&["lock"]).run().success();
}

/// A link, or a project in the home directory, makes the project's file the user's own.
#[test]
fn a_link_to_the_user_s_own_file_is_that_file() {
    let registry = Registry::with(packages());
    registry.require_token("CANARY-token");
    let sandbox = Sandbox::new();
    let own = sandbox.home().join(".npmrc");
    sandbox.write(&own, format!("registry={0}\n{1}:_authToken=${{NPM_TOKEN}}\n", registry.url(), key(registry.url())));
    fs_err::os::unix::fs::symlink(&own, sandbox.project().join(".npmrc")).unwrap();
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    run(&sandbox, &["lock"]).success().stderr_lacks("such lines count");
}

/// A proxy gets its own login, and what it passes on does not hold it.
#[test]
fn a_proxy_s_login_is_for_the_proxy() {
    let proxy = Registry::with(packages());
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" }, "registries": { "npm": "http://registry.invalid/" } }"#);
    let url = proxy.url().replace("//", "//me:CANARY@");
    sandbox.devshell(&["lock"]).env("HTTP_PROXY", url).env("NO_PROXY", "127.0.0.1").run().success();
    assert!(proxy.count("/a") == 1, "{:?}", proxy.requests());
    assert_eq!(secrets(&proxy.everything()), [""; 0]);
}

/// A project whose registry wants a token that its `.npmrc` names.
fn private() -> (Registry, Registry, Sandbox) {
    let (private, public) = (Registry::with(packages()), Registry::with(packages()));
    private.require_token("CANARY-token");
    let sandbox = Sandbox::new().with_registry(&public);
    sandbox
        .write(".npmrc", format!("registry={0}\n{1}:_authToken=${{NPM_TOKEN}}\n", private.url(), key(private.url())));
    sandbox.manifest(r#"{ "tools": { "npm:a": "1" } }"#);
    (private, public, sandbox)
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> crate::support::Outcome {
    sandbox.devshell(arguments).env("NPM_TOKEN", "CANARY-token").run()
}

#[test]
fn what_is_allowed_is_sent_to_its_address_and_nowhere_else() {
    let (private, public, sandbox) = private();
    let to = private.url().to_owned();
    let said =
        format!("the project's `.npmrc` would send ${{NPM_TOKEN}} to {to}; such lines count after `devshell allow`");
    let outcome = run(&sandbox, &["lock"]);
    outcome.code(5).stderr_contains(&format!("devshell: {said}\n")).stderr_contains(&format!(
        "answers 401 Unauthorized\nhint: `devshell allow` lets the project's `.npmrc` send ${{NPM_TOKEN}} to {to}\n"
    ));
    assert_eq!(outcome.errors().matches("such lines count").count(), 1, "it is said once: {outcome}");
    assert_eq!(secrets(&private.everything()), [""; 0]);
    run(&sandbox, &["lock", "-q"]).stderr_lacks("such lines count");

    let shown = format!("`.npmrc` sends ${{NPM_TOKEN}} to {to}\n");
    run(&sandbox, &["allow", "--diff"]).code(1).stdout_contains(&shown);
    let json: Value = run(&sandbox, &["allow", "--diff", "--json"]).json();
    assert_eq!(json["sends"], serde_json::json!([{ "variable": "NPM_TOKEN", "to": to }]));
    run(&sandbox, &["allow"]).success().stdout_contains(&shown);
    for verb in [&["lock"][..], &["outdated"], &["install"], &["run", "a"]] {
        run(&sandbox, verb).success().stderr_lacks("such lines count");
    }
    run(&sandbox, &["doctor"]).stdout_contains("good   registry ");
    assert!(!secrets(&private.everything()).is_empty());
    // By itself on `cd`, too.
    sandbox.remove(sandbox.data());
    private.forget_requests();
    run(&sandbox, &["on-prompt", "bash", "x"]).success();
    wait_until("the background fetches it", || private.requests().contains(&"/a/-/a-1.0.0.tgz 200".to_owned()));
    run(&sandbox, &["install"]).success();
    assert_eq!(public.requests(), [""; 0]);
    // A variable that is not set says nothing.
    sandbox.remove(sandbox.cache());
    sandbox.run(&["outdated"]).code(5).stderr_contains("answers 401");

    // Another text is not what was allowed, also by itself on `cd`.
    sandbox.write(".npmrc", format!("registry={0}\n{1}:_auth=${{NPM_TOKEN}}\n", public.url(), key(public.url())));
    run(&sandbox, &["allow", "--diff"]).code(1).stdout_contains(".npmrc");
    sandbox.remove(sandbox.data());
    run(&sandbox, &["on-prompt", "bash", "x"]).success().stderr_contains("is not what you allowed");
    for verb in [&["outdated"][..], &["install"], &["search", "a"], &["doctor"]] {
        run(&sandbox, verb).stderr_lacks("CANARY");
    }
    assert!(!public.requests().is_empty());
    assert_eq!(secrets(&public.everything()), [""; 0]);
}

#[test]
fn automation_allows_by_a_digest() {
    let (private, _public, sandbox) = private();
    let digest = run(&sandbox, &["allow", "--diff", "--json"]).json()["digest"].as_str().unwrap().to_owned();
    let lock = sandbox.devshell(&["lock"]).env("NPM_TOKEN", "CANARY-token").env("DEVSHELL_ALLOW", &digest);
    lock.run().success().stderr_lacks("such lines count");
    assert!(!secrets(&private.everything()).is_empty());
    private.forget_requests();
    // The lock was not there when it was allowed.
    sandbox.remove(sandbox.cache());
    let run = sandbox.devshell(&["outdated"]).env("NPM_TOKEN", "CANARY-token").env("DEVSHELL_ALLOW", digest);
    run.run().code(5);
    assert_eq!(secrets(&private.everything()), [""; 0]);
}

/// Leaving such a line out would ask the public registry for names that are private.
#[test]
fn a_registry_that_a_variable_names_is_not_replaced_by_another() {
    let (private, public, sandbox) = private();
    for line in ["registry=${NPM_REGISTRY}\n", "@acme:registry=${NPM_REGISTRY}x/\n"] {
        sandbox.write(".npmrc", line);
        let lock = || sandbox.devshell(&["lock"]).env("NPM_REGISTRY", public.url()).run();
        let place = line.trim_end().split_once('=').unwrap().1;
        lock().code(5).stderr_contains(&format!(
            "the project's `.npmrc` names a registry by a variable, ${{NPM_REGISTRY}} to {place}\n\
             hint: variables in it count once you have typed `devshell allow`\n"
        ));
        assert_eq!((public.requests(), private.requests()), (Vec::new(), Vec::new()));
        sandbox.run(&["allow"]).success();
        lock().success();
        public.forget_requests();
        sandbox.remove("devshell.lock");
    }
    // What the manifest or the user says comes first, and then it does not matter.
    sandbox.write(".npmrc", "registry=${NPM_TOKEN}\n@acme:registry=${NPM_TOKEN}\n");
    let rules = format!(r#""npm": "{0}", "npm:@acme/*": "{0}""#, public.url());
    sandbox.manifest(format!(r#"{{ "tools": {{ "npm:a": "1" }}, "registries": {{ {rules} }} }}"#));
    run(&sandbox, &["lock"]).success();
    assert_eq!(secrets(&public.everything()), [""; 0]);
}

/// What proves the server lets the user's login reach an address that a project names.
#[test]
fn a_login_by_host_needs_https_where_a_project_names_the_host() {
    let certificate = Certified::new();
    let index = Registry::with_tls(&certificate);
    let other = Registry::new();
    let sandbox = Sandbox::new();
    let file = sandbox.write(sandbox.root().join("own.pem"), certificate.pem());
    let netrc = |text: &str| drop(sandbox.write(sandbox.home().join(".netrc"), text));
    let asked = |registry: &Registry, url: &str| {
        let rule = format!(r#""registries": {{ "pypi": "{url}simple" }}"#);
        sandbox.manifest(format!(r#"{{ "tools": {{ "ruff": "*" }}, {rule} }}"#));
        registry.forget_requests();
        let outcome = sandbox.devshell(&["lock"]).env("SSL_CERT_FILE", &file).run();
        outcome.code(5);
        (registry.headers("authorization").concat(), outcome)
    };
    let login = format!("Basic {}", STANDARD.encode("me:CANARY"));
    netrc("machine localhost login me password CANARY\n");
    assert_eq!(asked(&index, index.url()).0, login);
    let open = other.url().replace("127.0.0.1", "localhost");
    assert_eq!(asked(&other, &open).0, "");
    other.require_token("x");
    let hint = "hint: your login goes over plain http only where your own settings name the address";
    asked(&other, &open).1.stderr_contains(hint);
    // An entry for all hosts is not for one that a stranger thought of.
    netrc("machine elsewhere.example login me password CANARY\ndefault login me password CANARY\n");
    assert_eq!(asked(&index, index.url()).0, "");
    netrc("default login me password CANARY\n");
    sandbox.config(format!(r#"{{ "registries": {{ "pypi:black": "{}simple" }} }}"#, index.url()));
    assert_eq!(asked(&index, index.url()).0, login, "the user's own settings name the server");
}

/// A secret that is in an address, in a broken file or in an answer is in no message.
#[test]
fn no_message_and_no_name_of_a_file_holds_a_secret() {
    let index = Index::with([ruff()]);
    let sandbox = Sandbox::new();
    sandbox.manifest(r#"{ "tools": { "ruff": "*", "npm:a": "1" } }"#);
    let lock = |variables: &[(&str, &str)]| {
        let outcome = sandbox.devshell(&["-v", "lock"]).envs(variables.iter().copied()).run();
        outcome.code(5).stderr_lacks(CANARY);
    };
    lock(&[("PIP_INDEX_URL", "htps://me:CANARY@127.0.0.1:1/simple")]);
    lock(&[("PIP_INDEX_URL", "http://me:CANARY@127.0.0.1:1/simple"), ("NPM_CONFIG_REGISTRY", "http://CANARY@[")]);
    lock(&[("UV_DEFAULT_INDEX", &index.url_with("me", "CANARY").replace("simple", "nowhere"))]);
    let nobody = "registry=http://127.0.0.1:1/\n";
    for text in ["'//x/:_authToken' CANARY\n", "registry=ht!tp://me:CANARY@x/\n", "//127.0.0.1:1/:_authToken=CANARY\n"]
    {
        let more = if text.contains("registry") { "" } else { nobody };
        sandbox.write(sandbox.home().join(".npmrc"), format!("{more}{text}"));
        lock(&[("PIP_INDEX_URL", &index.url_with("me", "CANARY"))]);
    }
    sandbox.config(r#"{ "registries": { "npm": "htps://me:CANARY@127.0.0.1:1/" } }"#);
    lock(&[]);
    sandbox.config("{}");
    sandbox.manifest(r#"{ "tools": { "ruff": "*" } }"#);
    index.require_password("me", "CANARY");
    for verb in ["lock", "install"] {
        let run = sandbox.devshell(&[verb]).env("PIP_INDEX_URL", index.url_with("me", "CANARY"));
        run.env("DEVSHELL_PLATFORM", "x86_64-linux").run().success();
    }
    for (path, bytes) in files(&sandbox) {
        assert!(!path.contains(CANARY) && !String::from_utf8_lossy(&bytes).contains(CANARY), "{path}");
    }
}

/// Nor does the log, whatever it is asked to show.
#[test]
fn the_log_holds_no_secret() {
    let index = Index::with([ruff()]);
    index.require_password("me", "CANARY");
    let (private, _public, sandbox) = private();
    for (path, manifest) in [
        ("password", r#"{ "tools": { "ruff": "*" } }"#.to_owned()),
        ("token", format!(r#"{{ "tools": {{ "npm:a": "1" }}, "registries": {{ "npm": "{}" }} }}"#, private.url())),
    ] {
        sandbox.manifest(manifest);
        sandbox.write(sandbox.home().join(".npmrc"), format!("{}:_authToken=CANARY-token\n", key(private.url())));
        sandbox.remove("devshell.lock");
        for verb in ["lock", "install"] {
            let run = sandbox.devshell(&[verb]).env("PIP_INDEX_URL", index.url_with("me", "CANARY"));
            let run = run.env("DEVSHELL_PLATFORM", "x86_64-linux").env("DEVSHELL_LOG", "trace").run();
            run.success().stderr_contains("devshell[info]: GET http://127.0.0.1:");
            // A library is heard, too.
            run.stderr_contains("devshell[trace]: ");
            assert_eq!(secrets(&[run.errors()]), [""; 0], "{path}");
        }
    }
}

/// What devshell has written.
fn files(sandbox: &Sandbox) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for root in [sandbox.cache(), sandbox.data(), sandbox.project().to_owned()] {
        for path in crate::support::tree(&root).keys() {
            let place = root.join(path);
            let bytes = if place.is_file() && !place.is_symlink() { fs_err::read(&place).unwrap() } else { Vec::new() };
            found.push((path.clone(), bytes));
        }
    }
    assert!(found.len() > 5, "devshell has written something");
    found
}
