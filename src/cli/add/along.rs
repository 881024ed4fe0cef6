//! What `devshell add` adds along with a tool, because people expect it to be there: `npm` and `npx` with `node`. It
//! is a tool like any other, in the manifest and in the lock, and can be removed.

use super::Wish;
use crate::catalog::{self, Entry, NpmEntry};
use crate::cli::Context;
use crate::lock::Lock;
use crate::manifest::Layer;
use crate::name::ToolName;
use crate::source::Sources;
use crate::version::Requirement;

fn entry(name: &ToolName) -> Option<&'static NpmEntry> {
    match catalog::find(name).ok()?.entry {
        Some(Entry::Npm(entry)) => Some(entry),
        _ => None,
    }
}

/// The tools to add along with those that are new in these layers.
pub fn of(cx: &Context, wishes: &[Wish], layers: &[&Layer], sources: &Sources) -> Vec<ToolName> {
    let is_there = |name: &ToolName| layers.iter().any(|layer| layer.tools.iter().any(|tool| tool.name == *name));
    let is_meant = |name: &ToolName| is_there(name) || wishes.iter().any(|(wish, _)| wish == name);
    let new = wishes.iter().filter(|(name, _)| !is_there(name));
    let along = new.flat_map(|(name, _)| {
        entry(name).into_iter().flat_map(move |entry| entry.along.keys().map(move |it| (name, it)))
    });
    let mut added = Vec::new();
    for (name, along) in along.filter(|(_, along)| !is_meant(along)) {
        // A mirror may lack it, which is no reason not to add what was asked for.
        match sources.of_tool(along).map(|source| source.newest(along, &Requirement::any())) {
            Ok(Ok(Some(_))) => {
                cx.ui.note(&format!("also adding `{along}`; `devshell remove {along}` takes it out again"));
                added.push(along.clone());
            }
            _ => {
                let text = format!("`{along}`, which usually comes with `{name}`, cannot be reached; it is left out");
                cx.ui.note(&text);
            }
        }
    }
    added
}

/// The requirement for a tool that came along: the versions that are released with those of the tool it came with.
pub fn requirement(name: &ToolName, found: &Lock) -> Option<Requirement> {
    found.tools.iter().find_map(|locked| {
        let with = entry(&locked.tool)?.along.get(name)?;
        with.get(locked.version.as_deref()?.split('.').next()?)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_along_has_good_requirements() {
        let mut count = 0;
        for (name, _) in catalog::entries() {
            for (along, requirements) in entry(&name.parse().unwrap()).into_iter().flat_map(|entry| &entry.along) {
                assert!(catalog::find(along).is_ok(), "{along}");
                for text in requirements.values() {
                    text.parse::<Requirement>().unwrap();
                    count += 1;
                }
            }
        }
        assert!(count > 3, "{count}");
    }
}
