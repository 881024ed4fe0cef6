//! One file of a release: what its name says about the platforms that it is for, and the stem that is left of the
//! name without that. What is no program for one of our systems has no `File`.

use std::borrow::Cow;

use super::Subject;
use super::words::{self, Arch, Libc, Os, Piece, Word};
use crate::archive::Format;
use crate::platform::Platform;

/// The longest name, in bytes, that a file can have on our systems.
const LONGEST: usize = 255;

/// A machine: a platform whatever its C library is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Machine {
    X8664Linux,
    Aarch64Linux,
    X8664Darwin,
    Aarch64Darwin,
}

impl Machine {
    pub const fn of(platform: Platform) -> Self {
        match platform {
            Platform::X8664Linux | Platform::X8664LinuxMusl => Self::X8664Linux,
            Platform::Aarch64Linux | Platform::Aarch64LinuxMusl => Self::Aarch64Linux,
            Platform::X8664Darwin => Self::X8664Darwin,
            Platform::Aarch64Darwin => Self::Aarch64Darwin,
        }
    }
}

/// A program for one of our systems.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub name: &'a str,
    /// What is left of the name, in lower case and with one kind of separator: the same for all platforms.
    pub stem: String,
    /// Two for a universal file of a Mac.
    pub machines: Vec<Machine>,
    pub libc: Option<Libc>,
    pub format: Format,
}

impl<'a> File<'a> {
    pub fn read(name: &'a str, subject: &Subject) -> Option<Self> {
        let format = Format::of(name).ok().filter(|format| *format != Format::Deb)?;
        if name.len() > LONGEST {
            return None;
        }
        let bare = without_version(without_ending(name, format), subject);
        if has_other_ending(&bare, subject) {
            return None;
        }
        let pieces = pieces(&bare, subject);
        let os = system(&pieces)?;
        let machines = machines(&pieces, os)?;
        let libc = c_library(&pieces, os)?;
        Some(Self { name, stem: stem(&pieces, os), machines, libc, format })
    }

    /// Whether it is for this platform. A program that needs glibc runs on no other Linux; one whose name does not
    /// say what it needs is taken for one of these, unless all are known to be linked statically.
    pub fn serves(&self, platform: Platform, is_static: bool) -> bool {
        let runs = platform.libc() != Some("musl")
            || match self.libc {
                Some(Libc::Musl | Libc::Static) => true,
                Some(Libc::Gnu) => false,
                None => is_static,
            };
        runs && self.machines.contains(&Machine::of(platform))
    }
}

/// The name without the ending that says its format.
fn without_ending(name: &str, format: Format) -> &str {
    if format == Format::File {
        return name;
    }
    let inner = &name[..name.rfind('.').unwrap_or(name.len())];
    let is_tar = inner.len() >= 4
        && inner.is_char_boundary(inner.len() - 4)
        && inner[inner.len() - 4..].eq_ignore_ascii_case(".tar");
    if is_tar { &inner[..inner.len() - 4] } else { inner }
}

/// Whether the rest of a name ends like a file that is something else: a checksum, a signature, a package, a text.
/// All that may be after the last dot is a word for a platform, a number, or the tool's own name.
fn has_other_ending(bare: &str, subject: &Subject) -> bool {
    let Some((_, ending)) = bare.rsplit_once('.') else { return false };
    let is_one = ending.chars().all(char::is_alphanumeric);
    is_one && !words::is_word_or_number(ending) && !subject.names().any(|name| name.eq_ignore_ascii_case(ending))
}

/// The name without the release's version, in the notations that files have.
fn without_version<'a>(name: &'a str, subject: &Subject) -> Cow<'a, str> {
    let Subject { version, tag, .. } = subject;
    // Two numbers without their dot can be anything: 6.4 is no part of `linux-64`.
    let several = version.matches('.').count() > 1;
    let variants = [
        format!("v{version}"),
        (*version).to_owned(),
        version.replace('+', "."),
        version.replace('+', "-"),
        version.replace('.', "_"),
        version.replace('.', "-"),
        if several { version.replace('.', "") } else { String::new() },
        (*tag).to_owned(),
    ];
    let mut name = Cow::Borrowed(name);
    for variant in variants.iter().filter(|variant| variant.contains(|c: char| c.is_ascii_digit())) {
        while let Some(begin) = bounded(&name, variant) {
            name = Cow::Owned(format!("{}-{}", &name[..begin], &name[begin + variant.len()..]));
        }
    }
    name
}

/// Where a version is in a text, and not a part of a longer number or word.
fn bounded(text: &str, version: &str) -> Option<usize> {
    // `go1.22` has one, `amd64` does not.
    let may_follow_letters = version.contains('.');
    text.match_indices(version).map(|(begin, _)| begin).find(|begin| {
        let (before, after) = (&text[..*begin], &text[begin + version.len()..]);
        let mut back = before.chars().rev();
        let mut forth = after.chars();
        let begins = match (back.next(), back.next()) {
            (Some('.'), Some(digit)) if digit.is_ascii_digit() => version.starts_with(|c: char| !c.is_ascii_digit()),
            (Some(c), _) if c.is_alphabetic() => {
                may_follow_letters && version.starts_with(|c: char| c.is_ascii_digit())
            }
            (Some(c), _) => !c.is_numeric(),
            (None, _) => true,
        };
        let ends = match (forth.next(), forth.next()) {
            (Some('.'), Some(digit)) => !digit.is_ascii_digit(),
            (Some(c), _) => !c.is_alphanumeric(),
            (None, _) => true,
        };
        begins && ends
    })
}

/// The pieces of a name. What it calls the tool is one piece, whatever words are in that.
fn pieces<'a>(bare: &'a str, subject: &Subject) -> Vec<Piece<'a>> {
    let places = subject.names().filter_map(|name| words::find(bare, name));
    let Some(own) = places.max_by_key(|own| own.len()) else { return words::pieces(bare) };
    let begin = own.as_ptr() as usize - bare.as_ptr() as usize;
    let (before, after) = (&bare[..begin], &bare[begin + own.len()..]);
    [words::pieces(before), vec![Piece { text: own, word: None }], words::pieces(after)].concat()
}

/// The system, if the words agree on one of ours and nothing says that the file is no program.
fn system(pieces: &[Piece]) -> Option<Os> {
    if pieces.iter().any(|piece| piece.word == Some(Word::NoProgram)) {
        return None;
    }
    let mut systems = pieces.iter().filter_map(|piece| match piece.word {
        Some(Word::Os(os)) => Some(os),
        _ => None,
    });
    let first = systems.next().filter(|os| *os != Os::Other)?;
    systems.all(|other| other == first).then_some(first)
}

/// The machines, if the words agree. Two are named only for a Mac, whose programs can be for both.
fn machines(pieces: &[Piece], os: Os) -> Option<Vec<Machine>> {
    let mut machines = Vec::new();
    for piece in pieces {
        match (piece.word, os) {
            (Some(Word::Arch(Arch::X8664)), Os::Linux) => machines.push(Machine::X8664Linux),
            (Some(Word::Arch(Arch::Aarch64)), Os::Linux) => machines.push(Machine::Aarch64Linux),
            (Some(Word::Arch(Arch::X8664) | Word::Mac(Arch::X8664)), Os::Darwin) => machines.push(Machine::X8664Darwin),
            (Some(Word::Arch(Arch::Aarch64 | Arch::Arm) | Word::Mac(Arch::Aarch64)), Os::Darwin) => {
                machines.push(Machine::Aarch64Darwin);
            }
            (Some(Word::Arch(_)), _) => return None,
            _ => {}
        }
    }
    let says = |word| pieces.iter().any(|piece| piece.word == Some(word));
    if machines.is_empty() && os == Os::Darwin && says(Word::Universal) {
        machines.extend([Machine::X8664Darwin, Machine::Aarch64Darwin]);
    } else if machines.is_empty() && says(Word::Bits64) {
        machines.push(if os == Os::Linux { Machine::X8664Linux } else { Machine::X8664Darwin });
    }
    machines.sort_unstable();
    machines.dedup();
    let is_clear = machines.len() == 1 || (os == Os::Darwin && machines.len() == 2);
    is_clear.then_some(machines)
}

/// The C library that a file names, if any; nothing at all if it names two. A program that is linked statically is so
/// whatever it was built with.
#[allow(clippy::option_option)]
fn c_library(pieces: &[Piece], os: Os) -> Option<Option<Libc>> {
    let named = |libc| {
        (os == Os::Linux || libc == Libc::Static) && pieces.iter().any(|piece| piece.word == Some(Word::Libc(libc)))
    };
    match (named(Libc::Static), named(Libc::Musl), named(Libc::Gnu)) {
        (true, ..) => Some(Some(Libc::Static)),
        (_, true, true) => None,
        (_, true, _) => Some(Some(Libc::Musl)),
        (_, _, true) => Some(Some(Libc::Gnu)),
        _ => Some(None),
    }
}

/// What of a name does not say what it is for.
fn stem(pieces: &[Piece], os: Os) -> String {
    let names_processor = pieces.iter().any(|piece| matches!(piece.word, Some(Word::Arch(_) | Word::Mac(_))));
    let is_left = |piece: &&Piece| match piece.word {
        None | Some(Word::NoProgram) => true,
        Some(Word::Os(_) | Word::Arch(_) | Word::Bits64 | Word::Vendor | Word::Libc(_)) => false,
        Some(Word::Mac(_)) => os != Os::Darwin,
        // `all` may also be what the tool is called.
        Some(Word::Universal) => os != Os::Darwin || names_processor,
    };
    let texts: Vec<String> = pieces.iter().filter(is_left).map(|piece| plain(piece.text)).collect();
    texts.join("-")
}

/// In lower case and with hyphens only.
pub(super) fn plain(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}
