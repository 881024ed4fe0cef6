//! Vendors whose lists have times, and those whose lists have none.

use serde_json::json;

use super::{THREE_DAYS, manifest, run, version};
use crate::support::{Archive, Forge, Registry, Release, Sandbox, ago, hours_ago, sha256};

/// A sandbox whose user has this server for all vendors, and this forge.
fn sandbox(server: &Registry, forge: &Forge) -> Sandbox {
    let sandbox = Sandbox::new();
    let registries = format!(r#"{{ "vendor": "{}", "github": "{}" }}"#, server.url(), forge.url());
    sandbox.config(format!(r#"{{ "registries": {registries} }}"#));
    sandbox
}

#[test]
fn a_young_version_of_a_vendor_waits() {
    let (server, forge) = (Registry::new(), Forge::new());
    let releases = [("24.1.0", 1000), ("24.2.0", 120), ("24.3.0", 0)].map(|(version, hours)| {
        let name = format!("node-v{version}-linux-x64.tar.xz");
        let archive = Archive::new().executable(&format!("node-v{version}/bin/node"), "").packed("tar.xz");
        server.serve(&format!("/node/v{version}/SHASUMS256.txt"), format!("{}  {name}\n", sha256(&archive)));
        server.serve(&format!("/node/v{version}/{name}"), archive);
        json!({ "version": format!("v{version}"), "date": ago(hours).day(), "files": ["linux-x64"], "lts": false })
    });
    server.serve("/node/index.json", json!(releases).to_string());
    let sandbox = sandbox(&server, &forge);
    let here = format!(r#"{THREE_DAYS}, "platforms": ["x86_64-linux"]"#);
    manifest(&sandbox, &here, r#""vendor:node": "24""#);
    run(&sandbox, &["lock"]).success().stderr_contains("  vendor:node 24.3.0 is 0 minutes old; locking 24.2.0\n");
    assert_eq!(version(&sandbox), "24.2.0");
    run(&sandbox, &["outdated"]).success().stdout("");
    manifest(&sandbox, &here, r#""vendor:node": "24.3""#);
    run(&sandbox, &["lock"]).code(5).stderr_contains(
        "devshell: no version of `vendor:node` within `24.3` is old enough: 24.3.0 is 0 minutes old, and `min-age` is 3 days\n",
    );
}

/// A list without times is no way around the minimum age, and the error says what is.
#[test]
fn a_vendor_without_times_is_exempt_or_not_locked() {
    let (server, forge) = (Registry::new(), Forge::new());
    let archive = Archive::new().executable("go/bin/go", "").packed("tar.gz");
    let file = json!({ "filename": "go1.27.3.linux-amd64.tar.gz", "sha256": sha256(&archive) });
    let index = json!([{ "version": "go1.27.3", "stable": true, "files": [file] }]);
    server.serve("/go/?mode=json&include=all", index.to_string());
    let sandbox = sandbox(&server, &forge);
    let here = format!(r#"{THREE_DAYS}, "platforms": ["x86_64-linux"]"#);
    manifest(&sandbox, &here, r#""vendor:go": "1""#);
    run(&sandbox, &["lock"]).code(5).stderr(
        "devshell: the vendor's server does not say when versions of `vendor:go` were published, and `min-age` is 3 days\n\
         hint: exempt the tool in the manifest: \"vendor:go\": { \"version\": …, \"min-age\": \"0\" }\n",
    );
    manifest(&sandbox, &here, r#""vendor:go": { "version": "1", "min-age": "0" }"#);
    run(&sandbox, &["lock"]).success();
    // What is locked stays.
    manifest(&sandbox, &here, r#""vendor:go": "1""#);
    run(&sandbox, &["lock", "--check"]).success();
}

/// Where versions are releases on GitHub, the page that is full of young ones is not the last one that is asked for.
#[test]
fn older_releases_of_a_vendor_are_on_further_pages() {
    let server = Registry::new();
    let young = (1..4).map(|patch| Release::new(&format!("v1.34.{patch}")).published(hours_ago(5)));
    let forge = Forge::with("kubernetes/kubernetes", std::iter::once(Release::new("v1.34.0")).chain(young));
    forge.page(2);
    server.serve("/kubectl/release/v1.34.0/bin/linux/amd64/kubectl.sha256", sha256("kubectl"));
    let sandbox = sandbox(&server, &forge);
    manifest(&sandbox, &format!(r#"{THREE_DAYS}, "platforms": ["x86_64-linux"]"#), r#""vendor:kubectl": "1""#);
    run(&sandbox, &["lock"]).success().stderr_contains("vendor:kubectl 1.34.3 is 5 hours old; locking 1.34.0\n");
    assert_eq!((version(&sandbox).as_str(), forge.questions().len()), ("1.34.0", 2));
}
