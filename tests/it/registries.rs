//! Which registry is asked: the manifest's, else that of the variable, of the project's npm
//! settings, of the user's. And who gets to see the credentials.

use crate::support::{Fault, Package, Registry, Sandbox, package, tool};

fn plain(version: &str) -> Package {
    package("a", version).bin("a", "a.js").file("a.js", "echo a")
}

fn packages() -> Vec<Package> {
    [vec![plain("1.0.0")], tool("node", "22.3.0"), tool("biome", "2.0.0")].concat()
}

fn manifest(extra: &str) -> String {
    format!(r#"{{ "tools": {{ "npm:a": "1" }}{extra} }}"#)
}

#[test]
fn the_nearer_setting_wins() {
    let [users, projects, variables, manifests] = [(); 4].map(|()| Registry::with(packages()));
    let sandbox = Sandbox::new().with_registry(&users);
    // Each setting is added to those before it, and must take over from them.
    let asked = |expected: &Registry, variable: bool| {
        let all = [&users, &projects, &variables, &manifests];
        for registry in all {
            registry.forget_requests();
        }
        for leftover in [sandbox.project().join("devshell.lock"), sandbox.data(), sandbox.home().join(".cache")] {
            sandbox.remove(leftover);
        }
        for verb in ["lock", "install"] {
            let run = sandbox.devshell(&[verb]);
            let run = if variable { run.env("NPM_CONFIG_REGISTRY", variables.url()) } else { run };
            run.run().success();
        }
        for registry in all {
            let is_expected = registry.url() == expected.url();
            assert_eq!(!registry.requests().is_empty(), is_expected, "{:?}", registry.requests());
            assert_eq!(!registry.downloads().is_empty(), is_expected, "{:?}", registry.requests());
        }
    };
    sandbox.manifest(manifest(""));
    asked(&users, false);
    sandbox.write(".npmrc", format!("registry={}\n", projects.url()));
    asked(&projects, false);
    asked(&variables, true);
    sandbox.manifest(manifest(&format!(r#", "registries": {{ "npm": "{}" }}"#, manifests.url())));
    asked(&manifests, true);
}

#[test]
fn a_scope_may_have_a_registry_of_its_own() {
    let (default, scoped) = (Registry::with(packages()), Registry::with(packages()));
    let sandbox = Sandbox::new().with_registry(&default);
    sandbox.write(".npmrc", format!("@biomejs:registry={}\n", scoped.url()));
    sandbox.manifest(r#"{ "tools": { "npm:a": "1", "biome": "2" } }"#);
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).success();
    assert!(default.requests().iter().all(|request| !request.contains("biome")), "{:?}", default.requests());
    assert!(scoped.requests().iter().all(|request| request.contains("@biomejs")), "{:?}", scoped.requests());
    assert_eq!(scoped.count("/@biomejs%2fbiome"), 1);
}

#[test]
fn credentials_go_to_the_registry_they_are_for_and_nowhere_else() {
    let (private, public) = (Registry::with(packages()), Registry::with(packages()));
    private.require_token("s3cret");
    let sandbox = Sandbox::new().with_registry(&private);
    sandbox.manifest(manifest(""));
    sandbox.run(&["lock"]).code(5).stderr_contains("hint: the registry wants credentials: a token in `.npmrc`\n");

    let address = private.url().trim_start_matches("http:").to_owned();
    let settings = format!("registry={}\n{address}:_authToken=${{TOKEN}}\n", private.url());
    sandbox.write(sandbox.home().join(".npmrc"), settings);
    for verb in ["lock", "install"] {
        sandbox.devshell(&[verb]).env("TOKEN", "s3cret").run().success();
    }
    let other = format!(r#", "registries": {{ "npm": "{}" }}"#, public.url());
    sandbox.manifest(manifest(&other));
    sandbox.remove("devshell.lock");
    sandbox.devshell(&["lock"]).env("TOKEN", "s3cret").run().success();
    assert!(!public.requests().is_empty());
    assert!(public.headers("authorization").iter().all(String::is_empty));

    // A registry may name another server for the bytes, which is not the one the token is for.
    public.forget_requests();
    public.publish([plain("1.1.0")]);
    private.publish([plain("1.1.0").tarball_at(&format!("{}a/-/a-1.1.0.tgz", public.url()))]);
    sandbox.manifest(r#"{ "tools": { "npm:a": "1.1" } }"#);
    sandbox.devshell(&["lock"]).env("TOKEN", "s3cret").run().success();
    sandbox.devshell(&["install"]).env("TOKEN", "s3cret").run().success();
    assert_eq!(public.requests(), ["/a/-/a-1.1.0.tgz 200"]);
    assert_eq!(public.headers("authorization"), [""]);

    // Nor is one to whom it sends on.
    public.forget_requests();
    private.fault("/a", Fault::Redirect(format!("{}a", public.url())));
    sandbox.manifest(r#"{ "tools": { "npm:a": "1.1.0" } }"#);
    sandbox.devshell(&["lock"]).env("TOKEN", "s3cret").run().success();
    assert_eq!(public.requests(), ["/a 200"]);
    assert_eq!(public.headers("authorization"), [""]);
}

#[test]
fn a_password_in_an_address_is_shown_to_nobody() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    let url = registry.url().replace("//", "//ada:s3cret@");
    sandbox.manifest(manifest(&format!(r#", "registries": {{ "npm": "{url}" }}"#)));
    registry.fault("/a", Fault::Status(418, 9));
    sandbox.run(&["-v", "lock"]).code(5).stderr_contains("`[REGISTRY]/a` answers 418").stderr_lacks("s3cret");
    registry.fault("/a", Fault::Status(418, 0));
    sandbox.run(&["-v", "lock"]).success().stderr_lacks("s3cret");
    assert!(!sandbox.read("devshell.lock").contains("s3cret"));
    registry.fault("/a/-/a-1.0.0.tgz", Fault::OtherBytes(b"x".to_vec()));
    sandbox.run(&["-v", "install"]).code(5).stderr_contains(" has the hash ").stderr_lacks("s3cret");
}

#[test]
fn a_registry_that_fails_is_named_with_the_cause() {
    let registry = Registry::with(packages());
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest(manifest(""));
    registry.fault("/a", Fault::Status(503, 3));
    sandbox.run(&["lock"]).success();
    sandbox.remove("devshell.lock");
    registry.fault("/a", Fault::Status(503, 4));
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr("devshell: `a` cannot be looked up\n  because `[REGISTRY]/a` answers 503 Service Unavailable\n");
    registry.fault("/a", Fault::Cut(2));
    sandbox.run(&["lock"]).success();
    sandbox.remove("devshell.lock");
    registry.fault("/a", Fault::OtherBytes(b"<html>please log in</html>".to_vec()));
    sandbox.run(&["lock"]).code(5).stderr_contains("devshell: the registry's answer about `a` makes no sense\n");
    sandbox.run(&["lock", "--offline"]).code(5);
}

#[test]
fn a_proxy_is_used_unless_it_is_not_to_be() {
    let (proxy, direct) = (Registry::with(packages()), Registry::with(packages()));
    let sandbox = Sandbox::new().with_registry(&direct);
    let lock = |variable: &str, registry: &str, no_proxy: &str| {
        proxy.forget_requests();
        sandbox.manifest(manifest(&format!(r#", "registries": {{ "npm": "{registry}" }}"#)));
        sandbox.remove("devshell.lock");
        sandbox.devshell(&["lock"]).env(variable, proxy.url()).env("NO_PROXY", no_proxy).run().success();
    };
    // The name need not be known here: the proxy looks it up.
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        lock(variable, "http://registry.invalid/", "localhost");
        assert!(proxy.count("/a") == 1 && direct.requests().is_empty(), "{variable}: {:?}", proxy.requests());
    }
    lock("HTTP_PROXY", direct.url(), "127.0.0.1");
    assert!(direct.count("/a") == 1 && proxy.requests().is_empty(), "{:?}", proxy.requests());
}

#[test]
fn nobody_there_is_said_with_a_way_on() {
    let sandbox = Sandbox::new();
    sandbox.manifest(manifest(""));
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr_contains("devshell: `a` cannot be looked up\n  because `http://127.0.0.1:1/a` cannot be reached\n")
        .stderr_contains("hint: check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)\n");
}
