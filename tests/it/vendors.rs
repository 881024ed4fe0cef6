//! Tools from vendors' own servers, which here are one on the loopback interface. What each vendor's index looks like
//! is a table of unit tests; here the whole road is gone.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::support::{Archive, Fault, Forge, HERE, Registry, Release, Sandbox, gzipped, not_run, sha256};

const SYSTEMS: [(&str, &str); 4] = [("darwin", "amd64"), ("darwin", "arm64"), ("linux", "amd64"), ("linux", "arm64")];

/// Go's and HashiCorp's words for this machine.
fn here() -> (&'static str, &'static str) {
    let arch = if HERE.starts_with("x86_64") { "amd64" } else { "arm64" };
    (if HERE.contains("darwin") { "darwin" } else { "linux" }, arch)
}

/// A sandbox whose user has this server for all vendors.
fn project(server: &Registry, tools: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(format!(r#"{{ "registries": {{ "vendor": "{}" }} }}"#, server.url()));
    sandbox.manifest(format!(r#"{{ "tools": {{ {tools} }} }}"#));
    sandbox
}

fn integrity(bytes: &[u8]) -> String {
    devshell::digest::Integrity::from_hex(&sha256(bytes)).unwrap().to_string()
}

/// A server with versions of Go, the newest first, each the same archive for all systems.
pub fn go(versions: &[(&str, bool, Vec<u8>)]) -> Registry {
    let server = Registry::new();
    let index: Vec<Value> = versions
        .iter()
        .map(|(version, stable, archive)| {
            let files = SYSTEMS.map(|(os, arch)| {
                let name = format!("go{version}.{os}-{arch}.tar.gz");
                server.serve(&format!("/go/{name}"), archive.clone());
                json!({ "filename": name, "os": os, "arch": arch, "version": format!("go{version}"),
                        "sha256": sha256(archive), "size": archive.len(), "kind": "archive" })
            });
            json!({ "version": format!("go{version}"), "stable": stable, "files": files })
        })
        .collect();
    server.serve(GO_INDEX, Value::from(index).to_string());
    server
}

const GO_INDEX: &str = "/go/?mode=json&include=all";

/// A Go that says which one it is, and what it was started with.
pub fn fake_go(version: &str) -> Vec<u8> {
    let script = format!("#!/bin/sh\necho {version} $GOTOOLCHAIN ${{GOROOT-unset}} \"$@\"\n");
    Archive::new().executable("go/bin/go", &script).executable("go/bin/gofmt", &script).packed("tar.gz")
}

/// One request tells all that is locked; installing asks for the file alone.
#[test]
fn go_is_locked_from_its_index_and_installed_without_it() {
    let server = go(&[
        ("1.28rc1", false, fake_go("1.28rc1")),
        ("1.27.3", true, fake_go("1.27.3")),
        ("1.9.7", true, fake_go("1.9.7")),
    ]);
    let sandbox = project(&server, r#""vendor:go": "1""#);
    sandbox.run(&["lock"]).success();
    assert_eq!(server.requests(), [format!("{GO_INDEX} 200")]);
    let text = sandbox.read("devshell.lock");
    assert!(!text.contains("://") && !text.contains("127.0.0.1"), "{text}");
    let lock = sandbox.lock();
    assert_eq!(
        lock["tools"][0]["artifacts"][0],
        json!({
            "platforms": ["aarch64-darwin"], "registry": "vendor", "package": "go", "version": "1.27.3",
            "file": "go1.27.3.darwin-arm64.tar.gz", "integrity": integrity(&fake_go("1.27.3")), "unpack": "tar.gz",
        })
    );
    let platforms: Vec<&Value> =
        lock["tools"][0]["artifacts"].as_array().unwrap().iter().map(|one| &one["platforms"]).collect();
    assert_eq!(platforms[3], &json!(["x86_64-linux", "x86_64-linux-musl"]));
    let run = sandbox.devshell(&["run", "--", "go", "x"]).env("GOTOOLCHAIN", "go1.99").env("GOROOT", "/nowhere");
    run.run().success().stdout("1.27.3 local unset x\n");
    server.forget_requests();
    sandbox.remove(sandbox.data());
    sandbox.remove(sandbox.cache());
    sandbox.run(&["install"]).success();
    let (os, arch) = here();
    assert_eq!(server.requests(), [format!("/go/go1.27.3.{os}-{arch}.tar.gz 200")]);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.read("devshell.lock"), text);
    // A pre-release is for those who ask for it.
    sandbox.manifest(r#"{ "tools": { "vendor:go": "1.28rc1" } }"#);
    sandbox.run(&["lock"]).success();
    assert_eq!(sandbox.lock()["tools"][0]["version"], "1.28rc1");
}

/// The Go of the test's host, as its vendor packs it; `None` without one.
fn real_go(sandbox: &Sandbox) -> Option<(String, Vec<u8>)> {
    let go = which::which("go").ok()?;
    let ask = |what: &str| sandbox.program(&go, &["env", what]).run().success().text().trim().to_owned();
    let (version, root) = (ask("GOVERSION"), ask("GOROOT"));
    let version = version.strip_prefix("go").filter(|version| !version.contains(' '))?;
    // Without the sources of its own programs, which are most of it.
    let pack =
        "mkdir go && cp -RL \"$0/bin\" \"$0/pkg\" \"$0/src\" \"$0/VERSION\" go/ && cp \"$0/go.env\" go/ 2>/dev/null
        rm -rf go/src/cmd && find go/src -name testdata -prune -exec rm -rf {} + && tar cf go.tar go";
    let outcome = sandbox.program("sh", &["-c", pack, &root]).directory("..").run_within(Duration::from_mins(5));
    outcome.success();
    let archive = gzipped(&fs_err::read(sandbox.home().join("go.tar")).unwrap());
    Some((version.to_owned(), archive))
}

/// With the Go of the host in the place of the vendor's, a module is built and tested without any network.
#[test]
fn a_real_go_builds_and_tests_a_module() {
    let packing = Sandbox::new().on_whole_host();
    let Some((version, archive)) = real_go(&packing) else {
        not_run("a_real_go_builds_and_tests_a_module", "there is no released Go on PATH; the fake one was run");
        return;
    };
    let server = go(&[(&version, true, archive)]);
    let sandbox = project(&server, r#""vendor:go": "1""#);
    sandbox.write("go.mod", "module shop.example/shop\n\ngo 1.21\n\ntoolchain go1.99.0\n");
    sandbox.write(
        "shop.go",
        "package main\n\nfunc Price(n int) int { return 3 * n }\n\nfunc main() { println(Price(2)) }\n",
    );
    let test = "package main\n\nimport \"testing\"\n\nfunc TestPrice(t *testing.T) {\n\tif Price(2) != 6 {\n\t\tt.Fail()\n\t}\n}\n";
    sandbox.write("shop_test.go", test);
    sandbox.run(&["lock"]).success();
    // What is compiled once is kept between runs of the tests: it is named by its content.
    let cache = sandbox.root().parent().unwrap().join("go-build");
    let run = |line: &[&str]| {
        let words = [&["run", "--"], line].concat();
        let devshell = sandbox.devshell(&words).env("GOCACHE", &cache).env("GOPROXY", "off");
        let outcome = devshell.run_within(Duration::from_mins(5));
        outcome.success();
        outcome
    };
    run(&["go", "version"]).stdout_contains(&format!("go{version} "));
    run(&["go", "env", "GOTOOLCHAIN"]).stdout("local\n");
    run(&["go", "build", "-o", "shop", "."]).stdout("");
    run(&["./shop"]).stderr("6\n");
    run(&["go", "test", "-vet=off", "."]).stdout_contains("ok  \tshop.example/shop");
    assert_eq!(server.requests().len(), 2);
}

/// A server with Terraform as HashiCorp has it: an index, zip archives, and a file with the hashes of all.
pub fn terraform() -> Registry {
    let server = Registry::new();
    let mut versions = json!({});
    for version in ["1.5.7", "1.13.2", "1.14.0-rc1"] {
        let (mut sums, mut builds) = (Vec::new(), Vec::new());
        for (os, arch) in SYSTEMS {
            let name = format!("terraform_{version}_{os}_{arch}.zip");
            let script = format!("#!/bin/sh\necho Terraform v{version} on {os}_{arch}\n");
            let archive = Archive::new().executable("terraform", &script).file("LICENSE.txt", "BUSL").packed("zip");
            sums.push(format!("{}  {name}\n", sha256(&archive)));
            server.serve(&format!("/terraform/{version}/{name}"), archive);
            builds.push(json!({ "name": "terraform", "version": version, "os": os, "arch": arch, "filename": name }));
        }
        server.serve(&format!("/terraform/{version}/terraform_{version}_SHA256SUMS"), sums.concat());
        versions[version] = json!({ "version": version, "builds": builds });
    }
    server.serve("/terraform/index.json", json!({ "name": "terraform", "versions": versions }).to_string());
    server
}

#[test]
fn terraform_is_added_with_its_hashes_and_its_licence() {
    let server = terraform();
    let sandbox = project(&server, "");
    let outcome = sandbox.run(&["add", "vendor:terraform"]);
    outcome.success().stderr_contains("+ vendor:terraform 1.13.2");
    outcome.stderr_contains("vendor:terraform 1.13.2 has the Business Source License 1.1, which");
    outcome.stderr_contains("vendor:terraform is published by HashiCorp\n");
    let lock = "/terraform/1.13.2/terraform_1.13.2_SHA256SUMS 200".to_owned();
    assert!(server.requests().contains(&lock), "{:?}", server.requests());
    assert!(sandbox.read("devshell.json").contains(r#""vendor:terraform": "^1.13""#));
    let (os, arch) = here();
    sandbox.run(&["run", "--", "terraform"]).success().stdout(&format!("Terraform v1.13.2 on {os}_{arch}\n"));
    let outcome = sandbox.run(&["add", "vendor:terraform@1.5"]);
    outcome.success().stderr_contains("vendor:terraform 1.13.2 -> 1.5.7").stderr_lacks("License");
    sandbox.run(&["outdated"]).success().stdout_contains("1.13.2");
    sandbox.run(&["doctor"]).stdout_contains("good   registry       127.0.0.1\n");
    server.fault("/terraform/index.json", Fault::NotFound);
    sandbox.run(&["doctor"]).stdout_contains("the vendor's server has no index of `vendor:terraform`");
}

/// Versions by the tags of a repository, files on the vendor's own server, each with its hash beside it.
#[test]
fn kubectl_is_a_bare_file_with_a_hash_beside_it() {
    let server = Registry::new();
    for version in ["1.33.1", "1.34.2"] {
        // The newest one is not there for a Mac yet.
        for (os, arch) in SYSTEMS.into_iter().filter(|(os, _)| version == "1.33.1" || *os == "linux") {
            let script = format!("#!/bin/sh\necho {version} {os} {arch}\n");
            let path = format!("/kubectl/release/v{version}/bin/{os}/{arch}/kubectl");
            server.serve(&format!("{path}.sha256"), sha256(&script));
            server.serve(&path, script);
        }
    }
    let releases = ["v1.33.1", "v1.34.2", "v1.35.0-alpha.1"].map(Release::new);
    let forge = Forge::with("kubernetes/kubernetes", releases);
    let sandbox = project(&server, r#""vendor:kubectl": "1""#);
    let registries = format!(r#"{{ "vendor": "{}", "github": "{}" }}"#, server.url(), forge.url());
    sandbox.config(format!(r#"{{ "registries": {registries} }}"#));
    sandbox.run(&["lock"]).success();
    assert_eq!(forge.requests(), ["/api/v3/repos/kubernetes/kubernetes/releases?per_page=100&page=1 200"]);
    let lock = sandbox.lock();
    assert_eq!(lock["tools"][0]["version"], "1.33.1");
    let artifacts = lock["tools"][0]["artifacts"].as_array().unwrap();
    assert!(artifacts.len() == 4 && artifacts.iter().all(|one| one["file"] == "kubectl" && one["unpack"] == "file"));
    forge.forget_requests();
    server.forget_requests();
    let (os, arch) = here();
    sandbox.run(&["run", "--", "kubectl"]).success().stdout(&format!("1.33.1 {os} {arch}\n"));
    assert_eq!(server.requests(), [format!("/kubectl/release/v1.33.1/bin/{os}/{arch}/kubectl 200")]);
    assert_eq!(forge.requests(), [""; 0]);
}

/// A Java Development Kit is a directory, on a Mac deep inside of the archive.
#[test]
fn java_home_is_where_the_commands_are() {
    let server = Registry::new();
    let script = "#!/bin/sh\ncat \"$JAVA_HOME/lib/modules\"\n";
    let mut binaries = Vec::new();
    for (os, arch) in [("linux", "x64"), ("linux", "aarch64"), ("mac", "x64"), ("mac", "aarch64")] {
        let root = if os == "mac" { "jdk-21.0.5+11/Contents/Home" } else { "jdk-21.0.5+11" };
        let archive = Archive::new().executable(&format!("{root}/bin/java"), script);
        let archive =
            archive.file(&format!("{root}/lib/modules"), "21\n").file("jdk-21.0.5+11/Contents/Info.plist", "");
        let archive = archive.executable("jdk-21.0.5+11/Contents/MacOS/libjli.dylib", "").packed("tar.gz");
        let name = format!("OpenJDK21U-jdk_{arch}_{os}_hotspot_21.0.5_11.tar.gz");
        binaries.push(json!({ "os": os, "architecture": arch, "image_type": "jdk",
            "package": { "name": name, "link": "https://elsewhere.example/", "checksum": sha256(&archive) } }));
        let path = format!("v3/binary/version/jdk-21.0.5%2B11/{os}/{arch}/jdk/hotspot/normal/eclipse?project=jdk");
        server.serve(&format!("/temurin/{path}"), archive);
    }
    server.serve("/temurin/v3/info/available_releases", json!({ "available_releases": [8, 21] }).to_string());
    let query = "heap_size=normal&image_type=jdk&jvm_impl=hotspot&page=0&page_size=20&project=jdk&sort_order=DESC&vendor=eclipse";
    let releases = json!([{ "release_name": "jdk-21.0.5+11", "binaries": binaries }]);
    server.serve(&format!("/temurin/v3/assets/feature_releases/21/ga?{query}"), releases.to_string());
    let sandbox = project(&server, "");
    let env = r#"{ "MODULES": "${tools.vendor:temurin.dir}/lib/modules" }"#;
    sandbox.manifest(format!(r#"{{ "tools": {{ "vendor:temurin": "21" }}, "env": {env} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "sh", "-c", "cat $MODULES"]).success().stdout("21\n");
    let run = sandbox.devshell(&["run", "--", "java"]).env("JAVA_HOME", "/nowhere");
    run.run().success().stdout("21\n");
    let of_mac = sandbox.devshell(&["env", "--format", "json"]).env("DEVSHELL_PLATFORM", "aarch64-darwin");
    of_mac.run().success().stdout_contains("/jdk-21.0.5+11/Contents/Home\"");
}

/// Without a published hash, that of the first download is locked; asking for newer versions downloads nothing.
#[test]
fn sqlc_has_the_hash_of_its_first_download() {
    let (server, forge) = (Registry::new(), Forge::with("sqlc-dev/sqlc", ["v1.29.0", "v1.30.0"].map(Release::new)));
    for (os, arch) in SYSTEMS {
        let archive = Archive::new().executable("sqlc", "#!/bin/sh\necho 1.29.0\n").packed("tar.gz");
        server.serve(&format!("/sqlc/sqlc_1.29.0_{os}_{arch}.tar.gz"), archive);
    }
    let sandbox = project(&server, r#""vendor:sqlc": "1""#);
    let registries = format!(r#"{{ "vendor": "{}", "github": "{}" }}"#, server.url(), forge.url());
    sandbox.config(format!(r#"{{ "registries": {registries} }}"#));
    sandbox
        .run(&["lock"])
        .success()
        .stderr_contains("vendor:sqlc 1.29.0 has the hash of its first download, because its vendor publishes none");
    sandbox.run(&["run", "--", "sqlc"]).success().stdout("1.29.0\n");
    server.forget_requests();
    sandbox.run(&["outdated"]).success().stdout_contains("1.30.0");
    assert_eq!(server.requests(), [""; 0]);
}

#[test]
fn the_page_lists_each_vendor() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/vendors.md");
    let page = fs_err::read_to_string(page).unwrap();
    for (name, _) in devshell::catalog::vendors() {
        assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
    }
}

/// Node's archive has one directory, with links among its commands; that of .NET has none.
#[test]
fn a_tool_is_given_its_own_directory() {
    let server = Registry::new();
    let node = Archive::new()
        .executable("node-v24.1.0/bin/node", "#!/bin/sh\ncat \"$npm_config_nodedir/include/node/node.h\"\n")
        .file("node-v24.1.0/include/node/node.h", "headers\n")
        .executable("node-v24.1.0/lib/node_modules/npm/bin/npm-cli.js", "#!/bin/sh\necho npm\n")
        .symlink("node-v24.1.0/bin/npm", "../lib/node_modules/npm/bin/npm-cli.js")
        .packed("tar.xz");
    let dotnet = Archive::new()
        .executable("dotnet", "#!/bin/sh\nls \"$DOTNET_ROOT/sdk\"\n")
        .file("sdk/9.0.308/dotnet.dll", "")
        .file("LICENSE.txt", "")
        .packed("tar.gz");
    let (mut sums, mut files) = (String::new(), Vec::new());
    for (os, arch) in [("darwin", "x64"), ("darwin", "arm64"), ("linux", "x64"), ("linux", "arm64")] {
        let name = format!("node-v24.1.0-{os}-{arch}.tar.xz");
        sums = format!("{sums}{}  {name}\n", sha256(&node));
        server.serve(&format!("/node/v24.1.0/{name}"), node.clone());
        let rid = format!("{}-{arch}", if os == "darwin" { "osx" } else { os });
        server.serve(&format!("/dotnet/Sdk/9.0.308/dotnet-sdk-9.0.308-{rid}.tar.gz"), dotnet.clone());
        let hash = devshell::digest::hex(&Sha512::digest(&dotnet));
        files.push(json!({ "name": format!("dotnet-sdk-{rid}.tar.gz"), "rid": rid, "hash": hash }));
    }
    let there = ["linux-arm64", "linux-x64", "osx-arm64-tar", "osx-x64-tar"];
    server.serve("/node/index.json", json!([{ "version": "v24.1.0", "files": there, "lts": false }]).to_string());
    server.serve("/node/v24.1.0/SHASUMS256.txt", sums);
    let index = json!({ "releases-index": [{ "channel-version": "9.0" }] });
    server.serve("/dotnet/release-metadata/releases-index.json", index.to_string());
    let releases = json!({ "releases": [{ "sdks": [{ "version": "9.0.308", "files": files }] }] });
    server.serve("/dotnet/release-metadata/9.0/releases.json", releases.to_string());
    let sandbox = project(&server, r#""vendor:node": "24", "vendor:dotnet": "9""#);
    sandbox.run(&["lock"]).success();
    for (command, expected) in [("node", "headers\n"), ("npm", "npm\n"), ("dotnet", "9.0.308\n")] {
        sandbox.run(&["run", "--", command]).success().stdout(expected);
    }
}

#[test]
fn what_a_vendor_does_not_have_is_said() {
    let server = go(&[("1.27.3", true, fake_go("1.27.3"))]);
    let sandbox = project(&server, r#""vendor:go": "2""#);
    sandbox.run(&["lock"]).code(5).stderr_contains(
        "devshell: no version of `vendor:go` satisfies `2`\nhint: the newest is 1.27.3; relax the requirement",
    );
    sandbox.manifest(r#"{ "tools": { "vendor:zig": "*" } }"#);
    sandbox.run(&["lock"]).code(5).stderr_contains(
        "devshell: the vendor's server has no index of `vendor:zig` at `index.json`\n\
         hint: if `registries` names a mirror for it, check the address; ",
    );
    server.fault("/zig/index.json", Fault::Status(401, 9));
    sandbox
        .run(&["lock"])
        .code(5)
        .stderr_contains("devshell: `zig` cannot be looked up\n")
        .stderr_contains("hint: devshell sends no credentials to vendors' servers and their mirrors");
    sandbox.manifest("{}");
    sandbox.run(&["add", "vendor:terrafrom"]).code(5).stderr_contains(
        "devshell: `vendor:terrafrom` is not in the catalog\n\
         hint: did you mean `vendor:terraform`? there are `vendor:consul`, `vendor:deno`, ",
    );
    sandbox.manifest("{\n  \"tools\": { \"vendor:terrafrom\": \"1\" }\n}");
    sandbox.run(&["lock"]).code(4).stderr_contains("devshell.json:2:14").stderr_contains("`vendor:terraform`?");
    sandbox.manifest(r#"{ "tools": { "vendor:go": { "version": "1", "url": "https://a.example" } } }"#);
    sandbox.run(&["lock"]).code(4).stderr_contains("`url` is for tools of the source `url`");
}

/// A vendor may have a server of its own, which is then the only one that is asked for it.
#[test]
fn a_vendor_is_bound_to_a_server() {
    let (all, own) = (go(&[("1.27.3", true, fake_go("all"))]), Registry::new());
    let archive = fake_go("own");
    let (os, arch) = here();
    let name = format!("go1.27.4.{os}-{arch}.tar.gz");
    own.serve(&format!("/mirror/{name}"), archive.clone());
    let file = json!({ "filename": name, "sha256": sha256(&archive) });
    let index = json!([{ "version": "go1.27.4", "stable": true, "files": [file] }]);
    own.serve("/mirror/?mode=json&include=all", index.to_string());
    let sandbox = project(&all, r#""vendor:go": "1""#);
    let rules = format!(r#"{{ "vendor:go": "{}mirror" }}"#, own.url());
    sandbox.manifest(format!(r#"{{ "tools": {{ "vendor:go": "1" }}, "registries": {rules} }}"#));
    sandbox.run(&["lock"]).success();
    sandbox.run(&["run", "--", "go"]).success().stdout("own local unset\n");
    assert_eq!(all.requests(), [""; 0]);
}

/// A lock is not believed that has something else than the vendor's file; neither is a server.
#[test]
fn what_was_replaced_is_refused() {
    let server = go(&[("1.27.3", true, fake_go("1.27.3"))]);
    server.serve("/go/evil.tar.gz", fake_go("evil"));
    let sandbox = project(&server, r#""vendor:go": "1""#);
    sandbox.run(&["lock"]).success();
    let lock = sandbox.read("devshell.lock");
    for (old, new) in [
        ("\"package\": \"go\"", "\"package\": \"zig\""),
        ("\"registry\": \"vendor\"", "\"registry\": \"url\""),
        ("\"file\": \"go1.27.3.", "\"file\": \"evil."),
        ("\"version\": \"1.27.3\", \"file\"", "\"version\": \"1.27.2\", \"file\""),
    ] {
        assert!(lock.contains(old), "{old}");
        sandbox.write("devshell.lock", lock.replace(old, new));
        server.forget_requests();
        assert!(!sandbox.run(&["install"]).ended_well(), "{new}");
        assert_eq!(server.requests(), [""; 0], "{new}");
    }
    sandbox.write("devshell.lock", &lock);
    for (os, arch) in SYSTEMS {
        server.serve(&format!("/go/go1.27.3.{os}-{arch}.tar.gz"), fake_go("evil"));
    }
    let outcome = sandbox.run(&["install"]);
    outcome.code(5).stderr_contains("has the hash ").stderr_contains("hint: its vendor replaced the file after");
}
