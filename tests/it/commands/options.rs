//! The parts of the reference that are written from clap's own definitions: the summary of every command, and the
//! arguments and options of each. `DEVSHELL_WRITE_DOCS=1` writes them again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{PAGES, code, commands, longs, read, root, section};

const END: &str = "<!-- end -->";

/// An argument or an option as it is typed: `-e NAME`, `--environment NAME`.
fn typed(arg: &Arg) -> String {
    let plain = |text: &str| text.replace(['<', '>'], "");
    let value = plain(&arg.to_string());
    let Some(long) = arg.get_long() else {
        let short = arg.get_short().map(|short| format!("-{short} {}", value.split_once(' ').map_or("", |(_, v)| v)));
        return format!("`{}`", short.unwrap_or(value).trim());
    };
    let values = value.strip_prefix(&format!("--{long}")).unwrap_or_default();
    let aliases = arg.get_visible_aliases().unwrap_or_default();
    let short = arg.get_short().map(|short| format!("`-{short}{values}`"));
    let longs = std::iter::once(long).chain(aliases).map(|long| format!("`--{long}{values}`"));
    short.into_iter().chain(longs).collect::<Vec<_>>().join(", ")
}

/// What it does, with the values that it may have.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut text = help.replace('\n', " ");
    if let Some(heading) = arg.get_help_heading() {
        text = format!("{heading}: {text}");
    }
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        write!(text, "; one of {}", values.join(", ")).unwrap();
    }
    let defaults: Vec<String> =
        arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        write!(text, " (default: {})", defaults.join(", ")).unwrap();
    }
    text
}

/// A table of what a command takes, arguments first; empty if there is nothing.
fn table(command: &Command, is_shown: impl Fn(&Arg) -> bool) -> String {
    let escaped = |text: String| text.replace('|', "\\|");
    let row = |arg: &Arg| format!("| {} | {} |\n", escaped(typed(arg)), escaped(meaning(arg)));
    let (first, second): (Vec<&Arg>, Vec<&Arg>) =
        command.get_arguments().filter(|arg| !arg.is_hide_set() && is_shown(arg)).partition(|arg| arg.is_positional());
    let rows: String = first.into_iter().chain(second).map(row).collect();
    if rows.is_empty() { rows } else { format!("| | |\n|---|---|\n{rows}") }
}

/// Whether an argument is not one of every command.
fn is_own(arg: &Arg) -> bool {
    !arg.is_global_set() && arg.get_id() != "help"
}

/// Where the reference describes a command: the heading that begins with its name, or the page of the hook.
fn link(page: &str, name: &str) -> String {
    let heading = page.lines().find_map(|line| {
        let text = line.strip_prefix("## `")?.strip_suffix('`')?;
        (text == name || text.starts_with(&format!("{name} "))).then(|| text.replace(' ', "-"))
    });
    match (heading, name) {
        (Some(anchor), _) => format!("#{anchor}"),
        (None, "allow" | "deny") => "cd.md#consent".to_owned(),
        (None, _) => "cd.md".to_owned(),
    }
}

/// The commands of the first level with their summaries.
fn summaries(page: &str) -> String {
    let of_first_level = |(name, _): &(String, Command)| !name.contains(' ');
    let row = |(name, command): (String, Command)| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        format!("| [`{name}`]({}) | {about} |\n", link(page, &name))
    };
    let rows: String = commands().into_iter().filter(of_first_level).map(row).collect();
    format!("| command | |\n|---|---|\n{rows}")
}

/// What the parts of the pages should be, by the text of the comment that each begins with.
fn parts() -> BTreeMap<String, String> {
    let mut parts: BTreeMap<String, String> = commands()
        .into_iter()
        .map(|(name, command)| (format!("options: devshell {name}"), table(&command, is_own)))
        .filter(|(_, table)| !table.is_empty())
        .collect();
    parts.insert("options: devshell".to_owned(), table(&devshell::cli::command(), |_| true));
    parts.insert("commands".to_owned(), summaries(&read("docs/cli.md")));
    parts
}

/// The page with each of its parts as it should be, and the parts that it has.
fn written(page: &str, parts: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let (mut text, mut found, mut rest) = (String::new(), Vec::new(), page);
    while let Some(start) = rest.find("<!-- ") {
        let (before, after) = rest.split_at(start);
        let name = after["<!-- ".len()..].split(" -->").next().unwrap_or_default();
        text.push_str(before);
        rest = after;
        if let Some((part, (_, behind))) = parts.get(name).zip(after.split_once(END)) {
            write!(text, "<!-- {name} -->\n\n{part}\n{END}").unwrap();
            found.push(name.to_owned());
            rest = behind;
        } else {
            text.push_str("<!-- ");
            rest = &rest["<!-- ".len()..];
        }
    }
    (text + rest, found)
}

#[test]
fn the_reference_has_the_options_of_every_command() {
    let parts = parts();
    let (mut found, mut stale) = (Vec::new(), Vec::new());
    for path in PAGES {
        let page = read(path);
        let (text, here) = written(&page, &parts);
        found.extend(here);
        if text != page {
            stale.push(path);
            if std::env::var_os("DEVSHELL_WRITE_DOCS").is_some() {
                fs_err::write(root().join(path), text).unwrap();
            }
        }
    }
    let missing: Vec<_> = parts.keys().filter(|name| found.iter().filter(|one| one == name).count() != 1).collect();
    assert!(missing.is_empty(), "{PAGES:?} need each of these once, with {END} after it: {missing:?}");
    assert!(stale.is_empty(), "{stale:?} differ from `--help`; `DEVSHELL_WRITE_DOCS=1` writes them again");
}

#[test]
fn every_argument_says_what_it_is() {
    for (name, command) in commands() {
        let silent = |arg: &&Arg| is_own(arg) && !arg.is_hide_set() && arg.get_help().is_none();
        let silent: Vec<String> = command.get_arguments().filter(silent).map(typed).collect();
        assert!(silent.is_empty(), "`devshell {name} --help` says nothing about {silent:?}");
    }
}

/// Prose of a command's section names options that the command has.
#[test]
fn the_reference_names_no_other_options() {
    let page = read("docs/cli.md");
    let whole = devshell::cli::command();
    let of = |command: &Command| command.get_arguments().flat_map(longs).collect::<Vec<_>>();
    let of_all = of(&whole);
    for line in page.lines().filter_map(|line| line.strip_prefix("## `")) {
        let heading = line.trim_end_matches('`');
        let known: Vec<String> = commands()
            .iter()
            .filter(|(name, _)| heading.starts_with(name.as_str()) || name.starts_with(heading))
            .flat_map(|(_, command)| of(command))
            .collect();
        for code in code(section(&page, &format!("`{heading}`"))) {
            let Some(option) = code.split([' ', '=']).next().filter(|word| word.starts_with("--") && word.len() > 2)
            else {
                continue;
            };
            let is_known = known.iter().chain(&of_all).any(|other| other == option);
            assert!(is_known, "docs/cli.md, `{heading}`: {option} is no option of it");
        }
    }
}

#[test]
fn parts_are_written_between_their_marks() {
    let parts = BTreeMap::from([("a".to_owned(), "new\n".to_owned())]);
    let page = "x <!-- run: a -->\n<!-- a -->\nold\n<!-- end -->\nrest <!-- b -->\n";
    let (text, found) = written(page, &parts);
    assert_eq!(text, "x <!-- run: a -->\n<!-- a -->\n\nnew\n\n<!-- end -->\nrest <!-- b -->\n");
    assert_eq!(found, ["a"]);
    assert_eq!(written(&text, &parts).0, text, "once written, it stays");
}
