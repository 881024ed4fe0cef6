//! `devshell search`: the catalog first, and the registry where it can be searched.

use serde_json::json;

use crate::support::{Fault, Registry, Sandbox, package, tool};

#[test]
fn the_catalog_comes_first_and_the_registry_behind_it() {
    let registry = Registry::with([package("sassy", "1.2.0"), package("@a/sass-lint", "2.0.0")]);
    registry.publish(tool("sass", "1.99.0"));
    registry.offer_search();
    // There need be no project.
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.run(&["search", "sass"]).success().stderr("").stdout(
        "devshell add sass                   Sass compiler, standalone Dart build                   sass\n\
         devshell add github:sass/dart-sass  The reference implementation of Sass, written in Dart  sass\n\
         devshell add npm:@a/sass-lint       what is @a/sass-lint?                                  2.0.0\n\
         devshell add npm:sassy              what is sassy?                                         1.2.0\n",
    );
    assert_eq!(registry.requests(), ["/-/v1/search?text=sass&size=20 200"]);
    assert_eq!(
        sandbox.run(&["search", "sassy", "--json"]).json(),
        json!({ "searched": ["catalog", "npm"], "found": [{
            "tool": "npm:sassy", "source": "npm", "about": "what\nis sassy?", "version": "1.2.0",
            "commands": null, "add": "devshell add npm:sassy",
        }] })
    );
    sandbox.run(&["search", "no-such-thing"]).success().stdout("").stderr("devshell: nothing found in catalog, npm; `devshell add deb:NAME --suite CODENAME` asks for a Debian package by its name\n");
}

#[test]
fn what_can_be_typed_is_what_is_shown() {
    let registry = Registry::with(tool("esbuild", "0.28.1"));
    let sandbox = Sandbox::new().with_registry(&registry);
    sandbox.manifest("{}");
    let outcome = sandbox.run(&["search", "-q", "--offline", "bundler", "minifier"]);
    let add = outcome.text().lines().next().unwrap().split("  ").next().unwrap().to_owned();
    assert_eq!(add, "devshell add esbuild");
    sandbox.run(&add.split(' ').skip(1).collect::<Vec<_>>()).success();
}

#[test]
fn a_registry_that_cannot_be_searched_is_no_failure() {
    let registry = Registry::new();
    let sandbox = Sandbox::new().with_registry(&registry);
    let path = "/-/v1/search?text=tsc&size=20";
    let found = "devshell add typescript  TypeScript compiler  tsc\n";
    let said = |why: &str| format!("devshell: the npm registry was not searched: {why}\n");
    let answers = said(&format!("`[REGISTRY]{path}` answers 404 Not Found"));
    sandbox.run(&["search", "tsc"]).success().stdout(found).stderr(&answers);
    registry.fault(path, Fault::Status(503, 9));
    sandbox.run(&["search", "tsc"]).success().stdout(found).stderr_contains("answers 503");
    // It is asked once: one can do without.
    assert_eq!(registry.count(path), 2);
    registry.fault(path, Fault::OtherBytes(b"<html>".to_vec()));
    sandbox.run(&["search", "tsc"]).success().stdout(found).stderr_contains("the npm registry was not searched: ");
    registry.forget_requests();
    sandbox.run(&["search", "tsc", "--offline"]).success().stdout(found).stderr_contains("because of --offline");
    assert_eq!(registry.requests(), [""; 0]);
    let nobody = Sandbox::new();
    nobody.run(&["search", "tsc"]).success().stdout(found).stderr_contains("cannot be reached");

    // What a manifest with mistakes means by its registries nobody knows.
    sandbox.manifest(r#"{ "tool": {} }"#);
    sandbox
        .run(&["search", "tsc"])
        .success()
        .stdout(found)
        .stderr(&said("devshell.json has mistakes; `devshell lock` shows them"));
    sandbox.run(&["search"]).code(2);
}
