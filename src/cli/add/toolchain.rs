//! The file that says which Rust a project wants, where it has one.

use std::collections::BTreeMap;

use super::Wish;
use crate::cli::Context;
use crate::cli::failure::Failure;
use crate::files::most;
use crate::manifest::TOOLCHAIN_FILES;
use crate::name::ToolName;
use crate::project::Project;

/// For a toolchain of which no release is asked for, the file of the project that says which one is wanted.
pub fn files(cx: &Context, project: &Project, wishes: &[Wish]) -> Result<BTreeMap<ToolName, String>, Failure> {
    let mut files = BTreeMap::new();
    let wanting = wishes.iter().filter(|(name, asked)| name.is_toolchain() && asked.is_none() && !project.is_personal);
    for (name, _) in wanting {
        for file in TOOLCHAIN_FILES {
            let content = project.content(&cx.host, file, most::REQUIREMENTS).map_err(crate::road::RoadError::from)?;
            if content.is_some() {
                cx.ui.note(&format!("`{file}` says which `{name}`; `{name}@…` would name one"));
                files.insert(name.clone(), file.to_owned());
                break;
            }
        }
    }
    Ok(files)
}
