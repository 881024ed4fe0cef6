//! What else releases hold, made up from the names of their files: checksums, signatures, packages of distributions,
//! other systems and processors, debug symbols, other products. Always the same for one repository.

use crate::aqua::Machine;

/// Numbers that only look random.
pub struct Dice(u64);

impl Dice {
    pub fn of(text: &str) -> Self {
        let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, fnv))
    }

    /// True once in so many throws.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.is_multiple_of(many)
    }
}

/// The words for a processor or a system, and those for others that take their places.
const OTHERS: &[(&str, &[&str])] = &[
    ("x86_64", &["i686", "armv7", "riscv64gc", "powerpc64le", "s390x", "loongarch64", "x86_64_v3"]),
    ("x86-64", &["i386", "ppc64le"]),
    ("amd64", &["386", "armv6", "armhf", "arm", "ppc64le", "s390x", "riscv64", "mips64le", "amd64_v3"]),
    ("x64", &["x86", "ia32", "arm", "armv7"]),
    ("64bit", &["32bit", "ARM"]),
    ("64-bit", &["32-bit", "ARM"]),
    ("linux", &["freebsd", "openbsd", "netbsd", "illumos", "android", "dragonfly"]),
    ("Linux", &["FreeBSD", "OpenBSD", "Android"]),
];

/// More files of a release that has these ones.
pub fn noise(files: &[(Machine, String)], repository: &str, version: &str) -> Vec<String> {
    let mut dice = Dice::of(repository);
    let tool = repository.rsplit('/').next().unwrap_or_default();
    let plain = version.trim_start_matches('v');
    let mut noise = Vec::new();
    for ending in
        ["checksums.txt", "sha256sums.txt", "SHA256SUMS", "SHA256SUMS.asc", "checksums.txt.pem", "checksums.txt.sig"]
    {
        if dice.one_in(3) {
            noise.push(ending.to_owned());
            noise.push(format!("{tool}_{plain}_{ending}"));
        }
    }
    for name in ["install.sh", "LICENSE", "README.md", "manifest.json", "completions.tar.gz", "multiple.intoto.jsonl"] {
        if dice.one_in(4) {
            noise.push(name.to_owned());
        }
    }
    for ending in ["source.tar.gz", "src.tar.xz", "vendor.tar.gz", "sbom.cdx.json", "docs.zip", "x86_64.AppImage"] {
        if dice.one_in(3) {
            noise.push(format!("{tool}-{plain}-{ending}"));
        }
    }
    beside(files, &mut dice, &mut noise);
    instead(files, &mut dice, &mut noise);
    packages(tool, plain, &mut dice, &mut noise);
    noise
}

/// Files about a file.
fn beside(files: &[(Machine, String)], dice: &mut Dice, noise: &mut Vec<String>) {
    const ENDINGS: [&str; 14] = [
        ".sha256",
        ".sha512",
        ".sha256sum",
        ".md5",
        ".sig",
        ".asc",
        ".minisig",
        ".pem",
        ".sigstore.json",
        ".sbom.json",
        ".spdx.json",
        ".intoto.jsonl",
        ".bundle",
        ".sbom",
    ];
    for ending in ENDINGS {
        if dice.one_in(4) {
            noise.extend(files.iter().map(|(_, name)| format!("{name}{ending}")));
        }
    }
    if dice.one_in(5) {
        for (machine, name) in files.iter().filter(|(machine, _)| machine.os == "linux") {
            let (stem, ending) = split(name);
            noise.push(format!("{stem}-debug{ending}"));
            noise.push(format!("{stem}.debug"));
            noise.push(format!("{stem}-{}.dSYM.zip", machine.arch));
        }
    }
}

/// Files for machines that devshell is not for, and for glibc where there are some for musl.
fn instead(files: &[(Machine, String)], dice: &mut Dice, noise: &mut Vec<String>) {
    for (_, name) in files.iter().filter(|(machine, _)| machine.os == "linux" && machine.arch == "amd64") {
        let is_plain = |word: &str| word.contains("64b") || !name.contains("64bit");
        for (word, others) in OTHERS.iter().filter(|(word, _)| name.contains(word) && is_plain(word)) {
            noise.extend(others.iter().filter(|_| dice.one_in(2)).map(|other| name.replace(word, other)));
        }
    }
    if dice.one_in(2) {
        noise.extend(
            files.iter().filter(|(_, name)| name.contains("musl")).map(|(_, name)| name.replace("musl", "gnu")),
        );
    }
    // The same once more in a form that is less handy.
    if dice.one_in(6) {
        let archives = files.iter().filter_map(|(_, name)| name.strip_suffix(".tar.gz"));
        noise
            .extend(archives.flat_map(|stem| [format!("{stem}.gz"), format!("{stem}.tar.bz2"), format!("{stem}.zip")]));
    }
}

/// Packages of distributions and installers.
fn packages(tool: &str, version: &str, dice: &mut Dice, noise: &mut Vec<String>) {
    for name in [
        "_amd64.deb",
        "_arm64.deb",
        "-1.x86_64.rpm",
        ".aarch64.rpm",
        "_linux_amd64.deb",
        "_linux_arm64.rpm",
        "_linux_x86_64.apk",
        "-linux-x86_64.AppImage",
        "_linux-amd64.pkg.tar.zst",
        "-macos-arm64.dmg",
        "-darwin-universal.pkg",
        "-x86_64.msi",
        "-windows-amd64.exe",
        "_linux_amd64.snap",
        "-linux-x64.vsix",
        "-cp312-manylinux_2_17_x86_64.whl",
        "-macos-arm64.app.zip",
        "-linux-arm64.nupkg",
        ".jar",
        ".crate",
    ] {
        if dice.one_in(3) {
            noise.push(format!("{tool}-{version}{name}"));
        }
    }
}

/// The files of a second tool in the same release, for all machines or for some; nothing if the repository's tool
/// is not called like the repository, since then nothing says which of both is meant.
pub fn second_tool(files: &[(Machine, String)], repository: &str) -> Vec<String> {
    let mut dice = Dice::of(&format!("second {repository}"));
    let tool = repository.rsplit('/').next().unwrap_or_default();
    if !dice.one_in(4) {
        return Vec::new();
    }
    let name = if dice.one_in(2) { format!("{tool}-server") } else { format!("{tool}d") };
    let is_for_all = dice.one_in(2);
    let some = files.iter().filter(|(machine, file)| file.contains(tool) && (is_for_all || machine.os == "linux"));
    some.map(|(_, file)| file.replacen(tool, &name, 1)).collect()
}

/// A name, and the ending that says its format.
fn split(name: &str) -> (&str, &str) {
    const ENDINGS: [&str; 8] = [".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tgz", ".zip", ".gz", ".xz"];
    let ending = ENDINGS.iter().find(|ending| name.ends_with(*ending)).copied().unwrap_or_default();
    (&name[..name.len() - ending.len()], ending)
}
