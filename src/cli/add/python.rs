//! `devshell add python`: the `python` block, which a project's Python is, rather than a tool.

use super::{Arguments, suites};
use crate::cli::failure::{Failure, code};
use crate::cli::{Context, tool_names};
use crate::lock::Lock;
use crate::manifest::{self, Manifest, PythonOrigin};
use crate::name::Suite;
use crate::project::Project;
use crate::version::Requirement;

/// The block that is wanted.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// `None` leaves it to what there is.
    pub version: Option<Requirement>,
    /// Where the interpreter comes from; `None` leaves it as it is.
    pub origin: Option<PythonOrigin>,
    pub suite: Option<Suite>,
}

/// What installs into a Python, or makes environments of it: the block does that.
const PART_OF_IT: [&str; 5] = ["pip", "pip3", "venv", "virtualenv", "pyenv"];

/// Takes the words about Python out of those to add, and makes a block of them. A user's own settings have
/// no block: there the words are tools.
pub fn taken_out(
    cx: &Context,
    arguments: &Arguments,
    words: &mut Vec<String>,
    (project, before): (&Project, &Manifest),
) -> Result<Option<Block>, Failure> {
    let found = if arguments.whose.is_personal() { None } else { words.iter().position(|word| split(word).is_some()) };
    if let Some(word) = words.iter().find(|word| PART_OF_IT.contains(&word.split('@').next().unwrap_or_default())) {
        return Err(part_of_it(word, before));
    }
    let Some(index) = found else {
        return match arguments.from {
            None => Ok(None),
            Some(_) => {
                let hint = "such as `devshell add python@3.13 --from host`".to_owned();
                Err(Failure::said(code::USAGE, "`--from` is for `python`", hint))
            }
        };
    };
    let word = words.remove(index);
    if arguments.environment.is_some() {
        let hint = format!("`devshell add {word}`");
        return Err(Failure::said(code::USAGE, "all environments of a manifest share one Python", hint));
    }
    let version = split(&word).filter(|version| !version.is_empty()).map(tool_names::requirement).transpose()?;
    let origin = arguments.from;
    let suite = (origin == Some(PythonOrigin::Deb))
        .then(|| arguments.suite.clone().or_else(|| suites::usual(cx, project, before, "Debian's Python")));
    if let Some(python) = before.python.as_ref().filter(|_| version.is_none() && origin.is_none()) {
        let text = format!("`python` is in the manifest already, as `{}`; `python@…` changes that", python.version);
        cx.ui.note(&text);
        return Ok(None);
    }
    Ok(Some(Block { version, origin, suite: suite.flatten() }))
}

/// The requirement of `python@3.13`: empty if there is none after the name, and `None` if the word is not about Python.
fn split(word: &str) -> Option<&str> {
    let (name, version) = word.split_once('@').unwrap_or((word, ""));
    match (name.strip_prefix("python")?, version) {
        ("" | "3", version) => Some(version),
        // As Debian and Homebrew name them.
        (minor, "") if minor.starts_with("3.") => Some(minor),
        _ => None,
    }
}

/// Why what belongs to Python is not a tool.
fn part_of_it(word: &str, before: &Manifest) -> Failure {
    let name = word.split('@').next().unwrap_or_default();
    let text = format!("`{name}` is not a tool; use the `python` block of the manifest");
    let hint = match &before.python {
        Some(python) if !python.requirements.is_empty() => {
            let file = &python.requirements[0].path;
            format!("write packages into {file}, then `devshell lock`; they are in the dev shell then")
        }
        Some(_) => {
            "write packages into requirements.txt, and name it in the block: \"requirements\": [\"requirements.txt\"]"
                .to_owned()
        }
        None => "`devshell add python@3.13` makes an environment; its `requirements` name the files with packages"
            .to_owned(),
    };
    Failure::said(code::USAGE, text, hint)
}

impl Block {
    /// The manifest with the block. `found` is a lock that was made for any Python 3, to learn which one there
    /// is.
    pub fn written(
        &self,
        cx: &Context,
        text: &str,
        before: &Manifest,
        found: Option<&Lock>,
    ) -> Result<String, Failure> {
        let old = before.python.as_ref();
        let learnt = found.and_then(|lock| self.compatible(cx, lock));
        let version = self.version.clone().or_else(|| old.map(|python| python.version.clone())).or(learnt);
        let version = version.unwrap_or_else(any_python_3);
        let edited = manifest::set_python(text, &version, self.origin, self.suite.as_ref());
        edited.map_err(|error| Failure::said(code::MANIFEST, error.to_string(), None))
    }

    /// The requirement for a Python that was added without one: the series that there is, or from it on where
    /// the machine decides.
    fn compatible(&self, cx: &Context, lock: &Lock) -> Option<Requirement> {
        let locked = lock.python.as_ref()?;
        let of_host = || cx.road().uv().host_version(&any_python_3());
        let version = locked.version.as_deref().map(str::to_owned).or_else(of_host)?;
        let series = version.split('.').take(2).collect::<Vec<_>>().join(".");
        match self.origin.unwrap_or_default() {
            PythonOrigin::Uv => series.parse().ok(),
            PythonOrigin::Host | PythonOrigin::Deb => format!(">={series}").parse().ok(),
        }
    }
}

fn any_python_3() -> Requirement {
    ">=3".parse().expect("it is a requirement")
}

/// Says what a new block has no packages from, though the file is there.
pub fn note_files(cx: &Context, project: &crate::project::Project, before: &Manifest) {
    let names_none = before.python.as_ref().is_none_or(|python| python.requirements.is_empty());
    let file = ["requirements.txt", "pyproject.toml"].into_iter().find(|file| project.root.join(file).is_file());
    if let Some(file) = file.filter(|_| names_none) {
        cx.ui.note(&format!(
            "  {file} is there; to install its packages, write \"requirements\": [\"{file}\"] into the `python` block, then `devshell lock`"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn pythons_have_several_names() {
        for (word, expected) in [
            ("python", Some("")),
            ("python3", Some("")),
            ("python@3.13", Some("3.13")),
            ("python3@>=3.10", Some(">=3.10")),
            ("python3.12", Some("3.12")),
            ("python-lsp-server", None),
            ("pythonista@1", None),
            ("deb:python3", None),
        ] {
            assert_eq!(split(word), expected, "{word}");
        }
    }
}
