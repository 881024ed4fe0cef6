//! `docs/reliability.md` is held to the tests: each one it names exists, and expects the text that
//! the page shows.

use std::path::Path;

#[test]
fn the_table_of_faults_names_tests_and_the_texts_they_expect() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs_err::read_to_string(root.join("docs/reliability.md")).unwrap();
    let mut rows = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |")) {
        let columns: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        let [_, seen, _, name] = columns[..] else { panic!("not four columns: {row}") };
        let (file, function) = name.trim().trim_matches('`').rsplit_once("::").unwrap();
        let path = root.join("tests/it").join(file.replace("::", "/")).with_extension("rs");
        let text = fs_err::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {row}"));
        assert!(text.contains(&format!("#[test]\nfn {function}() {{\n")), "there is no test {name}");
        // Between the marks stands the text; `…` is for what differs from run to run. In the test
        // quotation marks have a backslash in front.
        let text = text.replace("\\\"", "\"");
        for message in seen.split("``").skip(1).step_by(2) {
            for piece in message.trim_end().split('…') {
                assert!(text.contains(piece.trim_start()), "{} does not expect `{piece}`", path.display());
            }
        }
        rows += 1;
    }
    assert!(rows > 50, "only {rows} rows were understood");
}
