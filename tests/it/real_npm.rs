//! Packages of the real npm registry that ask more of a package manager than most: that bring dependencies along, whose
//! commands are no JavaScript, that load others beside them, or that are built.

use crate::real::{run, sandbox};
use crate::support::{Registry, hours_ago, package};

#[test]
fn a_tool_whose_dependencies_bring_others_along_is_locked_and_runs() {
    let sandbox = sandbox();
    sandbox.manifest(r#"{ "tools": { "npm:@tailwindcss/cli": { "version": "4", "with": ["tailwindcss@4"] } } }"#);
    run(&sandbox, &["lock"]).success().stderr_contains("+ npm:@tailwindcss/cli 4.");
    let lock = sandbox.lock();
    let tools = lock["tools"].as_array().unwrap();
    let tool = tools.iter().find(|tool| tool["tool"] == "npm:@tailwindcss/cli").unwrap();
    let paths: Vec<&str> = tool["artifacts"].as_array().unwrap().iter().filter_map(|it| it["path"].as_str()).collect();
    // The one that brings some is there, and what it brings is in its own tarball.
    let bundling = "node_modules/@tailwindcss/oxide-wasm32-wasi";
    assert!(!paths.iter().any(|path| path.starts_with(&format!("{bundling}/"))), "{paths:?}");
    assert!(!sandbox.read("devshell.lock").contains("://"));
    sandbox.write("in.css", "@import \"tailwindcss\" source(none);\n@source inline(\"p-1\");\n");
    run(&sandbox, &["run", "--", "tailwindcss", "-i", "in.css", "-o", "out.css"]).success();
    assert!(sandbox.read("out.css").contains(".p-1"));
}

#[test]
fn commands_that_are_shell_scripts_run() {
    let sandbox = sandbox();
    sandbox.manifest(r#"{ "tools": { "npm:n": "10", "npm:git-open": "3", "host:git": "*" } }"#);
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["run", "n", "--version"]).success().stdout_contains("10.");
    run(&sandbox, &["run", "--", "git-open", "--help"]).stdout_contains("usage: git open");
}

#[test]
fn a_configuration_finds_what_is_beside_the_tool() {
    let sandbox = sandbox();
    sandbox.manifest(
        r#"{ "tools": { "node": "22", "npm:prettier": { "version": "3", "with": ["@prettier/plugin-php"] } } }"#,
    );
    run(&sandbox, &["add", "npm:eslint@9", "--with", "npm:@eslint/js@9"]).success().stderr_contains("+ npm:eslint 9.");
    sandbox.write("eslint.config.mjs", "import js from \"@eslint/js\";\nexport default [js.configs.recommended];\n");
    sandbox.write("a.js", "nowhere();\n");
    run(&sandbox, &["--offline", "run", "eslint", "."]).code(1).stdout_contains("'nowhere' is not defined");
    sandbox.write(".prettierrc", r#"{ "plugins": ["@prettier/plugin-php"] }"#);
    sandbox.write("a.php", "<?php echo   1 ;");
    run(&sandbox, &["--offline", "run", "prettier", "a.php"]).success().stdout("<?php echo 1;\n");
    // What the project has itself comes first.
    sandbox.write("node_modules/@eslint/js/package.json", r#"{ "name": "@eslint/js", "main": "i.js" }"#);
    sandbox.write("node_modules/@eslint/js/i.js", "module.exports = { configs: { recommended: {} } };\n");
    run(&sandbox, &["--offline", "run", "eslint", "."]).success();
}

/// With a compiler of the host, and without a network: the headers are those of the locked node.
#[test]
fn a_native_addon_is_built_with_the_locked_headers() {
    let sandbox = sandbox();
    for program in ["python3", "make", "g++"] {
        sandbox.find(program);
    }
    sandbox
        .manifest(r#"{ "tools": { "node": "22", "npm": "11", "python": "*", "make": "*", "gcc": "*", "g++": "*" } }"#);
    run(&sandbox, &["lock"]).success();
    run(&sandbox, &["install"]).success();
    sandbox.write("package.json", r#"{ "name": "addon", "version": "1.0.0", "private": true }"#);
    sandbox.write("binding.gyp", r#"{ "targets": [{ "target_name": "addon", "sources": ["addon.c"] }] }"#);
    sandbox.write(
        "addon.c",
        "#include <node_api.h>\n#include <node_version.h>\n\
         static napi_value init(napi_env env, napi_value exports) {\n  napi_value major;\n  \
         napi_create_int32(env, NODE_MAJOR_VERSION, &major);\n  \
         napi_set_named_property(env, exports, \"major\", major);\n  return exports;\n}\n\
         NAPI_MODULE(addon, init)\n",
    );
    run(&sandbox, &["--offline", "run", "--", "npm", "install", "--offline"]).success();
    let show =
        "console.log(require('./build/Release/addon.node').major === Number(process.versions.node.split('.')[0]))";
    run(&sandbox, &["run", "--", "node", "-e", show]).success().stdout("true\n");
}

/// npm itself, which is given the time: a dependency that is too young waits, by the times of its own registry, which
/// have parts of a second.
#[test]
fn a_dependency_that_is_too_young_waits() {
    let published = |version: &str, hours: i64| {
        let time = hours_ago(hours).replace('Z', ".750Z");
        package("@acme/shared", version).published(Some(time))
    };
    let top = package("@acme/top", "1.0.0").bin("top", "main.js").file("main.js", "").dependency("@acme/shared", "1");
    let registry = Registry::with([top, published("1.0.0", 100), published("1.1.0", 30)]);
    let sandbox = sandbox();
    let manifest = |age: &str| {
        let registries = format!(r#""registries": {{ "npm:@acme/*": "{}" }}"#, registry.url());
        let tools = r#""node": { "version": "22", "min-age": "0" }, "npm:@acme/top": "1""#;
        sandbox.manifest(format!(r#"{{ {registries}, "min-age": "{age}", "tools": {{ {tools} }} }}"#));
    };
    let locked = || {
        let lock = sandbox.lock();
        let tool =
            lock["tools"].as_array().unwrap().iter().find(|tool| tool["tool"] == "npm:@acme/top").unwrap().clone();
        tool["artifacts"][0]["version"].as_str().unwrap().to_owned()
    };
    manifest("3 days");
    run(&sandbox, &["lock"]).success();
    assert_eq!(locked(), "1.0.0");
    manifest("0");
    run(&sandbox, &["update"]).success();
    assert_eq!(locked(), "1.1.0");
    manifest("3 days");
    run(&sandbox, &["update"]).success();
    assert_eq!(locked(), "1.1.0");
    // Beside something that is added, too.
    registry.publish([package("@acme/plugin", "1.0.0")]);
    let text = sandbox.read("devshell.json");
    sandbox.manifest(
        text.replace(r#""npm:@acme/top": "1""#, r#""npm:@acme/top": { "version": "1", "with": ["@acme/plugin@1"] }"#),
    );
    run(&sandbox, &["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    assert!(lock.contains("@acme/plugin") && lock.contains("\"@acme/shared\", \"version\": \"1.1.0\""), "{lock}");
}
