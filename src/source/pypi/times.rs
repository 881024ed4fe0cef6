//! When files were uploaded, where a minimum age counts.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Asked, ResolveError, at_once, exempt};
use super::{File, Limit, PypiSource, PythonError, WORDS, choose, releases};
use crate::date::Date;
use crate::lock::Artifact;

impl PypiSource<'_> {
    /// The wheels of each version that were uploaded long enough ago. The best version is taken or passed over.
    pub fn old_enough<'f>(
        &self,
        files: &'f [File],
        asked: &Asked,
    ) -> Result<BTreeMap<&'f str, Vec<&'f File>>, ResolveError> {
        let all = releases(files);
        let Some(cutoff) = self.ages.cutoff(asked)? else { return Ok(all) };
        let accepted = asked.accepted();
        let Some(best) = choose(&all, &accepted) else { return Ok(all) };
        if files.iter().all(|file| file.uploaded.is_none()) {
            return Err(cutoff.no_times(asked, WORDS.asks));
        }
        let is_old = |file: &&File| file.uploaded.is_some_and(|uploaded| cutoff.accepts(uploaded));
        let old = releases(files.iter().filter(is_old));
        let uploaded = all[best].iter().filter_map(|file| file.uploaded).min();
        match choose(&old, &accepted) {
            None => return Err(cutoff.too_young(asked, best, uploaded)),
            Some(taken) if taken != best => {
                let why = uploaded.map_or_else(|| "has no date".to_owned(), |uploaded| cutoff.young(uploaded));
                self.passed.keep(asked, best, &why, taken);
            }
            Some(_) => {}
        }
        Ok(old)
    }

    /// The limit for a tool and all it needs: its own `min-age`, the `python` block's `exclude-newer`, or `min-age`.
    pub fn limit_of(&self, package: &str, asked: &Asked) -> Result<Limit, ResolveError> {
        let of_block = self.manifest.interpreter().exclude_newer;
        if of_block.is_some() && self.ages.own(asked.name, asked.requirement).is_none() {
            return Ok(Limit { exclude_newer: of_block, ..Limit::default() });
        }
        let Some(cutoff) = self.ages.of_tool(asked.name, asked.requirement)? else { return Ok(Limit::default()) };
        let files = self.files(package)?;
        self.old_enough(&files, asked)?;
        let min_age = Some((cutoff.age(), exempt(asked.name)));
        let mut limit = Limit { exclude_newer: Some(cutoff.text(None)), locked: Vec::new(), min_age };
        if let Some(version) = asked.version {
            let uploaded = uploaded(&files, version).filter(|uploaded| !cutoff.accepts(*uploaded));
            limit.locked.extend(uploaded.map(|uploaded| (package.to_owned(), just_after(uploaded))));
        }
        Ok(limit)
    }

    /// The limit for the project's packages. What is locked stays, even if it is younger.
    pub fn limit_of_project(&self, previous: &[Artifact]) -> Result<Limit, ResolveError> {
        if let Some(explicit) = self.manifest.interpreter().exclude_newer {
            return Ok(Limit { exclude_newer: Some(explicit), ..Limit::default() });
        }
        let Some(cutoff) = self.ages.of_block()? else { return Ok(Limit::default()) };
        let locked: BTreeSet<(&str, &str)> =
            previous.iter().map(|artifact| (artifact.package.as_str(), artifact.version.as_str())).collect();
        let locked = at_once(locked, |(package, version)| {
            // A package that is gone is found out by who resolves it.
            let uploaded = uploaded(&self.files(package).ok()?, version)?;
            (!cutoff.accepts(uploaded)).then(|| (package.to_owned(), just_after(uploaded)))
        });
        Ok(Limit {
            exclude_newer: Some(cutoff.text(None)),
            locked: locked.into_iter().flatten().collect(),
            min_age: Some((cutoff.age(), EXEMPT.to_owned())),
        })
    }
}

/// How to lock a project's packages whatever their age.
const EXEMPT: &str = "exempt the packages in the manifest: \"python\": { …, \"min-age\": \"0\" }";

/// uv's error with a hint about the minimum age, if that is what left packages out.
pub fn explained(error: PythonError, limit: &Limit) -> PythonError {
    let (PythonError::Uv { text, hint: Some(hint) }, Some((age, way_out))) = (&error, &limit.min_age) else {
        return error;
    };
    // Such as "`a` was filtered by `exclude-newer` to … is v1.1, published at 2026-11-29T21:53:51Z. Consider …".
    let Some((before, after)) = hint.split_once("` was filtered by `exclude-newer`") else { return error };
    let package = before.rsplit('`').next().unwrap_or_default();
    let published = after.split_once(", published at ").and_then(|(_, rest)| rest.split_once(". "));
    let why = match published {
        Some((time, _)) => format!("`{package}` was published at {time}"),
        None => format!("the index does not say when `{package}` was published"),
    };
    let hint = Some(format!("`min-age` is {age}, and {why}: {way_out}"));
    PythonError::Uv { text: text.clone(), hint }
}

/// When the last file of a version was uploaded.
fn uploaded(files: &[File], version: &str) -> Option<i64> {
    let own = files.iter().filter(|file| file.wheel().is_some_and(|wheel| wheel.version == version));
    own.filter_map(|file| file.uploaded).max()
}

/// The second after a time, since uv leaves out what was uploaded at the very time it is given.
fn just_after(uploaded: i64) -> String {
    Date::of_seconds(uploaded + 1).rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hint::Hint as _;

    #[test]
    fn what_uv_leaves_out_is_explained() {
        let limit = |min_age: Option<&str>| Limit {
            min_age: min_age.map(|age| (age.parse().unwrap(), EXEMPT.to_owned())),
            ..Limit::default()
        };
        let left_out = "`a-b` was filtered by `exclude-newer` to only include packages uploaded before \
                        2026-11-27T00:00:00Z. The latest version satisfying the requirement is v1.1";
        let with = format!("{left_out}, published at 2026-11-29T21:53:51Z. Consider x.");
        let without = format!("{left_out}. Consider x.");
        let by = |hint: &str, limit: &Limit| {
            let error = PythonError::Uv { text: "no".to_owned(), hint: Some(hint.to_owned()) };
            explained(error, limit).hint().unwrap()
        };
        let aged = limit(Some("3 days"));
        let young = "`a-b` was published at 2026-11-29T21:53:51Z";
        let silent = "the index does not say when `a-b` was published";
        assert_eq!(by(&with, &aged), format!("`min-age` is 3 days, and {young}: {EXEMPT}"));
        assert_eq!(by(&without, &aged), format!("`min-age` is 3 days, and {silent}: {EXEMPT}"));
        assert_eq!(by(&with, &limit(None)), with);
        assert_eq!(by("try another", &aged), "try another");
    }
}
