//! Environment markers as uv writes them ("Dependency specifiers" of the Python Packaging User
//! Guide), made as short as they can be where devshell runs. What they mean is left to uv.

use pep440_rs::{Version, VersionSpecifiers};

use super::pythons::Pythons;
use crate::platform::{Platform, Platforms};

/// The systems that devshell runs on: one of these is true.
const OURS: [&str; 2] = ["sys_platform == 'darwin'", "sys_platform == 'linux'"];

/// A system as a marker, with its machine if it is the only one there.
type System = (&'static str, Option<String>);

/// The systems of some platforms.
fn systems(platforms: Platforms) -> impl Iterator<Item = System> {
    OURS.into_iter().rev().filter_map(move |system| {
        let mut machines: Vec<&str> =
            platforms.iter().filter(|platform| system.contains(platform.os())).map(machine).collect();
        machines.sort_unstable();
        machines.dedup();
        let only = || format!("platform_machine == '{}'", machines[0]);
        (!machines.is_empty()).then(|| (system, (machines.len() == 1).then(only)))
    })
}

/// The markers of which one is true wherever a lock for some platforms counts.
pub fn environments(platforms: Platforms) -> Vec<String> {
    let environment = |(system, machine): System| match machine {
        Some(machine) => format!("{system} and {machine}"),
        None => system.to_owned(),
    };
    systems(platforms).map(environment).collect()
}

/// A machine as Python calls it (`platform.machine()`).
const fn machine(platform: Platform) -> &'static str {
    match platform {
        Platform::Aarch64Darwin => "arm64",
        Platform::Aarch64Linux | Platform::Aarch64LinuxMusl => "aarch64",
        Platform::X8664Darwin | Platform::X8664Linux | Platform::X8664LinuxMusl => "x86_64",
    }
}

/// The variables that name an implementation of Python, with CPython's name in each.
const CPYTHON: [(&str, &str); 2] = [("platform_python_implementation", "CPython"), ("implementation_name", "cpython")];

/// A marker without what is true wherever a lock counts; empty when nothing is left. `None` when it
/// holds nowhere there.
pub fn shortened(marker: &str, pythons: &Pythons, platforms: Platforms) -> Option<String> {
    let systems: Vec<_> = systems(platforms).collect();
    shortened_on(marker, pythons, &systems)
}

fn shortened_on(marker: &str, pythons: &Pythons, systems: &[System]) -> Option<String> {
    let mut kept: Vec<(String, Option<&str>)> = Vec::new();
    for clause in split(without_parentheses(marker), " or ") {
        let Some((rest, system)) = clause_of(clause, pythons, systems) else { continue };
        // What holds on one of the two systems and on the other holds on both.
        match kept.iter_mut().find(|(other, there)| *other == rest && *there != system) {
            Some((_, there)) if there.is_some() && system.is_some() => *there = None,
            _ => kept.push((rest, system)),
        }
    }
    if kept.is_empty() || kept.iter().any(|(rest, system)| rest.is_empty() && system.is_none()) {
        return (!kept.is_empty()).then(String::new);
    }
    kept.dedup();
    let several = kept.len() > 1;
    let written = kept.into_iter().map(|(rest, system)| {
        let text = match system {
            None => rest,
            Some(system) if rest.is_empty() => system.to_owned(),
            Some(system) => format!("{rest} and {system}"),
        };
        match (several, text.contains(" and ")) {
            (true, true) => format!("({text})"),
            (true, false) => text,
            (false, _) => without_parentheses(&text).to_owned(),
        }
    });
    Some(written.collect::<Vec<_>>().join(" or "))
}

/// The terms of a clause that say something, and the system it is for.
fn clause_of(clause: &str, pythons: &Pythons, systems: &[System]) -> Option<(String, Option<&'static str>)> {
    let (mut kept, mut system) = (Vec::new(), None);
    let terms = split(without_parentheses(clause), " and ");
    // The machine that there is on the clause's system, if there is only one.
    let here = systems.iter().find(|(name, _)| terms.contains(name));
    let machine = here.and_then(|(_, machine)| machine.as_deref());
    for term in terms {
        if let Some(ours) = OURS.iter().find(|ours| **ours == term) {
            here?;
            system = Some(*ours).filter(|_| systems.len() > 1);
        } else if Some(term) == machine {
        } else if without_parentheses(term) != term {
            let inner = shortened_on(term, pythons, systems)?;
            if !inner.is_empty() {
                kept.push(if inner.contains(" or ") { format!("({inner})") } else { inner });
            }
        } else if !always(term, pythons)? {
            kept.push(term.to_owned());
        }
    }
    Some((kept.join(" and "), system))
}

/// Whether a term holds wherever the lock counts; `None` when it holds nowhere there.
fn always(term: &str, pythons: &Pythons) -> Option<bool> {
    for (variable, ours) in CPYTHON {
        let value = term.strip_prefix(variable).map(str::trim);
        let is = |operator: &str| Some(value?.strip_prefix(operator)?.trim().trim_matches('\'') == ours);
        match (is("=="), is("!=")) {
            (Some(true), _) | (_, Some(false)) => return Some(true),
            (Some(false), _) | (_, Some(true)) => return None,
            _ => {}
        }
    }
    let Some(of_python) = VersionTerm::parse(term) else { return Some(false) };
    let (mut some, mut all) = (false, true);
    for (_, version) in pythons.releases() {
        let holds = of_python.holds(version);
        (some, all) = (some || holds, all && holds);
    }
    some.then_some(all)
}

/// The minor versions of Python 3 that a marker may hold for. What it says about anything but
/// versions may hold, as far as is known here.
pub fn minors(marker: &str, pythons: &Pythons) -> Vec<u32> {
    let mut found: Vec<u32> =
        pythons.releases().filter(|(_, version)| may_hold(marker, version)).map(|(minor, _)| *minor).collect();
    found.dedup();
    found
}

fn may_hold(marker: &str, version: &Version) -> bool {
    let term = |term: &str| match without_parentheses(term) {
        inner if inner != term => may_hold(inner, version),
        _ => VersionTerm::parse(term).is_none_or(|of_python| of_python.holds(version)),
    };
    let clause = |clause: &str| split(without_parentheses(clause), " and ").into_iter().all(term);
    split(without_parentheses(marker), " or ").into_iter().any(clause)
}

/// A term about the version of Python.
struct VersionTerm {
    specifiers: VersionSpecifiers,
    /// It is about `3.N` alone.
    is_short: bool,
}

impl VersionTerm {
    fn parse(term: &str) -> Option<Self> {
        let full = term.strip_prefix("python_full_version ");
        let rest = full.or_else(|| term.strip_prefix("python_version "))?;
        Some(Self { specifiers: rest.replace('\'', "").parse().ok()?, is_short: full.is_none() })
    }

    fn holds(&self, version: &Version) -> bool {
        match version.release() {
            [major, minor, ..] if self.is_short => self.specifiers.contains(&Version::new([*major, *minor])),
            _ => self.specifiers.contains(version),
        }
    }
}

/// The parts of a text between the separators that are outside of parentheses and quotes.
fn split<'m>(text: &'m str, separator: &str) -> Vec<&'m str> {
    let (mut parts, mut start, mut depth, mut is_quoted) = (Vec::new(), 0, 0_i32, false);
    for (at, character) in text.char_indices() {
        match character {
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 && !is_quoted && at >= start && text[at..].starts_with(separator) {
            parts.push(&text[start..at]);
            start = at + separator.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// `(a or b)` is `a or b`, but `(a) or (b)` is itself.
fn without_parentheses(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let is_whole = |inner: &&str| {
        let mut depth = 0_i32;
        inner.chars().all(|character| {
            depth += match character {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth >= 0
        })
    };
    inner.filter(is_whole).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pythons(requirement: &str) -> Pythons {
        Pythons::of(&requirement.parse().unwrap(), None)
    }

    #[test]
    fn what_is_always_true_is_left_out() {
        let (mac, linux) = (OURS[0], OURS[1]);
        for (marker, expected) in [
            (format!("a == '1' and ({mac} or {linux})"), "a == '1'".to_owned()),
            (format!("(a == '1' or b == '2') and ({mac} or {linux})"), "a == '1' or b == '2'".to_owned()),
            (format!("(a == '1' and {mac}) or (a == '1' and {linux})"), "a == '1'".to_owned()),
            (
                format!("(a == '1' and {mac}) or (b == '2' and {linux})"),
                format!("(a == '1' and {mac}) or (b == '2' and {linux})"),
            ),
            (format!("a == '1' and {mac}"), format!("a == '1' and {mac}")),
            (format!("{mac} or {linux}"), String::new()),
            (mac.to_owned(), mac.to_owned()),
            (
                format!(
                    "(a == '1' and {mac}) or (b == ' or ' and {mac}) or (a == '1' and {linux}) or (b == ' or ' and {linux})"
                ),
                "a == '1' or b == ' or '".to_owned(),
            ),
            ("(a == '1') or (b == '2')".to_owned(), "a == '1' or b == '2'".to_owned()),
        ] {
            let shortened = shortened(&marker, &pythons(">=3.8"), Platforms::ALL);
            assert_eq!(shortened.as_ref(), Some(&expected), "{marker}");
        }
    }

    #[test]
    fn the_platforms_of_the_lock_are_given() {
        let (mac, linux, arm) = (OURS[0], OURS[1], "platform_machine == 'arm64'");
        for (names, marker, expected) in [
            (&["x86_64-linux", "aarch64-linux"][..], format!("a == '1' and {linux}"), Some("a == '1'")),
            (&["x86_64-linux", "aarch64-linux"], mac.to_owned(), None),
            (&["aarch64-darwin"], format!("{arm} and {mac}"), Some("")),
            (&["aarch64-darwin"], format!("a == '1' and ({arm} and {mac})"), Some("a == '1'")),
            (&["aarch64-darwin", "x86_64-linux", "aarch64-linux"], format!("({arm} and {mac}) or {linux}"), Some("")),
            (&["aarch64-darwin", "x86_64-darwin"], format!("{arm} and {mac}"), Some(arm)),
        ] {
            let platforms = names.iter().map(|name| name.parse::<Platform>().unwrap()).collect();
            assert_eq!(shortened(&marker, &pythons("3.11"), platforms).as_deref(), expected, "{marker} {names:?}");
        }
        let only = |name: &str| environments([name.parse().unwrap()].into_iter().collect());
        assert_eq!(environments(Platforms::ALL), [linux, mac]);
        assert_eq!(only("aarch64-darwin"), [format!("{mac} and {arm}")]);
        assert_eq!(only("x86_64-linux-musl"), [format!("{linux} and platform_machine == 'x86_64'")]);
    }

    #[test]
    fn the_pythons_of_the_lock_and_cpython_are_given() {
        for (marker, requirement, expected) in [
            ("python_full_version < '3.12' and platform_python_implementation == 'CPython'", "3.11", Some("")),
            ("python_full_version >= '3.12' and platform_python_implementation == 'CPython'", "3.11", None),
            ("python_full_version == '3.10.*' or (a == '1' and python_version < '3.12')", "3.11", Some("a == '1'")),
            ("python_full_version < '3.11'", ">=3.10,<3.13", Some("python_full_version < '3.11'")),
            ("python_full_version >= '3.11.4'", "3.11", Some("python_full_version >= '3.11.4'")),
            ("python_full_version >= '3.11.4'", "=3.11.6", Some("")),
            ("implementation_name == 'pypy' and sys_platform == 'linux'", "3.11", None),
            ("implementation_name != 'pypy' and platform_python_implementation != 'PyPy'", "3.11", Some("")),
            ("platform_python_implementation != 'CPython' or extra == 'x'", "3.11", Some("extra == 'x'")),
        ] {
            let shortened = shortened(marker, &pythons(requirement), Platforms::ALL);
            assert_eq!(shortened.as_deref(), expected, "{marker} for {requirement}");
        }
    }

    #[test]
    fn markers_say_which_pythons() {
        let all = [10, 11, 12, 13];
        for (marker, expected) in [
            ("python_full_version == '3.10.*'", &[10][..]),
            ("python_full_version >= '3.11' and sys_platform == 'darwin'", &[11, 12, 13]),
            ("python_full_version >= '3.11' and python_full_version < '3.13'", &[11, 12]),
            ("python_full_version < '3.11.5'", &[10, 11]),
            ("implementation_name == 'cpython'", &all),
            ("python_full_version < '3.11' or sys_platform == 'linux'", &all),
            ("(python_full_version < '3.11' and a == '1') or (python_full_version >= '3.13' and a == '1')", &[10, 13]),
            ("python_version == '3.12' and (a == '1' or b == '2')", &[12]),
        ] {
            assert_eq!(minors(marker, &pythons(">=3.10,<3.14")), expected, "{marker}");
        }
    }
}
