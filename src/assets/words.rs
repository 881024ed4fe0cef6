//! Words in the names of files: operating systems, architectures, C libraries. Publishers write them in many ways
//! (`Linux64`, `macOS_arm64`, `x86_64-unknown-linux-musl`, `osx-aarch_64`), but always as whole words, so that
//! neither `darwin` is Windows nor `armory` a processor.

/// Systems, as far as they matter: everything else is `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    Linux,
    Darwin,
    Other,
}

/// Processors, as far as they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arch {
    X8664,
    Aarch64,
    /// `arm`: one of 32 bits, except on a Mac, which never had that.
    Arm,
    Other,
}

/// The C library that a program for Linux needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Libc {
    Gnu,
    Musl,
    /// None: the name says that the program is linked statically.
    Static,
}

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    Os(Os),
    Arch(Arch),
    /// 64 bits of whichever processor is named; of x86 if none is.
    Bits64,
    /// A processor of Macs, on a Mac: `intel`, `silicon`.
    Mac(Arch),
    /// Both processors of Macs, on a Mac: `universal`, `all`.
    Universal,
    Libc(Libc),
    /// A part of a triple that says nothing (`unknown`, `pc`).
    Vendor,
    /// The file is no program but something about one: its debug symbols, its checksum.
    NoProgram,
}

/// A part of a name between its separators, or a few of them that are one word (`x86_64`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub text: &'a str,
    pub word: Option<Word>,
}

const LINUX: Word = Word::Os(Os::Linux);
const DARWIN: Word = Word::Os(Os::Darwin);
const NO_OS: Word = Word::Os(Os::Other);
const AMD64: Word = Word::Arch(Arch::X8664);
const ARM64: Word = Word::Arch(Arch::Aarch64);
const NO_ARCH: Word = Word::Arch(Arch::Other);

/// Words in lower case; a hyphen is any separator.
const WORDS: &[(Word, &[&str])] = &[
    (LINUX, &["linux"]),
    (DARWIN, &["darwin", "darwin-10-6", "darwin-10-12", "mac", "mac-os", "mac-osx", "macos", "macosx", "osx"]),
    (NO_OS, &["win", "win32", "win64", "windows", "cygwin", "mingw", "mingw32", "mingw64", "msvc", "msys"]),
    (NO_OS, &["aix", "android", "androideabi", "freebsd", "dragonfly", "haiku", "illumos", "ios", "netbsd"]),
    // Built against the libraries of one distribution.
    (NO_OS, &["ohos", "openbsd", "plan9", "solaris", "sunos", "alpine", "termux"]),
    (AMD64, &["x86-64", "x86-64bit", "x8664", "x64", "amd64", "intel64", "intel-64"]),
    // The levels of the psABI: the first is every processor's.
    (AMD64, &["x86-64-v1", "amd64-v1", "amd64v1"]),
    (NO_ARCH, &["x86-64-v2", "x86-64-v3", "x86-64-v4", "amd64-v2", "amd64-v3", "amd64-v4", "amd64v2", "amd64v3"]),
    (ARM64, &["aarch64", "aarch-64", "arm64", "arm-64", "arm64bit", "arm-64bit", "armv8", "arm64v8", "arm64-v8"]),
    (ARM64, &["arm64-v8-0", "arm64-v8a"]),
    (Word::Arch(Arch::Arm), &["arm"]),
    (NO_ARCH, &["386", "i386", "i486", "i586", "i686", "ia32", "x32", "x86", "x86-32", "32bit", "32-bit", "win-32"]),
    (NO_ARCH, &["arm32", "arm32v6", "arm32v7", "arm5", "arm6", "arm7", "armeabi", "armel", "armhf", "armv5", "armv6"]),
    (NO_ARCH, &["armv6hf", "armv6l", "armv7", "armv7a", "armv7hf", "armv7l", "arm64e", "arm64ec", "arm64-32"]),
    (NO_ARCH, &["ia64", "loong64", "loongarch64", "mips", "mipsle", "mips64", "mips64le", "mipsel", "mips64el"]),
    (NO_ARCH, &["ppc", "ppc64", "ppc64le", "ppc64el", "ppcle-64", "powerpc", "powerpc64", "powerpc64le"]),
    (NO_ARCH, &["riscv", "riscv64", "riscv64gc", "s390", "s390x", "s390-64", "sparc", "sparc64"]),
    // The number only beside a system: `linux64`, `win-64`.
    (Word::Bits64, &["64", "64bit", "64-bit"]),
    (Word::Mac(Arch::X8664), &["intel"]),
    (Word::Mac(Arch::Aarch64), &["silicon", "apple-silicon", "applesilicon", "m1"]),
    (Word::Universal, &["universal", "universal2", "universal-binary", "all"]),
    (Word::Libc(Libc::Musl), &["musl"]),
    (Word::Libc(Libc::Gnu), &["gnu", "glibc"]),
    (Word::Libc(Libc::Static), &["static"]),
    (Word::Vendor, &["unknown", "apple", "pc", "none"]),
    (Word::NoProgram, &["debug", "dbg", "dbgsym", "debuginfo", "debugsymbols", "symbols", "dsym", "pdb"]),
    (Word::NoProgram, &["sbom", "checksum", "checksums", "md5", "sha1", "sha256", "sha512"]),
];

/// The pieces of a text, in order.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let runs: Vec<(usize, &str)> = runs(text);
    let mut pieces = Vec::new();
    let mut rest = runs.as_slice();
    while let Some((begin, run)) = rest.first() {
        let (word, length) = longest(rest).map_or((None, 1), |(word, length)| (Some(word), length));
        if length > 1 {
            let (last, end) = rest[length - 1];
            pieces.push(Piece { text: &text[*begin..last + end.len()], word });
        } else {
            pieces.extend(inside(run));
        }
        rest = &rest[length..];
    }
    beside_systems(&mut pieces);
    pieces
}

/// Whether a text is one word, or a number.
pub fn is_word_or_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) || pieces(text).iter().all(|piece| piece.word.is_some())
}

/// Where a text has the words of a name, whatever is between them.
pub fn find<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (wanted, there) = (runs(name), runs(text));
    let place = there
        .windows(wanted.len().max(1))
        .find(|window| window.len() == wanted.len() && window.iter().zip(&wanted).all(|((_, a), (_, b))| same(a, b)))?;
    let (begin, (end, last)) = (place.first()?.0, place.last()?);
    text.get(begin..end + last.len())
}

/// What is between separators, each with the place where it begins.
fn runs(text: &str) -> Vec<(usize, &str)> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(|part| (part.as_ptr() as usize - text.as_ptr() as usize, part)).collect()
}

/// The word that most of the runs from the first on are, and how many they are.
fn longest(runs: &[(usize, &str)]) -> Option<(Word, usize)> {
    let all = WORDS.iter().flat_map(|(word, texts)| texts.iter().map(|text| (*word, *text)));
    let fitting = all.filter_map(|(word, text)| {
        let length = text.split('-').count();
        let is_it = length <= runs.len() && text.split('-').zip(runs).all(|(part, (_, run))| same(part, run));
        is_it.then_some((word, length))
    });
    fitting.max_by_key(|(_, length)| *length)
}

/// The words that one run is made of: all of it (`linuxarm64`), or what follows a change from small to capital
/// letters (`ToolLinux64`).
fn inside(run: &str) -> Vec<Piece<'_>> {
    let whole = |text| words_of(text);
    if let Some(words) = whole(run) {
        return words;
    }
    let mut before = ' ';
    for (index, letter) in run.char_indices() {
        if before.is_lowercase()
            && letter.is_uppercase()
            && let Some(words) = whole(&run[index..])
        {
            return [vec![Piece { text: &run[..index], word: None }], words].concat();
        }
        before = letter;
    }
    vec![Piece { text: run, word: None }]
}

/// The words that a text consists of, each as long as can be; `None` if something is left.
fn words_of(mut text: &str) -> Option<Vec<Piece<'_>>> {
    let mut found = Vec::new();
    while !text.is_empty() {
        let all = WORDS.iter().flat_map(|(word, texts)| texts.iter().map(|text| (*word, *text)));
        let fitting = all.filter(|(_, word)| text.get(..word.len()).is_some_and(|begin| same(begin, word)));
        let (word, length) = fitting.map(|(word, text)| (word, text.len())).max_by_key(|(_, length)| *length)?;
        found.push(Piece { text: &text[..length], word: Some(word) });
        text = &text[length..];
    }
    Some(found)
}

/// A number is one of bits only beside a system.
fn beside_systems(pieces: &mut [Piece]) {
    for index in 0..pieces.len() {
        let is_system = |piece: Option<&Piece>| matches!(piece, Some(Piece { word: Some(Word::Os(_)), .. }));
        let before = is_system(index.checked_sub(1).and_then(|before| pieces.get(before)));
        if pieces[index].text == "64" && !before && !is_system(pieces.get(index + 1)) {
            pieces[index].word = None;
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Word> {
        pieces(text).into_iter().filter_map(|piece| piece.word).collect()
    }

    fn stem(text: &str) -> String {
        let texts: Vec<&str> = pieces(text).iter().filter(|piece| piece.word.is_none()).map(|p| p.text).collect();
        texts.join(" ")
    }

    #[test]
    fn words_are_read_in_every_spelling() {
        const MUSL: Word = Word::Libc(Libc::Musl);
        for (text, expected) in [
            ("Linux64", &[LINUX, Word::Bits64][..]),
            ("linux-64", &[LINUX, Word::Bits64]),
            ("linux_x86_64", &[LINUX, AMD64]),
            ("linux-x86-64", &[LINUX, AMD64]),
            ("Linux-64bit", &[LINUX, Word::Bits64]),
            ("linux_64-bit", &[LINUX, Word::Bits64]),
            ("linuxarm64", &[LINUX, ARM64]),
            ("macOS_arm64", &[DARWIN, ARM64]),
            ("macOS-ARM64", &[DARWIN, ARM64]),
            ("mac_os_x86_64", &[DARWIN, AMD64]),
            ("darwin-10.6-amd64", &[DARWIN, AMD64]),
            ("osx-aarch_64", &[DARWIN, ARM64]),
            ("osx64", &[DARWIN, Word::Bits64]),
            ("Darwin_all", &[DARWIN, Word::Universal]),
            ("osx-universal_binary", &[DARWIN, Word::Universal]),
            ("macos-apple-silicon", &[DARWIN, Word::Mac(Arch::Aarch64)]),
            ("linux-arm64-musl", &[LINUX, ARM64, MUSL]),
            ("linux-arm64-v8a", &[LINUX, ARM64]),
            ("linux_arm64_v8.0", &[LINUX, ARM64]),
            ("x86_64-unknown-linux-musl", &[AMD64, Word::Vendor, LINUX, MUSL]),
            ("aarch64-apple-darwin", &[ARM64, Word::Vendor, DARWIN]),
            ("aarch64-linux-android", &[ARM64, LINUX, NO_OS]),
            ("linux-amd64_v1", &[LINUX, AMD64]),
            ("linux-amd64_v3", &[LINUX, NO_ARCH]),
            ("linux-x86_32", &[LINUX, NO_ARCH]),
            ("linux-ppcle_64", &[LINUX, NO_ARCH]),
            ("win64", &[NO_OS]),
            ("x86_64-pc-windows-msvc", &[AMD64, Word::Vendor, NO_OS, NO_OS]),
        ] {
            assert_eq!((words(text).as_slice(), stem(text).as_str()), (expected, ""), "{text}");
        }
    }

    #[test]
    fn what_only_contains_a_word_is_none() {
        for (text, left) in [
            ("go-arch-lint", "go arch lint"),
            ("armory-linuxkit", "armory linuxkit"),
            ("winget-macro-darwinia", "winget macro darwinia"),
            ("tool-64", "tool 64"),
            ("sha2-1.64.0", "sha2 1 64 0"),
            ("x64dbg2", "x64dbg2"),
            ("musli", "musli"),
        ] {
            assert_eq!((words(text), stem(text).as_str()), (vec![], left), "{text}");
        }
        assert_eq!(stem("ToolLinux64"), "Tool");
        assert_eq!(stem("ToolMacOS"), "Tool");
        assert_eq!(stem("tool-ünï-linux"), "tool ünï");
    }
}
