//! The files of the checkout, for tests that look at them.

use std::path::{Path, PathBuf};

pub struct Source {
    /// The module: the first component below `src`.
    pub module: String,
    /// The path below `src` without its ending.
    pub place: String,
    pub text: String,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a directory whose names end so, sorted.
pub fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The sources without their unit tests, which may do what they like.
pub fn sources() -> Vec<Source> {
    sources_in("src")
}

/// The sources in a directory of the checkout.
pub fn sources_in(directory: &str) -> Vec<Source> {
    let src = root().join(directory);
    let source = |path: PathBuf| {
        let place = path.strip_prefix(&src).unwrap().with_extension("");
        let module = place.iter().next().unwrap().to_string_lossy().into_owned();
        let text = fs_err::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap().to_owned();
        Source { module, place: place.to_string_lossy().into_owned(), text }
    };
    let is_test = |source: &Source| source.place.ends_with("/tests");
    let sources = files(&src, "rs").into_iter().map(source).filter(|source| !is_test(source));
    sources.filter(|s| !["lib", "main"].contains(&s.module.as_str())).collect()
}
