//! Env files: reading one never panics, and what was read is written as `devshell env` writes it
//! and read again as the same.
#![no_main]

use devshell::env::{Applied, Variables, parse_env_file, render_dotenv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(read) = parse_env_file(text) else { return };
    let variables: Variables = read.variables.iter().map(|d| (d.name.as_str().into(), (&d.value).into())).collect();
    let applied = Applied { variables: variables.clone(), ..Applied::default() };
    let written = String::from_utf8(render_dotenv(&applied, &Variables::new())).unwrap();
    let again = parse_env_file(&written).unwrap();
    let again: Variables = again.variables.into_iter().map(|d| (d.name.as_str().into(), d.value.into())).collect();
    assert_eq!(again, variables, "{written}");
});
