//! Which line of the user's rc files set a variable, as far as their text shows it. It is read and not
//! run: a name that a file puts together cannot be found, and nothing is printed then.

use std::path::{Path, PathBuf};

/// The commands that set or take away what they name, in any of the shells.
const SETTERS: &[&str] = &["declare", "export", "printf", "read", "set", "typeset", "unset"];

/// Where the user's own files are.
pub struct Places<'a> {
    pub home: &'a Path,
    /// `XDG_CONFIG_HOME`, or where that is by default.
    pub config: &'a Path,
    pub zdotdir: Option<&'a Path>,
}

/// The last line that sets the variable, counted from 1, in these files and those that they read.
pub fn setter(
    name: &str,
    files: &[PathBuf],
    home: &Path,
    read: &impl Fn(&Path) -> Option<String>,
) -> Option<(PathBuf, usize)> {
    let found = |file: &PathBuf| setter_in(name, file, home, read, true);
    files.iter().rev().find_map(found)
}

fn setter_in(
    name: &str,
    file: &Path,
    home: &Path,
    read: &impl Fn(&Path) -> Option<String>,
    follows: bool,
) -> Option<(PathBuf, usize)> {
    let text = read(file)?;
    let mut last = None;
    for (line, number) in text.lines().zip(1..) {
        if sets(line, name) {
            last = Some((file.to_owned(), number));
        } else if follows && let Some(other) = sourced(line, home) {
            last = setter_in(name, &other, home, read, false).or(last);
        }
    }
    last
}

/// Whether a line assigns to the variable, or hands it to a command that does.
fn sets(line: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !line.trim_start().starts_with('#')
        && line.match_indices(name).any(|(index, _)| {
            let (before, behind) = (&line[..index], &line[index + name.len()..]);
            if !before.is_empty() && !before.ends_with(|c: char| c.is_whitespace() || ";&|({".contains(c)) {
                return false;
            }
            let command = before.rsplit([';', '&', '|']).next().unwrap_or_default();
            let is_named = || command.split_whitespace().any(|word| SETTERS.contains(&word));
            behind.starts_with('=') || behind.starts_with("+=") || (!behind.starts_with(is_part) && is_named())
        })
}

/// The file that a line reads (`. FILE` or `source FILE`), if the text shows its name.
fn sourced(line: &str, home: &Path) -> Option<PathBuf> {
    let mut words = line.split(|c: char| c.is_whitespace() || ";&|".contains(c)).filter(|word| !word.is_empty());
    words.find(|word| *word == "." || *word == "source")?;
    let word = words.next()?.trim_matches(['"', '\'']);
    let below = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|prefix| word.strip_prefix(prefix));
    let path = below.map_or_else(|| PathBuf::from(word), |below| home.join(below.trim_matches('"')));
    (path.is_absolute() && !path.to_string_lossy().contains(['$', '`', '*', '"'])).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_told_from_mentions() {
        for (line, is_set) in [
            ("COLOUR=red", true),
            ("  export COLOUR=red # why not", true),
            ("test -t 1 && COLOUR+=red", true),
            ("export A=1 COLOUR=red", true),
            ("if true; then unset COLOUR; fi", true),
            ("declare -i COLOUR", true),
            ("set -gx COLOUR red", true),
            ("set -e COLOUR", true),
            ("read -r COLOUR </dev/null", true),
            ("# COLOUR=red", false),
            ("echo $COLOUR ${COLOUR} COLOUR", false),
            ("export PS1=$COLOUR", false),
            ("export MY_COLOUR=red COLOUR_OF=x COLOURS", false),
            ("alias paint='COLOUR=red paint'", false),
            ("ls --COLOUR=auto", false),
            ("set -e; echo COLOUR", false),
        ] {
            assert_eq!(sets(line, "COLOUR"), is_set, "{line}");
        }
    }

    #[test]
    fn files_that_are_read_are_told_by_name() {
        let home = Path::new("/home/me");
        for (line, file) in [
            (". ~/.aliases", Some("/home/me/.aliases")),
            ("[ -f \"$HOME/a\" ] && . \"$HOME/a\"", Some("/home/me/a")),
            ("if test -f /x; then source /x; fi", Some("/x")),
            ("source ${HOME}/b", Some("/home/me/b")),
            ("source \"$HOME\"/b", None),
            (". \"$SOMEWHERE/x\"", None),
            ("source relative", None),
            ("direnv hook fish | source", None),
            ("echo . .", None),
        ] {
            assert_eq!(sourced(line, home), file.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn the_last_word_counts() {
        let home = Path::new("/home/me");
        let read = |path: &Path| {
            Some(match path.to_str()? {
                "/home/me/.zshenv" => "COLOUR=first".to_owned(),
                "/home/me/.zshrc" => "COLOUR=red\n. ~/more\n. ~/.zshrc\n".to_owned(),
                "/home/me/more" => "\nCOLOUR=blue\n. ~/even-more\n".to_owned(),
                "/home/me/even-more" => "COLOUR=unread".to_owned(),
                _ => return None,
            })
        };
        let files = [".zshenv", ".zshrc", ".absent"].map(|name| home.join(name));
        let found = |name: &str, files: &[PathBuf]| setter(name, files, home, &read);
        assert_eq!(found("COLOUR", &files[..1]), Some((home.join(".zshenv"), 1)));
        assert_eq!(found("COLOUR", &files[1..2]), Some((home.join(".zshrc"), 1)), "it reads itself once more");
        assert_eq!(found("COLOUR", &[home.join("more")]), Some((home.join("even-more"), 1)));
        assert_eq!(found("OTHER", &files), None);
    }
}
