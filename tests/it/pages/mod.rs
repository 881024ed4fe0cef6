//! The `console` blocks of the pages. Each is run by the test of its page, on a terminal, and its output compared line
//! by line; or the comment before it says why not. `DEVSHELL_WRITE_DOCS=1` writes the outputs into the pages.

mod compare;
mod fixture;
mod page;
mod publish;
mod shape;
mod story;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use self::fixture::Fixture;
use self::page::{Block, Mark, blocks, replaced};
use self::shape::{Shape, documents};
use self::story::{Difference, Story};
use crate::support::sources::files;

/// A test for each page, and the list of them.
macro_rules! pages {
    ($($test:ident $path:literal)*) => {
        const PAGES: &[&str] = &[$($path),*];
        $(
            #[test]
            fn $test() {
                check($path);
            }
        )*
    };
}

pages! {
    readme "README.md"
    catalog "docs/catalog.md"
    cd "docs/cd.md"
    ci "docs/ci.md"
    cli "docs/cli.md"
    deb "docs/deb.md"
    debian_archives "docs/debian-archives.md"
    getting_started "docs/getting-started.md"
    isolation "docs/isolation.md"
    lock "docs/lock.md"
    manifest "docs/manifest.md"
    personal "docs/personal.md"
    provenance "docs/provenance.md"
    releases "docs/releases.md"
    reliability "docs/reliability.md"
    rust "docs/rust.md"
    services "docs/services.md"
    sources "docs/sources.md"
    store "docs/store.md"
    tasks "docs/tasks.md"
    vendors "docs/vendors.md"
    algorithms "docs/jobs/algorithms.md"
    django "docs/jobs/django.md"
    notebooks "docs/jobs/notebooks.md"
    editors "docs/python/editors.md"
    from_anaconda "docs/python/from-anaconda.md"
    from_poetry "docs/python/from-poetry.md"
    from_venv "docs/python/from-venv.md"
}

/// What a block may need that a test does not have.
const REASONS: &[&str] = &["needs a public service: ", "needs a program: ", "takes minutes: "];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the blocks of a page. Those with one fixture share a sandbox, so that they tell one story.
#[track_caller]
fn check(path: &str) {
    let text = fs_err::read_to_string(root().join(path)).unwrap();
    let mut stories: BTreeMap<String, Story> = BTreeMap::new();
    let (mut mistakes, mut places) = (Vec::new(), Vec::new());
    for block in blocks(&text) {
        let line = block.line;
        match &block.mark {
            None => mistakes.push(format!("{path}:{line}: no `<!-- run: FIXTURE -->` on the line before the block")),
            Some(Mark::NotRun(reason)) if REASONS.iter().any(|start| reason.starts_with(start)) => {}
            Some(Mark::NotRun(reason)) => mistakes.push(format!("{path}:{line}: not one of {REASONS:?}: {reason}")),
            Some(Mark::Run { fixture, steps }) => match run(&mut stories, &block, fixture, steps) {
                Err(why) => mistakes.push(format!("{path}:{line}: {why}")),
                Ok(differences) => {
                    mistakes.extend(differences.iter().map(|difference| format!("{path}:{difference}")));
                    places.extend(differences.into_iter().map(|one| (one.lines, one.found)));
                }
            },
        }
    }
    if std::env::var_os("DEVSHELL_WRITE_DOCS").is_some() {
        fs_err::write(root().join(path), replaced(&text, places)).unwrap();
    }
    assert!(mistakes.is_empty(), "\n{}\n`DEVSHELL_WRITE_DOCS=1` writes what devshell prints", mistakes.join("\n\n"));
}

/// Runs a block in the story of its fixture. What fails there says so, and the next blocks run all the same.
fn run(
    stories: &mut BTreeMap<String, Story>,
    block: &Block,
    fixture: &str,
    steps: &[String],
) -> Result<Vec<Difference>, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let story = stories.entry(fixture.to_owned()).or_insert_with(|| Story::begin(fixture));
        for step in steps {
            story.step(step);
        }
        story.run(block)
    }));
    outcome.map_err(|why| why.downcast_ref::<String>().cloned().unwrap_or_default())
}

/// The reference shows what the commands print as data.
#[test]
fn documents_have_the_keys_that_are_printed() {
    let page = "docs/cli.md";
    let mut mistakes = Vec::new();
    for document in documents(&fs_err::read_to_string(root().join(page)).unwrap()) {
        let line = document.line;
        let Some(mark) = document.mark else {
            mistakes.push(format!("{page}:{line}: no `<!-- shape: FIXTURE $ COMMAND -->` on the line before"));
            continue;
        };
        let [mut example, mut printed] = [Shape::default(), Shape::default()];
        example.add(&serde_json::from_str(&document.text).unwrap());
        let mut story = Story::begin(&mark.fixture);
        for step in &mark.steps {
            story.step(step);
        }
        for command in &mark.commands {
            printed.add(&story.document(command));
        }
        let faults = |faults: Vec<String>, whose: &str| {
            faults.into_iter().map(move |fault| format!("{page}:{line}: {whose}: {fault}")).collect::<Vec<_>>()
        };
        mistakes.extend(faults(example.lacks(&printed), "the page"));
        mistakes.extend(faults(printed.lacks(&example), "devshell"));
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

/// The pages: those of the root, `docs` and `shells`.
fn pages() -> Vec<String> {
    let name = |path: &Path| path.strip_prefix(root()).unwrap().display().to_string();
    let mut pages: Vec<String> =
        ["docs", "shells"].iter().flat_map(|part| files(&root().join(part), "md")).map(|path| name(&path)).collect();
    let entries = fs_err::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(entries.filter(|path| path.extension().is_some_and(|ending| ending == "md")).map(|path| name(&path)));
    pages
}

/// A fixture, or a step of one, that no page names is left over.
#[test]
fn each_fixture_is_of_use() {
    let mut named = BTreeSet::new();
    for page in pages() {
        let text = fs_err::read_to_string(root().join(page)).unwrap();
        let of_blocks = blocks(&text).into_iter().filter_map(|block| match block.mark {
            Some(Mark::Run { fixture, steps }) => Some((fixture, steps)),
            _ => None,
        });
        let of_documents =
            documents(&text).into_iter().filter_map(|one| one.mark).map(|mark| (mark.fixture, mark.steps));
        for (fixture, steps) in of_blocks.chain(of_documents) {
            named.extend(steps.into_iter().map(|step| format!("{fixture} {step}")));
            named.insert(fixture);
        }
    }
    let mut there = BTreeSet::new();
    for path in files(&root().join("tests/it/pages/fixtures"), "txt") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let steps = Fixture::named(&name).steps();
        there.extend(steps.into_iter().map(|step| format!("{name} {step}").trim_end().to_owned()));
    }
    assert_eq!(there, named, "the fixtures, and those that the pages name");
}

/// A page that no test runs would be one whose blocks go stale.
#[test]
fn each_page_with_a_console_block_has_a_test() {
    let has_blocks = |page: &String| !blocks(&fs_err::read_to_string(root().join(page)).unwrap()).is_empty();
    let missing: Vec<String> =
        pages().into_iter().filter(|page| has_blocks(page) && !PAGES.contains(&page.as_str())).collect();
    assert!(missing.is_empty(), "`pages!` in tests/it/pages/mod.rs lacks {missing:?}");
}
