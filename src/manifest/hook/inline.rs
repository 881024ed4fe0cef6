//! A line in which scripts for `sh` and its kin are text, in place of the files that they were read from: what
//! was consented to runs, whatever becomes of the files. A script still finds its own name in `$0`.

use std::ops::Range;

use super::words::{Base, Command, Item, Word, items};
use super::{RESERVED, join};

/// Shells that run a text with `-c`, the next word being `$0`.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "zsh", "ksh", "mksh"];
/// A script that says this looks for its own file, and no `$0` helps it.
const OWN_FILE: [&str; 3] = ["BASH_SOURCE", "%x", "%N"];
/// A longer line no system would start.
const LONGEST: usize = 100 << 10;

/// A script that a line may run as text.
#[derive(Clone, Copy, Debug)]
pub struct ScriptFile<'t> {
    pub text: &'t str,
    pub is_executable: bool,
}

/// A line with its scripts as text, and the paths of these. `script` has them by their paths from the directory that
/// the line runs in, the project's.
pub fn inline<'t>(line: &str, script: impl Fn(&str) -> Option<ScriptFile<'t>>) -> (String, Vec<String>) {
    let (mut edits, mut paths): (Vec<(Range<usize>, String)>, Vec<String>) = (Vec::new(), Vec::new());
    for item in items(line) {
        let Item::Command(command) = item else { continue };
        let words = plain_words(&command);
        if words.first().is_some_and(|word| ["cd", "pushd", "eval"].contains(&word.text.as_str())) {
            // What follows runs elsewhere, or one cannot tell where.
            break;
        }
        let Some((path, range, text)) = edit(words, &script) else { continue };
        paths.push(path);
        edits.push((range, text));
    }
    let mut inlined = line.to_owned();
    for (range, text) in edits.into_iter().rev() {
        inlined.replace_range(range, &text);
    }
    if inlined.len() > LONGEST { (line.to_owned(), Vec::new()) } else { (inlined, paths) }
}

/// The words of a command after what belongs to the language, and what sets variables for it.
fn plain_words(command: &Command) -> &[Word] {
    let is_before = |word: &Word| {
        let is_assignment = word
            .text
            .split_once('=')
            .is_some_and(|(name, _)| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        is_assignment || word.is_plain && RESERVED.contains(&word.text.as_str())
    };
    let start = command.words.iter().position(|word| !is_before(word)).unwrap_or(command.words.len());
    &command.words[start..]
}

/// What a command runs as a script, and what takes the place of which part of the line.
fn edit<'t>(
    words: &[Word],
    script: &impl Fn(&str) -> Option<ScriptFile<'t>>,
) -> Option<(String, Range<usize>, String)> {
    let [program, arguments @ ..] = words else { return None };
    let find = |word: &Word| {
        let path = join("", word)?;
        let script = script(&path)?;
        let finds_itself = OWN_FILE.iter().any(|text| script.text.contains(text));
        (!finds_itself && !script.text.contains('\0')).then_some((path, script))
    };
    if [".", "source"].contains(&program.text.as_str()) {
        let [file] = arguments else { return None };
        let (path, script) = find(file)?;
        // It would return from more than itself.
        let range = program.range.start..file.range.end;
        return (!script.text.contains("return")).then(|| (path, range, format!("eval {}", quoted(script.text))));
    }
    if SHELLS.contains(&program.text.as_str()) {
        let is_switch = |word: &&Word| {
            word.text.strip_prefix('-').is_some_and(|letters| letters.chars().all(|c| "eufx".contains(c)))
        };
        let file = arguments.iter().find(|word| !is_switch(word))?;
        let (path, script) = find(file)?;
        let start = file.range.start;
        return Some((path, start..start, format!("-c {} ", quoted(script.text))));
    }
    if program.base != Base::Root && !program.text.contains('/') {
        return None;
    }
    let (path, script) = find(program)?;
    let interpreter = interpreter(script.text).filter(|_| script.is_executable)?;
    let start = program.range.start;
    Some((path, start..start, format!("{interpreter} -c {} ", quoted(script.text))))
}

/// What the first line of a script names, if that is a shell; `sh` runs one that names nothing.
fn interpreter(text: &str) -> Option<&str> {
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else { return Some("sh") };
    let line = line.trim();
    let mut words = line.split_whitespace();
    let name = |word: &str| word.rsplit('/').next().is_some_and(|name| SHELLS.contains(&name));
    let is_safe = line.chars().all(|c| c.is_ascii_alphanumeric() || "/._- ".contains(c));
    let first = words.next()?;
    let is_shell = name(first) || first == "/usr/bin/env" && words.next().is_some_and(name);
    (is_shell && is_safe).then_some(line)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_stand_as_text() {
        let script = |path: &str| {
            let text = match path {
                "./a.sh" | "a.sh" => "#!/bin/sh -e\necho 'a'\n",
                "./b" => "#!/usr/bin/env bash\nb\n",
                "./c" => "c\n",
                "./here" => "#!/bin/bash\n. \"$BASH_SOURCE\"\n",
                "./py" => "#!/usr/bin/env python3\n",
                "./odd" => "#!/bin/sh;x\n",
                "back" => "return 1\n",
                "./long" => {
                    return Some(ScriptFile { text: LONG.get_or_init(|| "x".repeat(LONGEST)), is_executable: true });
                }
                "./dull" => return Some(ScriptFile { text: "x", is_executable: false }),
                _ => return None,
            };
            Some(ScriptFile { text, is_executable: true })
        };
        let a = r"'#!/bin/sh -e
echo '\''a'\''
'";
        for (line, expected) in [
            ("./a.sh x>y", format!("/bin/sh -e -c {a} ./a.sh x>y")),
            ("if A=1 ./a.sh; then ./c; fi", format!("if A=1 /bin/sh -e -c {a} ./a.sh; then sh -c 'c\n' ./c; fi")),
            ("\"$DEVSHELL_ROOT/a.sh\"", format!("/bin/sh -e -c {a} \"$DEVSHELL_ROOT/a.sh\"")),
            ("./b && sh -e a.sh", format!("/usr/bin/env bash -c '#!/usr/bin/env bash\nb\n' ./b && sh -e -c {a} a.sh")),
            (". ./a.sh; x", format!("eval {a}; x")),
            ("./c; cd d; ./c", "sh -c 'c\n' ./c; cd d; ./c".to_owned()),
        ] {
            let (inlined, paths) = inline(line, script);
            assert_eq!(inlined, expected, "{line}");
            assert!(!paths.is_empty());
        }
        for line in
            ["./here", "./py", "./odd", ". back", "./long", "./dull", "./absent", "make", "sh -c a.sh", "$X", ""]
        {
            assert_eq!(inline(line, script), (line.to_owned(), Vec::new()));
        }
    }

    static LONG: std::sync::OnceLock<String> = std::sync::OnceLock::new();
}
