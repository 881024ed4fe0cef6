//! The manifest, a toolchain file and the user's own settings: parsing never panics, mistakes have places inside the
//! text, and an edit changes what it is about and nothing else.
#![no_main]

use devshell::manifest::{
    Manifest, TOOLCHAIN_FILES, add_tool, config, parse, parse_toolchain_file, remove_tool, wanted_devshell,
};
use devshell::name::ToolName;
use devshell::version::Requirement;
use libfuzzer_sys::fuzz_target;

const FILE: &str = "devshell.json";

fuzz_target!(|text: &str| {
    let _ = wanted_devshell(text);
    if let Err(problems) = config::parse("config.json", text) {
        assert!(problems.list.iter().all(|problem| text.get(problem.range.clone()).is_some()), "{problems:?}");
    }
    for file in TOOLCHAIN_FILES {
        if let Ok(read) = parse_toolchain_file(file, text) {
            // A lock has it as a text.
            assert_eq!(Requirement::try_from(read.requirement.to_string()).unwrap(), read.requirement);
        }
    }
    let manifest = match parse(FILE, text) {
        Ok(manifest) => manifest,
        Err(problems) => {
            assert!(!problems.list.is_empty());
            for problem in &problems.list {
                assert!(text.get(problem.range.clone()).is_some(), "{problem:?}");
            }
            return;
        }
    };
    let tool: ToolName = "npm:added".parse().unwrap();
    let environments =
        std::iter::once(None).chain(manifest.environments.keys().take(1).map(|name| Some(name.as_str())));
    for environment in environments {
        let added = add_tool(text, environment, &tool, Some(&">=1,<3".parse().unwrap()), &[]).unwrap();
        let with = parse(FILE, &added).unwrap_or_else(|problems| panic!("{problems}: {added}"));
        let layer = environment.map_or(&with.default, |name| &with.environments[name]);
        let found = layer.tools.iter().find(|found| found.name == tool).unwrap();
        assert_eq!(found.requirement.as_str(), ">=1,<3");
        assert_eq!(meaning(&with, &tool), meaning(&manifest, &tool), "{added}");
        let removed = remove_tool(&added, environment, &tool).unwrap().unwrap();
        let without = parse(FILE, &removed).unwrap_or_else(|problems| panic!("{problems}: {removed}"));
        let layer = environment.map_or(&without.default, |name| &without.environments[name]);
        assert!(layer.tools.iter().all(|left| left.name != tool), "{removed}");
        assert_eq!(meaning(&without, &tool), meaning(&manifest, &tool), "{removed}");
    }
});

/// All that a manifest says, less what it says about one tool and less where it says it.
fn meaning(manifest: &Manifest, tool: &ToolName) -> String {
    let mut manifest = manifest.clone();
    for layer in std::iter::once(&mut manifest.default).chain(manifest.environments.values_mut()) {
        layer.tools.retain(|other| other.name != *tool);
        for tool in &mut layer.tools {
            tool.range = 0..0;
            tool.line = 0;
        }
        for variable in &mut layer.variables {
            variable.line = 0;
        }
        for script in layer.scripts.values_mut() {
            script.line = 0;
        }
    }
    format!("{manifest:?}")
}
