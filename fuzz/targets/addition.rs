//! Packages beside a tool: what is read is written as what reads the same, with the tool's source and without it.
#![no_main]

use devshell::manifest::{Addition, split_requirement};
use devshell::name::SourceLabel;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (name, requirement) = split_requirement(text);
    assert_eq!(requirement.map_or_else(|| name.to_owned(), |rest| format!("{name}@{rest}")), text);
    if let Ok(read) = text.parse::<Addition>() {
        let written = read.to_string();
        assert_eq!(written.parse::<Addition>().unwrap(), read, "{written}");
    }
    for own in SourceLabel::ALL.into_iter().map(Some).chain([None]) {
        let Ok((found, read)) = Addition::parse(text, own) else { continue };
        assert!(own.is_none() || found == own, "{found:?}");
        let written = read.to_string();
        assert_eq!(Addition::parse(&written, found).unwrap(), (found, read), "{written}");
    }
});
