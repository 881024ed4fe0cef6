//! Which index a package is asked of, and the same as uv's settings in a `pyproject.toml` say it.

use std::fmt::Write as _;

use url::Url;

use crate::source::{PythonError, ResolveError, Sources};

/// The address of a package's index.
pub fn index_of(package: &str, sources: &Sources) -> Result<Url, PythonError> {
    sources.python_index_of(package).map_err(in_lookup)
}

/// Looking something up is a part of installing.
pub fn in_lookup(error: ResolveError) -> PythonError {
    PythonError::Lookup(Box::new(error))
}

/// The tables of uv for names that have indexes of their own. uv heeds an index for direct dependencies alone.
pub fn tables(bound: &[(String, Url)]) -> String {
    let mut text = String::new();
    for (index, (_, url)) in bound.iter().enumerate() {
        let _ = writeln!(text, "[[tool.uv.index]]\nname = \"bound-{index}\"\nurl = \"{url}\"\nexplicit = true");
    }
    let _ = writeln!(text, "[tool.uv.sources]");
    for (index, (name, _)) in bound.iter().enumerate() {
        let _ = writeln!(text, "{name} = {{ index = \"bound-{index}\" }}");
    }
    text
}
