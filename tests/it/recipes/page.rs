//! The code blocks of `docs/ci.md`.

use std::path::Path;

/// The text of a block of a language below a heading; `index` counts from 0.
#[track_caller]
pub fn block(heading: &str, language: &str, index: usize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md");
    let page = fs_err::read_to_string(path).unwrap();
    let (fence, mut inside, mut blocks) = (format!("```{language}"), false, Vec::new());
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| line.trim_start() != "```").collect();
            blocks.extend((inside && line.trim() == fence).then(|| text.join("\n") + "\n"));
        } else if line.starts_with('#') {
            inside = line.trim_start_matches('#').trim() == heading;
        }
    }
    assert!(index < blocks.len(), "docs/ci.md has no block {index} of {language} below `{heading}`");
    blocks.swap_remove(index)
}

/// The code in backticks below a heading that begins with these words.
#[track_caller]
pub fn inline(heading: &str, start: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md");
    let page = fs_err::read_to_string(path).unwrap();
    let (_, below) = page.split_once(&format!("\n## {heading}\n")).expect("the heading");
    let section = below.split("\n## ").next().unwrap_or_default();
    let code = section.split('`').skip(1).step_by(2).find(|code| code.starts_with(start));
    code.unwrap_or_else(|| panic!("`{start}` is not in docs/ci.md below `{heading}`")).to_owned()
}
