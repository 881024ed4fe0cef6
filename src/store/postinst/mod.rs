//! The scripts that Debian packages would run when they are configured (deb-postinst(5)). None
//! ever is: the alternatives that they register are read in them, and this says which of them would do more than
//! that and what has no meaning in a prefix.

mod alternatives;
mod shell;

use std::collections::BTreeSet;
use std::path::Path;

pub use self::alternatives::Alternative;
pub use self::shell::commands as script_commands;

use super::Store;
use super::unpack::merged::CONTROL;
use crate::catalog::recipe;
use crate::files::{bounded, most};
use crate::lock::Artifact;

impl Store {
    /// The packages among these that are in the store, have such a script, and whose recipe does
    /// not say that it is not needed.
    pub fn unconfigured<'a>(&self, artifacts: impl Iterator<Item = &'a Artifact>) -> BTreeSet<&'a str> {
        let is_vouched_for = |package: &str| recipe::find(package).is_some_and(|found| found.recipe.scripts.is_some());
        let does_something =
            |artifact: &&Artifact| script(&self.object(artifact)).is_some_and(|script| does_something(&script));
        let packages = artifacts.filter(|artifact| !is_vouched_for(&artifact.package)).filter(does_something);
        packages.map(|artifact| artifact.package.as_str()).collect()
    }
}

/// The alternatives that an unpacked package registers.
pub fn alternatives(object: &Path) -> Vec<Alternative> {
    script(object).map(|script| alternatives::of(&script)).unwrap_or_default()
}

fn script(object: &Path) -> Option<String> {
    let script = bounded::read(&object.join(CONTROL).join("postinst"), most::DESCRIPTION).ok()?;
    Some(String::from_utf8_lossy(&script).into_owned())
}

/// Whether there is anything in a script but alternatives, conditions, and what debhelper writes into so many of
/// them: what starts services, compiles modules, and takes care of what older versions had left.
fn does_something(script: &str) -> bool {
    let mut is_generated = false;
    script.replace("\\\n", " ").lines().map(str::trim).any(|line| {
        if line.starts_with("# Automatically added by dh_") {
            is_generated = true;
        } else if line.starts_with("# End automatically added section") {
            is_generated = false;
        }
        let first = line.split_whitespace().next().unwrap_or_default();
        let is_nothing = line.is_empty()
            || line.starts_with('#')
            || ["update-alternatives", "exit", "set", ":", "case", "esac", ";;", "if", "then", "else", "fi"]
                .contains(&first)
            || line.ends_with(')') && !line.contains(' ');
        !is_generated && !is_nothing
    })
}

#[cfg(test)]
mod tests {
    use super::does_something;

    #[test]
    fn what_debhelper_writes_is_nothing() {
        let generated = "# Automatically added by dh_python3\nif true; then\n\tpy3compile -p x\nfi\n# End automatically added section\n";
        for (script, expected) in [
            (String::new(), false),
            (format!("#!/bin/sh\nset -e\n\n{generated}\nexit 0\n"), false),
            (format!("#!/bin/sh\nset -e\n{generated}\nupdate-alternatives \\\n  --install x\n{generated}"), false),
            (format!("#!/bin/sh\nset -e\n{generated}\nldconfig\n{generated}"), true),
            ("case \"$1\" in\n  configure)\n  update-alternatives --install x\n  ;;\nesac\n".to_owned(), false),
            ("if [ \"$1\" = configure ]\nthen\n  adduser x\nfi\n".to_owned(), true),
            ("#!/bin/sh\n  adduser --system x\n".to_owned(), true),
        ] {
            assert_eq!(does_something(&script), expected, "{script}");
        }
    }
}
