//! What Nix's errors mean for a dev shell, and what to type next. The texts are those of Nix 2.8 to 2.34.

use crate::text;

/// What was asked of Nix.
#[derive(Clone, Debug)]
pub struct Asked {
    /// How the manifest calls the dev shell: `.#ci`.
    pub name: String,
    /// The file that it is in, from the manifest's directory.
    pub file: String,
    /// The dev shells that the flake has, if that is known.
    pub attributes: Vec<String>,
}

/// Why Nix made no dev shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The file, from the root of the repository.
    Untracked(String),
    Locking,
    Daemon,
    Attribute,
    Impure,
    Owner,
    NoShell,
    Structured,
    Control,
    Network,
    /// Anything else.
    Other,
}

/// Parts of errors, and what they are about. The first that matches counts.
const KNOWN: &[(&str, Refusal)] = &[
    ("requires lock file changes", Refusal::Locking),
    ("cannot connect to socket", Refusal::Daemon),
    ("does not provide attribute", Refusal::Attribute),
    ("attribute 'currentSystem' missing", Refusal::Impure),
    ("in pure evaluation mode", Refusal::Impure),
    ("in pure eval mode", Refusal::Impure),
    ("is not owned by current user", Refusal::Owner),
    ("ambiguous redirect", Refusal::Structured),
    ("only works on derivations that use 'bash'", Refusal::NoShell),
    ("failed to produce output path", Refusal::NoShell),
    ("does not have an 'outputs' attribute", Refusal::NoShell),
    ("needs to evaluate to a single derivation", Refusal::NoShell),
    ("is not a derivation", Refusal::NoShell),
    ("json.exception.parse_error.101", Refusal::Control),
    ("json.exception.type_error.316", Refusal::Control),
    ("unable to download", Refusal::Network),
    ("Could not resolve host", Refusal::Network),
    ("Could not connect to server", Refusal::Network),
    ("Network is unreachable", Refusal::Network),
];

impl Refusal {
    /// What the errors of Nix are about. `is_there` says whether the repository has a file, by its path in it.
    pub fn of(errors: &str, is_there: &dyn Fn(&str) -> bool) -> Self {
        if let Some(file) = untracked(errors).filter(|file| is_there(file)) {
            return Self::Untracked(file.to_owned());
        }
        KNOWN.iter().find(|(text, _)| errors.contains(text)).map_or(Self::Other, |(_, refusal)| refusal.clone())
    }

    /// The error in devshell's words, or in Nix's if it has no better ones.
    pub fn text(&self, errors: &str, asked: &Asked) -> String {
        let Asked { name, file, .. } = asked;
        match self {
            Self::Untracked(file) => format!("git does not track `{file}`, so Nix does not see it"),
            Self::Locking => format!("the flake.lock of `{name}` is missing or stale"),
            Self::Daemon => "the daemon of Nix is not running".to_owned(),
            Self::Attribute => format!("`{name}` is not a dev shell of {file}"),
            Self::Impure => format!("`{name}` looks at the machine while it is evaluated"),
            Self::Owner => "the repository belongs to another user, so Nix does not read it".to_owned(),
            Self::NoShell => format!("`{name}` is not a dev shell"),
            Self::Structured => format!("`{name}` has structured attributes, which this Nix cannot print"),
            Self::Control => {
                format!(
                    "a variable of `{name}` has a control character or a byte that is not UTF-8, and Nix cannot print it"
                )
            }
            Self::Network => format!("Nix cannot fetch what `{name}` needs: {}", first(errors)),
            Self::Other => format!("Nix cannot evaluate `{name}`: {}", first(errors)),
        }
    }

    pub fn hint(&self, asked: &Asked) -> Option<String> {
        let Asked { name, file, attributes, .. } = asked;
        Some(match self {
            Self::Untracked(file) => format!("type `git add -N {file}`"),
            Self::Locking => "type `nix flake lock`, and commit flake.lock".to_owned(),
            Self::Daemon => "type `sudo systemctl start nix-daemon`".to_owned(),
            Self::Attribute => match attributes.as_slice() {
                [] => format!("add it to {file}, or name another one in the manifest: \"nix\": \".#NAME\""),
                known => {
                    let known: Vec<String> = known.iter().map(|known| format!("`.#{}`", text::word(known))).collect();
                    format!("it has {}; name one in the manifest: \"nix\": \".#NAME\"", known.join(", "))
                }
            },
            Self::Impure => "write \"nix\": { \"impure\": true } if that is meant".to_owned(),
            Self::Owner => {
                "if you trust its owner, type `git config --global --add safe.directory DIRECTORY`".to_owned()
            }
            Self::NoShell => format!("make `{name}` with `pkgs.mkShell`"),
            Self::Structured => "update Nix to 2.19 or newer".to_owned(),
            Self::Control => "take the character out of the variable".to_owned(),
            Self::Network => "try again while there is a network".to_owned(),
            Self::Other => return None,
        })
    }
}

/// The file that Nix did not find in its copy of a repository, or that it says is not tracked.
fn untracked(errors: &str) -> Option<&str> {
    let line = |text: &str| errors.lines().find(|line| line.contains(text));
    ["-source/", "absolute path '", "Path '"].into_iter().find_map(|beginning| {
        let reasons =
            ["getting status of", "does not exist", "No such file", "not tracked by Git", "under Git control"];
        let line = reasons.iter().filter_map(|reason| line(reason)).find(|line| line.contains(beginning))?;
        let rest = &line[line.find(beginning)? + beginning.len()..];
        rest.split('\'').next()
    })
}

/// The last error that Nix printed, which names the cause, in one line.
fn first(errors: &str) -> String {
    let plain = text::plain(errors);
    let lines: Vec<&str> = plain.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let mut errors = lines.iter().rev().filter_map(|line| line.strip_prefix("error: "));
    // That follows the error of the dependency.
    let error = errors.find(|error| !error.contains("dependencies of derivation") && !error.starts_with("build of "));
    text::cause(error.or_else(|| lines.last().copied()).unwrap_or("it printed no error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text is what one version of Nix prints.
    #[test]
    fn errors_of_nix_are_understood() {
        let untracked = |file: &str| Refusal::Untracked(file.to_owned());
        for (errors, expected) in [
            (
                "error: getting status of '/nix/store/x-source/flake.nix': No such file or directory",
                untracked("flake.nix"),
            ),
            ("error: path '/nix/store/x-source/nix/more.nix' does not exist", untracked("nix/more.nix")),
            ("error: Path 'flake.nix' in the repository \"/p\" is not tracked by Git.", untracked("flake.nix")),
            ("error: path '/nix/store/x-source/gone.nix' does not exist", Refusal::Other),
            ("error: lock file '/p/flake.lock' requires lock file changes but they're not allowed", Refusal::Locking),
            (
                "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': Connection refused",
                Refusal::Daemon,
            ),
            ("error: flake 'git+file:///p' does not provide attribute 'devShells.x86_64-linux.ci'", Refusal::Attribute),
            ("error: attribute 'currentSystem' missing", Refusal::Impure),
            ("error: access to absolute path '/etc/x' is forbidden in pure eval mode", Refusal::Impure),
            ("error: repository path '\"/p\"' is not owned by current user", Refusal::Owner),
            ("error: 'nix develop' only works on derivations that use 'bash' as their builder", Refusal::NoShell),
            (
                "error: builder for '/nix/store/x-env.drv' failed to produce output path for output 'out'",
                Refusal::NoShell,
            ),
            ("error: derivation '/nix/store/x.drv' does not have an 'outputs' attribute", Refusal::NoShell),
            ("error: 'nix develop' needs to evaluate to a single derivation, but it evaluated to 2", Refusal::NoShell),
            ("> get-env.sh: line 126: ${!__output}: ambiguous redirect", Refusal::Structured),
            (
                "error: [json.exception.parse_error.101] parse error at line 9: control character U+001B",
                Refusal::Control,
            ),
            ("error: unable to download 'https://a.example/x': Could not resolve host (6)", Refusal::Network),
            ("error: syntax error, unexpected '}'", Refusal::Other),
        ] {
            let asked = Asked { name: ".#ci".into(), file: "flake.nix".into(), attributes: Vec::new() };
            let refusal = Refusal::of(errors, &|file| file != "gone.nix");
            assert_eq!(refusal, expected, "{errors}");
            assert!(refusal == Refusal::Other || refusal.hint(&asked).is_some(), "{errors}");
        }
    }

    #[test]
    fn what_nix_printed_last_is_shown_where_nothing_better_is_known() {
        let attributes = ["default", "web"].map(str::to_owned).to_vec();
        let asked = Asked { name: ".#ci".into(), file: "flake.nix".into(), attributes };
        let errors = "warning: x\nerror: first\n\n       … while calling\nerror: undefined variable 'x'\n";
        assert_eq!(Refusal::Other.text(errors, &asked), "Nix cannot evaluate `.#ci`: undefined variable 'x'");
        let hint = Refusal::Attribute.hint(&asked).unwrap();
        assert_eq!(hint, "it has `.#default`, `.#web`; name one in the manifest: \"nix\": \".#NAME\"");
    }
}
