//! The name of one file as a pattern that the files for all platforms follow, for those who have to say which is meant.

use std::collections::BTreeMap;

use super::words::{self, Arch, Os, Word};

/// A name with the placeholders `{version}`, `{os}` and `{arch}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub text: String,
    /// The publisher's words for devshell's where they differ: placeholder -> devshell's -> the publisher's.
    pub words: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

/// Makes a pattern of a file's name. The words for other platforms are those of the files that are called the same
/// otherwise.
pub fn template(file: &str, version: &str, names: &[&str]) -> Template {
    let own = Template::of(file, version);
    let mut words = own.words;
    for other in names.iter().map(|name| Template::of(name, version)).filter(|other| other.text == own.text) {
        for (placeholder, theirs) in other.words {
            let known = words.entry(placeholder).or_default();
            for (word, text) in theirs {
                known.entry(word).or_insert(text);
            }
        }
    }
    for known in words.values_mut() {
        known.retain(|word, text| word != text);
    }
    words.retain(|_, known| !known.is_empty());
    Template { text: own.text, words }
}

impl Template {
    /// The pattern by a name alone, with all its words.
    fn of(file: &str, version: &str) -> Self {
        let file = if version.is_empty() { file.to_owned() } else { file.replace(version, "{version}") };
        let (mut template, mut end) = (Self::default(), 0);
        for piece in words::pieces(&file) {
            let Some((placeholder, word)) = piece.word.and_then(meaning) else { continue };
            let begin = piece.text.as_ptr() as usize - file.as_ptr() as usize;
            template.text.push_str(&file[end..begin]);
            template.text.extend(["{", placeholder, "}"]);
            end = begin + piece.text.len();
            template.words.entry(placeholder).or_default().entry(word).or_insert_with(|| piece.text.to_owned());
        }
        template.text.push_str(&file[end..]);
        template
    }
}

/// The placeholder that is in the place of a word, and devshell's word for it.
const fn meaning(word: Word) -> Option<(&'static str, &'static str)> {
    match word {
        Word::Os(Os::Linux) => Some(("os", "linux")),
        Word::Os(Os::Darwin) => Some(("os", "darwin")),
        Word::Arch(Arch::X8664) | Word::Bits64 | Word::Mac(Arch::X8664) => Some(("arch", "x86_64")),
        Word::Arch(Arch::Aarch64) | Word::Mac(Arch::Aarch64) => Some(("arch", "aarch64")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, others: &[&str], text: &str, words: &str) {
        let template = template(file, "1.2.0", others);
        let shown = template.words.iter().flat_map(|(placeholder, words)| {
            words.iter().map(move |(word, text)| format!("{placeholder} {word}={text}"))
        });
        assert_eq!((template.text.as_str(), shown.collect::<Vec<_>>().join(", ").as_str()), (text, words));
    }

    #[test]
    fn a_name_becomes_a_pattern() {
        check("t-1.2.0-linux-x86_64.tgz", &[], "t-{version}-{os}-{arch}.tgz", "");
        check("t_linux_amd64", &[], "t_{os}_{arch}", "arch x86_64=amd64");
        let others = ["t_1.2.0_Linux_arm64", "u_1.2.0_Linux_aarch64", "t_1.2.0_macOS_arm64", "t_1.2.0_Windows_x64"];
        let words = "arch aarch64=arm64, arch x86_64=x64, os darwin=macOS, os linux=Linux";
        check("t_1.2.0_Linux_x64", &others, "t_{version}_{os}_{arch}", words);
        check("t-linux64.zip", &["t-linuxarm64.zip"], "t-{os}{arch}.zip", "arch aarch64=arm64, arch x86_64=64");
        check("t-x86_64-unknown-linux-musl", &[], "t-{arch}-unknown-{os}-musl", "");
        check("tool.gz", &[], "tool.gz", "");
    }
}
