//! What the words of `devshell add` ask for.

use super::followed::{Followed, Usable};
use super::{Arguments, unknown};
use crate::catalog;
use crate::cli::failure::{Failure, code};
use crate::cli::{Context, tool_names};
use crate::host::Host;
use crate::manifest::{Addition, Layer, Manifest, Takes, Tool, split_requirement};
use crate::name::ToolName;
use crate::project::Project;
use crate::version::Requirement;

/// A tool to add, and the requirement that was asked for.
pub type Wish = (ToolName, Option<Requirement>);

/// What the words ask for, and what they were followed to. A tool that is there already and for which no version is
/// asked stays as it is.
pub fn of(
    cx: &Context,
    arguments: &Arguments,
    words: &[String],
    (project, before, there): (&Project, &Manifest, Option<&Layer>),
) -> Result<(Vec<Wish>, Followed), Failure> {
    let (mut wishes, mut failures) = (Vec::new(), Vec::new());
    let (mut followed, usable) = (Followed::default(), Usable::new(cx, (project, before)));
    let mut lead = |word: &ToolName| {
        let mut layers = there.into_iter().chain([&before.default]);
        let is_there = layers.any(|layer| layer.tools.iter().any(|tool| tool.name == *word));
        if is_there || word.source().is_some() { None } else { followed.follow(word, &usable) }
    };
    for word in words {
        match parse(&cx.host, word, &mut lead) {
            Ok(wish) => wishes.push(wish),
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(code) = failures.iter().map(|failure| failure.code).min() {
        return Err(Failure { code, reports: failures.into_iter().flat_map(|failure| failure.reports).collect() });
    }
    check_addresses(&wishes, arguments.url.as_deref(), there)?;
    wishes.retain_mut(|(name, asked)| {
        let old = there.and_then(|layer| layer.tools.iter().find(|tool| tool.name == *name));
        let moves = |tool: &&Tool| {
            asked.is_some()
                || !arguments.with.is_empty()
                || arguments.suite.as_ref().is_some_and(|suite| tool.suite() != Some(suite))
        };
        if let Some(tool) = old {
            // A repository may be typed in other capitals than the manifest has.
            name.clone_from(&tool.name);
        }
        let Some(tool) = old.filter(|tool| !moves(tool)) else {
            // Something beside a tool is no reason to ask for another version of it.
            let kept = old.filter(|_| !arguments.with.is_empty()).map(|tool| tool.requirement.clone());
            *asked = asked.take().or(kept);
            return true;
        };
        cx.ui.note(&format!("`{name}` is in the manifest already, as `{}`; `{name}@…` changes that", tool.requirement));
        false
    });
    Ok((wishes, followed))
}

/// What to write beside a tool: what is there already, and what is asked for.
pub fn additions(arguments: &Arguments, wishes: &[Wish], there: Option<&Layer>) -> Result<Vec<String>, Failure> {
    if arguments.with.is_empty() {
        return Ok(Vec::new());
    }
    let [(name, _)] = wishes else {
        let hint = "such as `devshell add npm:eslint --with npm:@eslint/js`".to_owned();
        return Err(Failure::said(code::USAGE, "`--with` is for one tool", hint));
    };
    if Takes::of(name) != Takes::Additions {
        let text = format!("`--with` is for tools of npm and of Python package indexes, and `{name}` is not one");
        return Err(Failure::said(code::USAGE, text, None));
    }
    let old = there.and_then(|layer| layer.tools.iter().find(|tool| tool.name == *name));
    let mut list: Vec<Addition> = old.map(|tool| tool.additions().to_vec()).unwrap_or_default();
    for word in &arguments.with {
        let (_, addition) = Addition::parse(word, name.source())
            .map_err(|error| Failure::said(code::USAGE, error.to_string(), None))?;
        list.retain(|old| old.package != addition.package);
        list.push(addition);
    }
    let label = name.source().map(|source| format!("{source}:")).unwrap_or_default();
    Ok(list.iter().map(|addition| format!("{label}{addition}")).collect())
}

/// An address is for one tool of the source `url`, and such a tool needs one, and a version.
fn check_addresses(wishes: &[Wish], url: Option<&str>, there: Option<&Layer>) -> Result<(), Failure> {
    let is_url = |name: &ToolName| Takes::of(name) == Takes::Address;
    if url.is_some() && !matches!(wishes, [(name, Some(_))] if is_url(name)) {
        let hint = "such as `devshell add url:mytool@1.4.0 --url ADDRESS`".to_owned();
        return Err(Failure::said(code::USAGE, "`--url` is for one tool, `url:NAME@VERSION`", hint));
    }
    for (name, asked) in wishes.iter().filter(|(name, _)| is_url(name)) {
        let known = there.is_some_and(|layer| layer.tools.iter().any(|tool| tool.name == *name));
        if !known && (url.is_none() || asked.is_none()) {
            let (package, version) = (name.package(), asked.as_ref().map_or("VERSION", Requirement::as_str));
            let hint = format!(
                "`devshell add {name}@{version} --url 'https://…/{package}-{{version}}-{{os}}-{{arch}}.tar.gz'`"
            );
            let what = if asked.is_none() { "a version and an address" } else { "an address" };
            return Err(Failure::said(code::USAGE, format!("`{name}` needs {what}"), hint));
        }
    }
    Ok(())
}

/// `name`, or `name@requirement`. `lead` says what to add for a name that leads elsewhere.
fn parse(host: &Host, word: &str, lead: &mut dyn FnMut(&ToolName) -> Option<ToolName>) -> Result<Wish, Failure> {
    let (name, requirement) = split_requirement(word);
    let name = tool_names::parse(name)?;
    let name = match lead(&name) {
        Some(other) => other,
        None => known(host, name, requirement)?,
    };
    let requirement = requirement.map(|text| tool_names::requirement_of(&name, text)).transpose()?;
    Ok((name, requirement))
}

/// The name, if the catalog knows it, or the only repository that has a tool of that name.
fn known(host: &Host, name: ToolName, requirement: Option<&str>) -> Result<ToolName, Failure> {
    let Err(error) = catalog::find(&name) else { return Ok(name) };
    unknown::repository(&name).unwrap_or_else(|| {
        let hint = unknown::way_on(host, &error, requirement);
        Err(Failure::said(code::TOOL, error.to_string(), hint))
    })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::host::Host;
    use crate::version::Requirement;

    #[test]
    fn words_are_taken_apart() {
        let host = Host::snapshot(None).unwrap();
        for (word, name, requirement) in [
            ("node", "node", None),
            ("node@22", "node", Some("22")),
            ("rust@nightly", "rust", Some("nightly")),
            ("npm:@biomejs/biome", "npm:@biomejs/biome", None),
            ("npm:@biomejs/biome@^2", "npm:@biomejs/biome", Some("^2")),
        ] {
            let (parsed, asked) = parse(&host, word, &mut |_| None).ok().unwrap();
            assert_eq!((parsed.as_str(), asked.as_ref().map(Requirement::as_str)), (name, requirement));
        }
        for (word, exit) in
            [("node@", 2), ("node@nightly", 2), ("rust@mine", 2), ("a b", 2), ("nodejs-typo", 5), ("brew:jq", 2)]
        {
            assert_eq!(parse(&host, word, &mut |_| None).err().unwrap().code, exit, "{word}");
        }
    }
}
