//! An environment that uv has filled: what is left to do, and which commands it has.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::overlay;
use super::site::records;
use crate::catalog;
use crate::files::{Beneath, bounded, most};
use crate::name::{CommandName, ToolName, normalized};
use crate::store::Programs;

/// What is left to do when uv has installed everything.
pub fn finish(staging: &Path, directory: &Path, is_project: bool, uv: &Path) -> std::io::Result<()> {
    // uv's own, which anybody may write to.
    let _ = fs_err::remove_file(staging.join(".lock"));
    let bin = staging.join("bin");
    let directory_of_scripts = Beneath::open(&bin)?;
    let (from, to) = (staging.to_string_lossy().into_owned(), directory.to_string_lossy().into_owned());
    for entry in fs_err::read_dir(&bin)? {
        let path = entry?.path();
        if path.is_symlink() {
            continue;
        }
        // Scripts name the environment they belong to, which is elsewhere from now on.
        if let Ok(text) = bounded::read_text(&path, most::DESCRIPTION)
            && text.contains(&from)
        {
            let mode = fs_err::symlink_metadata(&path)?.permissions().mode() & 0o7777;
            // It may be one file with uv's cache.
            let name = Path::new(path.file_name().unwrap_or_default());
            directory_of_scripts.replace(name, text.replace(&from, &to).as_bytes(), mode)?;
        }
    }
    if is_project {
        overlay::prepare(staging, directory, uv)?;
    }
    Ok(())
}

/// The commands of an environment, and those among them that are the tool's own.
pub fn programs(directory: &Path, tool: &ToolName) -> std::io::Result<Programs> {
    let entry = catalog::pypi_entry(tool);
    let mut packages = vec![normalized(entry.map_or(tool.package(), |entry| &entry.package))];
    packages.extend(entry.iter().flat_map(|entry| &entry.also).map(|name| normalized(name)));
    let bin = directory.join("bin");
    let mut programs = Programs::default();
    for entry in fs_err::read_dir(&bin)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        // Some packages bring the scripts of another system along.
        let name = name.filter(|name| ![".cmd", ".bat", ".exe", ".ps1"].iter().any(|end| name.ends_with(end)));
        if let Some(name) = name.and_then(|name| name.parse().ok()) {
            programs.all.insert(name, path);
        }
    }
    for record in records(directory, &packages)? {
        for line in bounded::read_text(&record, most::DESCRIPTION)?.lines() {
            let path = line.split(',').next().unwrap_or_default().trim_matches('"');
            let name: Option<CommandName> = path.rsplit_once("/bin/").and_then(|(_, name)| name.parse().ok());
            if let Some((name, path)) = name.and_then(|name| programs.all.get_key_value(&name)) {
                programs.own.insert(name.clone(), path.clone());
            }
        }
    }
    Ok(programs)
}
