//! The packages that are asked of an index of their own, as uv's settings in a `pyproject.toml` say it.

use std::fmt::Write as _;

use url::Url;

/// The tables of uv for names with their indexes. uv heeds an index for direct dependencies alone.
pub fn indexes(bound: &[(String, Url)]) -> String {
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
