//! Which files of the project a line of `hooks.enter` runs, as far as the line says it: the scripts it names, and
//! what makes, package managers and the like read. Refuses to guess: what cannot be followed is reported.

mod inline;
mod programs;
mod words;

use std::collections::BTreeSet;

pub use inline::{ScriptFile, inline};
use programs::Does;
use words::{Base, Command, Item, Word, items};

use super::Layer;

/// What a line leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// By their paths from the project's directory, in the order in which they are named.
    pub files: Vec<Named>,
    /// What the line runs that cannot be followed, as it would follow “consent does not cover”.
    pub beyond: Vec<String>,
}

/// A file that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub path: String,
    /// Whether it is run as code, so that it counts as well that it is not there. Other words may
    /// name a file or not.
    pub is_code: bool,
}

/// So many names are followed, and lines inside of lines so deep. More is reported.
const MOST: usize = 200;
const DEEPEST: usize = 8;
/// So many directories a command may run in, as far as one can tell.
const PLACES: usize = 8;

/// Follows a line that runs in the project's directory. Scripts of the manifest are followed too.
pub fn follow(line: &str, layer: &Layer) -> Followed {
    let mut follower = Follower {
        layer,
        followed: Followed::default(),
        names: BTreeSet::new(),
        seen: BTreeSet::new(),
        depth: 0,
        is_fed: false,
    };
    follower.line(line, vec![String::new()]);
    follower.followed
}

struct Follower<'s> {
    layer: &'s Layer,
    followed: Followed,
    names: BTreeSet<(String, bool)>,
    /// The scripts of the manifest that were followed.
    seen: BTreeSet<String>,
    depth: usize,
    /// Whether the line says what the command reads.
    is_fed: bool,
}

/// Words that come before a command and are none.
const RESERVED: [&str; 13] =
    ["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "esac"];
/// Words that begin what has no command.
const LISTS: [&str; 4] = ["for", "case", "select", "function"];

impl Follower<'_> {
    /// Follows a line that may run in any of some directories.
    fn line(&mut self, line: &str, mut places: Vec<String>) {
        if self.depth == DEEPEST {
            return self.beyond(format!("what `{}` runs", shown(line)));
        }
        self.depth += 1;
        let mut outer = Vec::new();
        for item in items(line) {
            match item {
                Item::Open => outer.push(places.clone()),
                Item::Close => places = outer.pop().unwrap_or(places),
                Item::Command(command) => self.command(&command, &mut places),
            }
        }
        self.depth -= 1;
    }

    fn command(&mut self, command: &Command, places: &mut Vec<String>) {
        for inner in command.inner.iter().chain(command.words.iter().flat_map(|word| &word.inner)) {
            self.line(inner, places.clone());
        }
        let mut words = command.words.as_slice();
        while let Some((word, rest)) = words.split_first() {
            let is_reserved = word.is_plain && RESERVED.contains(&word.text.as_str());
            if !is_reserved && !self.is_assignment(word, places) {
                break;
            }
            words = rest;
        }
        let is_list = words.first().is_some_and(|word| word.is_plain && LISTS.contains(&word.text.as_str()));
        if is_list {
            return self.candidates(words, places);
        }
        if words.is_empty() {
            return self.candidates(&command.reads, places);
        }
        let does = programs::find(&words[0].text);
        if does != Some(Does::Nothing) {
            // A shell runs what it reads.
            for word in &command.reads {
                self.name(word, does.is_some(), places);
            }
            if let (Some(Does::Shell), Some(document)) = (does, &command.document) {
                self.line(document, places.clone());
            }
        }
        self.is_fed = !command.reads.is_empty() || command.document.is_some();
        self.run(words, places);
    }

    /// Whether a word sets a variable for what follows it. Its value may name a file.
    fn is_assignment(&mut self, word: &Word, places: &[String]) -> bool {
        let Some((name, value)) = word.text.split_once('=') else { return false };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            return false;
        }
        if name == "PATH" {
            self.beyond("programs that the hook's own PATH finds".to_owned());
        }
        self.candidates(&[Word { text: value.to_owned(), ..word.clone() }], places);
        true
    }

    /// Follows a command: its program, and the arguments.
    fn run(&mut self, words: &[Word], places: &mut Vec<String>) {
        let [program, arguments @ ..] = words else { return };
        if program.base == Base::Unknown {
            self.candidates(arguments, places);
            return self.beyond(format!("what `{}` runs", text(words)));
        }
        if program.base == Base::Root || program.text.contains('/') {
            self.name(program, true, places);
        }
        match (program.text.as_str(), programs::find(&program.text)) {
            ("cd" | "pushd", _) => self.change_directory(arguments, places),
            ("." | "source", _) => self.script(words, arguments, places),
            ("eval", _) => self.joined(words, arguments, places),
            ("trap", _) => self.joined(words, &arguments[..arguments.len().min(1)], places),
            ("devshell", _) => self.devshell(words, places),
            ("export" | "readonly" | "local" | "declare" | "typeset", _) => arguments.iter().for_each(|word| {
                self.is_assignment(word, places);
            }),
            ("command", _) if arguments.first().is_some_and(|word| ["-v", "-V"].contains(&word.text.as_str())) => {}
            (_, Some(does)) => self.known(does, words, places),
            (path, None) => {
                self.candidates(arguments, places);
                if !path.contains('/') && program.base == Base::Here {
                    self.beyond(format!("what `{}` runs", text(words)));
                }
            }
        }
    }

    fn known(&mut self, does: Does, words: &[Word], places: &mut Vec<String>) {
        let arguments = &words[1..];
        match does {
            Does::Nothing => {}
            Does::Looks => self.candidates(arguments, places),
            Does::Runs { options } => self.wrapped(words, options, places),
            Does::RunsAfter { words: before, files } => {
                let at = arguments.iter().position(|word| before.contains(&word.text.as_str()));
                match at {
                    Some(at) => self.wrapped(&arguments[at..], "", places),
                    None => self.reading(words, files, &[], &[], places),
                }
            }
            Does::Shell => {
                let is_line = |word: &Word| {
                    word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c')
                };
                match arguments.iter().position(is_line) {
                    Some(at) => {
                        self.joined(words, arguments.get(at + 1).map(std::slice::from_ref).unwrap_or_default(), places);
                        self.candidates(arguments.get(at + 2..).unwrap_or_default(), places);
                    }
                    None => self.script(words, arguments, places),
                }
            }
            Does::Script => {
                let first = arguments.iter().position(|word| !word.text.starts_with('-')).unwrap_or(arguments.len());
                let options = &arguments[..(first + 1).min(arguments.len())];
                if options.iter().any(|word| ["-m", "-c", "-e", "-p", "-r", "run"].contains(&word.text.as_str())) {
                    self.beyond(format!("what `{}` runs", text(words)));
                    self.modules(arguments, places);
                    return self.candidates(arguments, places);
                }
                self.script(words, arguments, places);
            }
            Does::Reads { files, file, directory } => self.reading(words, files, file, directory, places),
        }
    }

    /// A program whose first plain argument is a script.
    fn script(&mut self, words: &[Word], arguments: &[Word], places: &[String]) {
        let is_option = |word: &&Word| word.base == Base::Here && word.text.starts_with(['-', '+']);
        let Some(at) = arguments.iter().position(|word| !is_option(&word)) else {
            // It runs what it is given by a pipe.
            if !self.is_fed {
                self.beyond(format!("what `{}` is given", text(words)));
            }
            return;
        };
        if arguments[at].base == Base::Unknown {
            self.beyond(format!("what `{}` runs", text(words)));
        }
        self.name(&arguments[at], true, places);
        self.candidates(&arguments[at + 1..], places);
        self.candidates(&arguments[..at], places);
    }

    /// A program that runs the rest of its arguments.
    fn wrapped(&mut self, words: &[Word], options: &str, places: &mut Vec<String>) {
        let mut rest = &words[1..];
        while let [word, after @ ..] = rest {
            let is_option = word.base == Base::Here && word.text.starts_with('-');
            let is_number = word.text.starts_with(|c: char| c.is_ascii_digit());
            if !is_option && !is_number && !self.is_assignment(word, places) {
                break;
            }
            if word.text.starts_with("-S") || word.text == "--split-string" {
                return self.joined(words, rest, places);
            }
            let has_value = is_option && word.text.len() == 2 && options.contains(&word.text[1..]);
            rest = if has_value { after.get(1..).unwrap_or_default() } else { after };
        }
        // An option that was taken for a program leaves what it runs among the arguments.
        self.candidates(&words[1..], places);
        self.run(rest, places);
    }

    /// Words that make a line.
    fn joined(&mut self, words: &[Word], parts: &[Word], places: &[String]) {
        if parts.iter().any(|word| word.base == Base::Unknown) {
            self.beyond(format!("what `{}` runs", text(words)));
        }
        let known = parts.iter().map(|word| match word.base {
            Base::Here => word.text.trim_start_matches("-S").to_owned(),
            Base::Root => format!("$DEVSHELL_ROOT{}", word.text),
            Base::Unknown => String::new(),
        });
        let line = known.collect::<Vec<_>>().join(" ");
        self.line(&line, places.to_vec());
    }

    /// A command of ours: a script of the manifest runs in the project's directory.
    fn devshell(&mut self, words: &[Word], places: &mut Vec<String>) {
        let Some(at) = words.iter().position(|word| ["run", "enter"].contains(&word.text.as_str())) else { return };
        let rest: Vec<Word> = words[at..].iter().filter(|word| word.text != "--").cloned().collect();
        let name = rest.iter().skip(1).find(|word| !word.text.starts_with('-'));
        match name.filter(|name| self.layer.needs_of(&name.text).is_some()) {
            Some(name) => self.of_manifest(&name.text),
            None => self.wrapped(&rest, "eC", places),
        }
    }

    /// A script of the manifest, with all that it needs.
    fn of_manifest(&mut self, name: &str) {
        let layer = self.layer;
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            if !self.seen.insert(name.to_owned()) {
                continue;
            }
            let script = layer.scripts.get(name).map(|script| (vec![script.command.as_str()], &script.directory));
            let service = layer.services.get(name).map(|service| (service.lines().collect(), &service.directory));
            for (lines, directory) in script.into_iter().chain(service) {
                for line in lines {
                    self.line(line, vec![directory.clone().unwrap_or_default()]);
                }
            }
            names.extend(layer.needs_of(name).into_iter().flatten().map(String::as_str));
        }
    }

    /// A program that reads files of the directory it runs in, or of one that it is given.
    fn reading(&mut self, words: &[Word], files: &[&str], file: &[&str], directory: &[&str], places: &[String]) {
        let value = |options: &[&str]| {
            let mut found = None;
            for (word, next) in words.iter().zip(words.iter().skip(1).map(Some).chain([None])) {
                let long = word.text.split_once('=').filter(|(name, _)| options.contains(name));
                let short = options.iter().filter(|name| name.len() == 2).find_map(|name| word.text.strip_prefix(name));
                let glued = long.map(|(_, value)| value).or_else(|| short.filter(|value| !value.is_empty()));
                match glued {
                    Some(value) => found = Some(Word { text: value.to_owned(), ..word.clone() }),
                    None if options.contains(&word.text.as_str()) => found = next.cloned(),
                    None => {}
                }
            }
            found
        };
        let places = match value(directory) {
            Some(word) if word.base == Base::Unknown => Vec::new(),
            Some(word) => places.iter().filter_map(|place| join(place, &word)).collect(),
            None => places.to_vec(),
        };
        self.candidates(&words[1..], &places);
        let named = value(file);
        let shown = match &named {
            Some(word) => {
                self.name(word, true, &places);
                word.text.clone()
            }
            None => {
                for name in files {
                    for place in &places {
                        self.add(at(place, name), true);
                    }
                }
                (*files.last().unwrap_or(&"")).to_owned()
            }
        };
        self.beyond(format!("what `{}` runs beyond {shown}", text(words)));
    }

    /// The files of a module that an interpreter is given to run.
    fn modules(&mut self, arguments: &[Word], places: &[String]) {
        let Some(at) = arguments.iter().position(|word| word.text == "-m") else { return };
        let Some(module) = arguments.get(at + 1).filter(|word| word.base == Base::Here) else { return };
        let path = module.text.replace('.', "/");
        let paths = [format!("{path}.py"), format!("{path}/__main__.py"), format!("{path}/__init__.py")];
        let words: Vec<Word> = paths.into_iter().map(|text| Word { text, ..module.clone() }).collect();
        self.candidates(&words, places);
    }

    /// What follows may run in the new directory, or where it was when there is none.
    fn change_directory(&mut self, arguments: &[Word], places: &mut Vec<String>) {
        let Some(word) = arguments.iter().find(|word| !word.text.starts_with('-') || word.text == "-") else { return };
        if word.base == Base::Unknown || word.text == "-" {
            return self.beyond(format!("what runs after `cd {}`", shown(&word.text)));
        }
        let mut further: Vec<String> = places.iter().filter_map(|place| join(place, word)).collect();
        further.extend(places.iter().filter(|place| !further.contains(place)).cloned().collect::<Vec<_>>());
        if further.len() > PLACES {
            self.beyond(format!("what runs after `cd {}`", shown(&word.text)));
            further.truncate(PLACES);
        }
        *places = further;
    }

    /// Words that may name files.
    fn candidates(&mut self, words: &[Word], places: &[String]) {
        for word in words {
            self.name(word, false, places);
            if let Some((option, value)) = word.text.split_once('=').filter(|(option, _)| option.starts_with('-')) {
                let range = word.range.start + option.len()..word.range.end;
                self.name(&Word { text: value.to_owned(), range, ..word.clone() }, false, places);
            }
        }
    }

    fn name(&mut self, word: &Word, is_code: bool, places: &[String]) {
        if word.base == Base::Here && word.text.starts_with('-') {
            return;
        }
        for path in places.iter().filter_map(|place| join(place, word)).collect::<Vec<_>>() {
            self.add(path, is_code);
        }
    }

    fn add(&mut self, path: String, is_code: bool) {
        if self.names.len() == MOST {
            return self.beyond(format!("what it names after its first {MOST} files"));
        }
        if !path.is_empty() && !path.contains('\0') && self.names.insert((path.clone(), is_code)) {
            self.followed.files.push(Named { path, is_code });
        }
    }

    fn beyond(&mut self, text: String) {
        if self.followed.beyond.len() < MOST && !self.followed.beyond.contains(&text) {
            self.followed.beyond.push(text);
        }
    }
}

/// The path of a word from the project's directory, for a command that runs in a directory below it.
fn join(place: &str, word: &Word) -> Option<String> {
    match word.base {
        Base::Unknown => None,
        Base::Root => Some(word.text.trim_start_matches('/').to_owned()),
        Base::Here => Some(at(place, &word.text)),
    }
}

fn at(place: &str, path: &str) -> String {
    if place.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("{place}/{path}") }
}

/// A command as it is reported.
fn text(words: &[Word]) -> String {
    shown(&words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// The beginning of a text, in one line.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = line.chars().take(60).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
