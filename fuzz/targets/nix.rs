//! Expressions of Nix, and what `print-dev-env` prints: each path that is found is in the text, but for what `+` joined to
//! it, and no path is found in what a comment hides. The script of a hook has no more lines than its parts.
#![no_main]

use std::path::Path;

use devshell::nix::{DevEnv, Surroundings, named, transform};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let found = named(text);
    for literal in &found.literals {
        assert!(!literal.path.is_empty());
        assert!(literal.path.split('/').filter(|part| !part.is_empty()).all(|part| text.contains(part)), "{literal:?}");
    }
    if !text.contains("*/") {
        assert!(named(&format!("/* {text}")).literals.is_empty());
    }
    if let Ok(env) = DevEnv::parse(text.as_bytes()) {
        let at = Surroundings { root: Path::new("/p"), files: Path::new("/k"), kept_by: None };
        let shell = transform(&env, &at);
        assert!(shell.variables.len() <= env.variables.len());
        assert!(shell.path.iter().all(|entry| !entry.is_empty() && !entry.contains(':')));
    }
});
