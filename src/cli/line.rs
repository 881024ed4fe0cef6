//! The command line as it is read: by hand where that saves time, else by clap.

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use super::options::Global;
use super::{Verb, enter, prompt, run};
use crate::text;

/// Run a repository's pinned tools in your own shell, and nothing from the host by accident
#[derive(Parser)]
#[command(name = "devshell", version, max_term_width = 100)]
pub struct CommandLine {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

/// A command line with one verb, and nothing of the others: describing those to clap costs as much
/// as all the rest of a warm run.
#[derive(Parser)]
#[command(disable_help_subcommand = true)]
struct ShortLine<V: Subcommand> {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: V,
}

#[derive(Subcommand)]
enum RunVerb {
    Run(run::Arguments),
}

#[derive(Subcommand)]
enum EnterVerb {
    Enter(enter::Arguments),
}

impl CommandLine {
    /// Parses the process's own command line, which begins with the program's name.
    pub fn of(line: &[OsString]) -> Result<Self, clap::Error> {
        if let Some(verb) = Verb::plain(line.get(1..).unwrap_or_default()) {
            return Ok(Self { global: Global::default(), verb });
        }
        match line.iter().find(|word| *word == "run" || *word == "enter") {
            Some(word) if word == "run" => {
                if let Ok(ShortLine { global, verb: RunVerb::Run(arguments) }) = ShortLine::try_parse_from(line) {
                    return Ok(Self { global, verb: Verb::Run(arguments) });
                }
            }
            Some(_) => {
                if let Ok(ShortLine { global, verb: EnterVerb::Enter(arguments) }) = ShortLine::try_parse_from(line) {
                    return Ok(Self { global, verb: Verb::Enter(arguments) });
                }
            }
            None => {}
        }
        // The whole command line reports any mistake, and it repeats words.
        let shown = |word: &OsString| OsString::from(text::word(&word.to_string_lossy()).into_owned());
        Self::try_parse_from(line).map_err(|mistake| {
            let again = Self::try_parse_from(line.iter().map(shown)).err();
            again.filter(clap::Error::use_stderr).unwrap_or(mistake)
        })
    }
}

impl Verb {
    /// The verb of a command line without options that enters or runs something: these are read by
    /// hand, since even one verb takes clap a while.
    fn plain(line: &[OsString]) -> Option<Self> {
        match line {
            [verb] if verb == "enter" => Some(Self::Enter(enter::Arguments::default())),
            [verb, separator, words @ ..] if verb == "run" && separator == "--" && !words.is_empty() => {
                Some(Self::Run(run::Arguments::of(words)))
            }
            [verb, words @ ..] if verb == "run" && words.first()?.as_encoded_bytes().first()? != &b'-' => {
                Some(Self::Run(run::Arguments::of(words)))
            }
            [verb, shell, last] if verb == "on-prompt" => prompt::Arguments::of(shell, last).map(Self::OnPrompt),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser as _;

    use super::{CommandLine, Verb};
    use crate::cli::options::Global;

    #[test]
    fn lines_read_by_hand_are_read_as_clap_reads_them() {
        for (line, is_plain) in [
            ("enter", true),
            ("enter --shell bash", false),
            ("enter -- true", false),
            ("run", false),
            ("run --", false),
            ("run -- true", true),
            ("run -- -q --help", true),
            ("run -- --", true),
            ("run test", true),
            ("run test -k name --offline -C dir", true),
            ("run test -- -C dir", true),
            ("run true -- --", true),
            ("run -q test", false),
            ("-q run test", false),
            ("run help", true),
            ("list", false),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let by_hand = Verb::plain(&words);
            assert_eq!(by_hand.is_some(), is_plain, "{line}");
            let Some(by_hand) = by_hand else { continue };
            let by_clap = CommandLine::try_parse_from([OsString::from("devshell")].into_iter().chain(words)).unwrap();
            assert_eq!(format!("{:?}", by_clap.global), format!("{:?}", Global::default()), "{line}");
            match (by_hand, by_clap.verb) {
                (Verb::Enter(ours), Verb::Enter(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}")),
                (Verb::Run(ours), Verb::Run(theirs)) => assert_eq!(format!("{ours:?}"), format!("{theirs:?}")),
                _ => panic!("{line}: another verb"),
            }
        }
    }
}
