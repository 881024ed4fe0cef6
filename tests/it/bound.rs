//! Names that are bound to a registry: nobody else is asked for them, whatever that one answers.
//! Who publishes the same name elsewhere (dependency confusion) is not believed.

use crate::support::{Fault, Package, Registry, Sandbox, package, tool};

fn plain(name: &str, version: &str) -> Package {
    package(name, version).bin("a", "a.js").file("a.js", format!("echo {name} {version}"))
}

/// The public registry has every name in a higher version than the private one.
fn registries() -> (Registry, Registry) {
    let public = Registry::with(tool("node", "22.3.0"));
    public.publish([plain("@acme/a", "9.9.9"), plain("inner", "9.9.9"), plain("outer", "9.9.9")]);
    let private = Registry::with([plain("@acme/a", "1.0.0"), plain("inner", "1.0.0")]);
    (public, private)
}

fn rules(private: &Registry) -> String {
    format!(r#""registries": {{ "npm:@acme/*": "{0}", "npm:inner": "{0}" }}"#, private.url())
}

const TOOLS: &str = r#""tools": { "npm:@acme/a": { "version": "*", "commands": [] }, "npm:inner": "*", "node": "22" }"#;

/// What was asked for about these names.
fn asked(registry: &Registry) -> Vec<String> {
    let mut requests = registry.requests();
    requests.retain(|request| request.contains("acme") || request.contains("inner"));
    requests
}

fn versions(sandbox: &Sandbox) -> Vec<String> {
    let lock = sandbox.lock();
    lock["tools"].as_array().unwrap().iter().map(|tool| format!("{} {}", tool["tool"], tool["version"])).collect()
}

#[test]
fn a_bound_name_is_asked_of_its_registry_alone() {
    let (public, private) = registries();
    let sandbox = Sandbox::new().with_registry(&public);
    sandbox.manifest(format!("{{ {TOOLS}, {} }}", rules(&private)));
    let expected = [r#""node" "22.3.0""#, r#""npm:@acme/a" "1.0.0""#, r#""npm:inner" "1.0.0""#];
    for verb in [&["lock"][..], &["install"], &["update"], &["outdated"], &["search", "inner"]] {
        sandbox.run(verb).success();
        assert_eq!(versions(&sandbox), expected, "{verb:?}");
    }
    sandbox.run(&["run", "a"]).success().stdout("inner 1.0.0\n");
    assert_eq!(asked(&public), ["/-/v1/search?text=inner&size=20 404"]);
    assert!(private.requests().iter().all(|request| !request.contains("node")), "{:?}", private.requests());
    assert_eq!(private.downloads(), ["/@acme/a/-/a-1.0.0.tgz 200", "/inner/-/inner-1.0.0.tgz 200"]);
    // What the public registry calls by that name is not offered either.
    public.offer_search();
    sandbox.run(&["search", "inner"]).success().stdout("").stderr("devshell: nothing found in catalog, npm; `devshell add deb:NAME --suite CODENAME` asks for a Debian package by its name\n");
}

#[test]
fn nobody_else_is_asked_when_the_registry_has_nothing_or_is_down() {
    let (public, private) = registries();
    let sandbox = Sandbox::new().with_registry(&public);
    let manifest =
        |tool: &str, rules: &str| sandbox.manifest(format!(r#"{{ "tools": {{ "{tool}": "*" }}, {rules} }}"#));
    for (tool, package, path) in [("npm:@acme/a", "@acme/a", "/@acme%2fa"), ("npm:inner", "inner", "/inner")] {
        manifest(tool, &rules(&private));
        private.fault(path, Fault::NotFound);
        sandbox.run(&["lock"]).code(5).stderr(&format!(
            "devshell: the registry `{}` has no package `{package}`\n\
             hint: `registries` binds the name, so it is requested from no other registry\n",
            private.url()
        ));
        // A registry may send on what it does not have to the public one.
        private.fault(path, Fault::Redirect(format!("{}{}", public.url(), &path[1..])));
        sandbox.run(&["lock"]).code(5).stderr_contains(", which is another server\nhint: the name is bound");
        private.fault(path, Fault::Status(503, 4));
        sandbox.run(&["lock"]).code(5).stderr_contains("answers 503");
        manifest(tool, r#""registries": { "npm:@acme/*": "http://127.0.0.1:1/", "npm:inner": "http://127.0.0.1:1/" }"#);
        sandbox.run(&["lock"]).code(5).stderr_contains("cannot be reached");
    }
    assert_eq!(asked(&public), [""; 0]);
    assert!(!sandbox.project().join("devshell.lock").exists());
}

#[test]
fn the_bytes_come_from_there_too() {
    let (public, private) = registries();
    let sandbox = Sandbox::new().with_registry(&public);
    private.publish([plain("inner", "2.0.0").tarball_at(&format!("{}inner/-/inner-2.0.0.tgz", public.url()))]);
    private.publish([plain("@acme/a", "2.0.0").tarball_at("/elsewhere/a.tgz")]);
    public.publish([plain("inner", "2.0.0")]);
    sandbox.manifest(format!("{{ {TOOLS}, {} }}", rules(&private)));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["install"]).code(5).stderr_contains(" is not on the active registry\n");
    assert_eq!(asked(&public), [""; 0]);
    assert!(private.requests().contains(&"/elsewhere/a.tgz 200".to_owned()), "{:?}", private.requests());
}

#[test]
fn the_manifests_rule_comes_before_the_users_and_the_users_before_npmrc() {
    let [public, npmrc, users, manifests] =
        ["9.0.0", "1.0.0", "2.0.0", "3.0.0"].map(|version| Registry::with([plain("@acme/a", version)]));
    for registry in [&public, &npmrc, &users, &manifests] {
        registry.publish(tool("node", "22.3.0"));
    }
    let sandbox = Sandbox::new().with_registry(&public);
    let locked = |version: &str| {
        sandbox.remove("devshell.lock");
        sandbox.run(&["lock"]).success();
        assert!(versions(&sandbox).contains(&format!(r#""npm:@acme/a" "{version}""#)), "{:?}", versions(&sandbox));
    };
    let tools = r#""tools": { "npm:@acme/a": "*" }"#;
    sandbox.manifest(format!("{{ {tools} }}"));
    locked("9.0.0");
    sandbox.write(".npmrc", format!("@acme:registry={}\n", npmrc.url()));
    locked("1.0.0");
    // A registry for everything says nothing about a name that has one of its own.
    sandbox.manifest(format!(r#"{{ {tools}, "registries": {{ "npm": "{}" }} }}"#, manifests.url()));
    locked("1.0.0");
    let config = sandbox.home().join(".config/devshell/config.json");
    let rule = |registry: &Registry| format!(r#""registries": {{ "npm:@acme/*": "{}" }}"#, registry.url());
    sandbox.write(&config, format!("{{ {}, /* ours */ }}", rule(&users)));
    locked("2.0.0");
    sandbox.manifest(format!("{{ {tools}, {} }}", rule(&manifests)));
    locked("3.0.0");
    sandbox.manifest(format!("{{ {tools} }}"));
    sandbox.write(&config, r#"{ "registries": { "nmp": "http://127.0.0.1/" } }"#);
    sandbox.remove("devshell.lock");
    sandbox.run(&["lock"]).code(5).stderr(
        "devshell: [HOME]/.config/devshell/config.json:1:19: `nmp` names no packages: write `npm`, `pypi`, `deb`, \
         `rust`, `vendor` or a forge such as `github` for all, `npm:@scope/*`, `npm:NAME`, `pypi:NAME`, `github:OWNER/*` or \
         `vendor:NAME` for some\n",
    );
    // Another place for such files, and the registry for everything else.
    let other = sandbox
        .write("../settings/devshell/config.json", format!(r#"{{ "registries": {{ "npm": "{}" }} }}"#, users.url()));
    sandbox.remove(".npmrc");
    let run = sandbox.devshell(&["lock"]).env("XDG_CONFIG_HOME", other.ancestors().nth(2).unwrap());
    run.env("NPM_CONFIG_REGISTRY", npmrc.url()).run().success();
    assert!(versions(&sandbox).contains(&r#""npm:@acme/a" "2.0.0""#.to_owned()));
}

#[test]
fn tokens_are_for_their_registry_and_go_no_further() {
    let (public, private) = registries();
    private.require_token("s3cret");
    let sandbox = Sandbox::new().with_registry(&public);
    let address = private.url().trim_start_matches("http:").to_owned();
    let settings = format!("registry={}\n{address}:_authToken=s3cret\n", public.url());
    sandbox.write(sandbox.home().join(".npmrc"), settings);
    sandbox.manifest(format!("{{ {TOOLS}, {} }}", rules(&private)));
    sandbox.run(&["lock"]).success();
    // Bytes may lie elsewhere: their hash is locked. The token stays.
    private.fault("/inner/-/inner-1.0.0.tgz", Fault::Redirect(format!("{}storage/inner.tgz", public.url())));
    public.fault("/storage/inner.tgz", Fault::OtherBytes(plain("inner", "1.0.0").tarball()));
    sandbox.run(&["install"]).success();
    assert_eq!(public.count("/storage/inner.tgz"), 1);
    assert!(public.headers("authorization").iter().all(String::is_empty), "{:?}", public.requests());
    assert!(private.headers("authorization").iter().all(|header| header == "Bearer s3cret"));
}
