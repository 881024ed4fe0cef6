//! A fixture: what a page's commands find, as a text of deeds in `tests/it/pages/fixtures`. A deed is a line of words as
//! a shell splits them, and the lines after it that begin with `|` are its text. `[NAME]` begins a step, which a
//! page's mark asks for. `#` begins a comment. The deeds are in `world.rs` and `publish.rs`.

use std::path::Path;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deed {
    pub words: Vec<String>,
    pub text: String,
    /// `FILE:LINE`, for messages.
    pub place: String,
}

#[derive(Debug, PartialEq)]
pub struct Fixture {
    /// Each step with its deeds. The first one has no name.
    steps: Vec<(String, Vec<Deed>)>,
}

impl Fixture {
    /// Reads the fixture of this name.
    #[track_caller]
    pub fn named(name: &str) -> Self {
        let file = format!("{name}.txt");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pages/fixtures").join(&file);
        let text = fs_err::read_to_string(path).unwrap_or_else(|error| panic!("no fixture `{name}`: {error}"));
        Self::parse(&file, &text)
    }

    fn parse(file: &str, text: &str) -> Self {
        let mut steps = vec![(String::new(), Vec::<Deed>::new())];
        for (number, line) in (1..).zip(text.lines()) {
            let place = format!("{file}:{number}");
            let deeds = &mut steps.last_mut().expect("there is a first one").1;
            if let Some(text) = line.strip_prefix('|') {
                let deed = deeds.last_mut().unwrap_or_else(|| panic!("{place}: text of no deed"));
                deed.text.push_str(text.strip_prefix(' ').unwrap_or(text));
                deed.text.push('\n');
            } else if let Some(name) = line.strip_prefix('[') {
                steps.push((name.trim_end().trim_end_matches(']').to_owned(), Vec::new()));
            } else if !line.trim().is_empty() && !line.starts_with('#') {
                let words = shell_words::split(line).unwrap_or_else(|error| panic!("{place}: {error}"));
                deeds.push(Deed { words, text: String::new(), place });
            }
        }
        Self { steps }
    }

    /// The names of its steps; the first one is called "".
    pub fn steps(&self) -> Vec<String> {
        self.steps.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The deeds of a step; the first one is called "".
    #[track_caller]
    pub fn step(&self, name: &str) -> &[Deed] {
        let found = self.steps.iter().find(|(step, _)| step == name);
        found.map_or_else(|| panic!("the fixture has no step `{name}`"), |(_, deeds)| deeds.as_slice())
    }
}

impl Deed {
    pub fn verb(&self) -> &str {
        &self.words[0]
    }

    /// The word at a place after the verb, which is one without `=`.
    #[track_caller]
    pub fn word(&self, index: usize) -> &str {
        self.words.get(index + 1).unwrap_or_else(|| panic!("{}: a word is missing", self.place))
    }

    /// The value of `KEY=VALUE`, if the deed has one.
    pub fn option(&self, key: &str) -> Option<&str> {
        self.options(key).first().copied()
    }

    /// The values of `KEY=A KEY=B`.
    pub fn options(&self, key: &str) -> Vec<&str> {
        self.words.iter().filter_map(|word| word.strip_prefix(key)?.strip_prefix('=')).collect()
    }

    /// With names replaced by what they mean here.
    pub fn with(&self, named: impl Fn(&str) -> String) -> Self {
        let words = self.words.iter().map(|word| named(word)).collect();
        Self { words, text: named(&self.text), place: self.place.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::Fixture;

    #[test]
    fn a_text_has_steps_deeds_and_their_texts() {
        let text = "# what it is\ntool node '1 2' only=a only=b\nfile x\n| one\n|\n|  two\n\n[later]\nsh\n";
        let fixture = Fixture::parse("f", text);
        let [tool, file] = fixture.step("") else { panic!("{fixture:?}") };
        assert_eq!((tool.verb(), tool.word(1), tool.options("only")), ("tool", "1 2", vec!["a", "b"]));
        assert_eq!((tool.option("on"), tool.options("x"), tool.place.as_str()), (None, vec![], "f:2"));
        assert_eq!(file.text, "one\n\n two\n");
        assert_eq!(fixture.step("later").len(), 1);
        assert_eq!(file.with(|text| text.replace("one", "1")).text, "1\n\n two\n");
    }
}
