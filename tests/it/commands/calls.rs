//! Calls of devshell in lines of a shell: `ls "$(devshell state path)" # there` has one.

use devshell::cli;

/// The words of each call, without `devshell` itself.
pub fn calls(line: &str) -> Vec<Vec<String>> {
    let line = &without_processes(line);
    let starts = line.match_indices("devshell ").map(|(start, _)| start);
    let is_command = |start: &usize| {
        let before = line[..*start].trim_end_matches("./").trim_end();
        let is_word = before.len() < start - usize::from(line[..*start].ends_with("./"));
        before.is_empty() || before.ends_with(['(', '|', ';', '&', '$', '`']) || (is_word && is_assignment(before))
    };
    starts.filter(is_command).map(|start| words(&line[start + "devshell ".len()..])).collect()
}

/// The line with a name for each `<(…)`, which bash gives as a file.
fn without_processes(line: &str) -> String {
    let Some((before, after)) = line.split_once("<(") else { return line.to_owned() };
    let (_, rest) = after.split_once(')').unwrap_or((after, ""));
    format!("{before}FILE{}", without_processes(rest))
}

/// Whether a command may follow: variables, or a word that runs another command.
fn is_assignment(before: &str) -> bool {
    let last = before.split([' ', '(']).next_back().unwrap_or_default();
    let name = last.split('=').next().unwrap_or_default();
    let is_variable =
        last.contains('=') && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_variable || ["exec", "do", "then", "-"].contains(&last)
}

/// The words down to where the shell begins something else: a pipe, a redirection, a comment, the end of `$(…)`.
fn words(text: &str) -> Vec<String> {
    let mut quote = None;
    let mut before = ' ';
    let ends = |(_, c): &(usize, char)| {
        let is_end = match quote {
            Some(open) => {
                quote = Some(open).filter(|open| open != c);
                false
            }
            None if matches!(c, '\'' | '"') && before != ' ' && before != '=' => true,
            None if matches!(c, '\'' | '"') => {
                quote = Some(*c);
                false
            }
            None => matches!(c, '|' | ';' | '&' | '<' | '>' | ')' | '`') || (*c == '#' && before == ' '),
        };
        before = *c;
        is_end
    };
    let end = text.char_indices().find(ends).map_or(text.len(), |(end, _)| end);
    shell_words::split(&text[..end]).unwrap_or_default()
}

/// Why clap does not take these words; help is no mistake.
pub fn mistake(words: &[String]) -> Option<String> {
    let line = std::iter::once("devshell").chain(words.iter().map(String::as_str));
    let error = cli::command().try_get_matches_from(line).err()?;
    error.use_stderr().then(|| error.to_string())
}

#[test]
fn calls_are_found_in_lines_of_a_shell() {
    for (line, expected) in [
        ("devshell add 'python@>=3.11' --from host  # there", vec!["add python@>=3.11 --from host"]),
        ("ls \"$(devshell state path)\"", vec!["state path"]),
        ("eval \"$(devshell env --format bash)\"", vec!["env --format bash"]),
        ("devshell man | man -l -", vec!["man"]),
        ("DEVSHELL_LOG=info devshell run test >log", vec!["run test"]),
        ("cd a && devshell lock; ./devshell enter", vec!["lock", "enter"]),
        ("echo 'node --version' | devshell enter", vec!["enter"]),
        ("devshell env --diff <(git show main:devshell.lock)", vec!["env --diff FILE"]),
        ("the devshell of today", vec![]),
        ("uv tool upgrade devshell cli", vec![]),
    ] {
        let found: Vec<String> = calls(line).iter().map(|words| words.join(" ")).collect();
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn what_clap_refuses_is_a_mistake() {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for line in ["add node", "run test --any", "enter -- true", "state path --json", "add --help"] {
        assert_eq!(mistake(&words(line)), None, "{line}");
    }
    for line in ["ad node", "add --any node", "state", "gc --older-than soon", "lock it"] {
        assert!(mistake(&words(line)).is_some(), "{line}");
    }
}
