//! `devshell generate launcher`: a script that runs one version of devshell, pinned by hash, wherever it gets it from.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use url::Url;

use super::sums::Sums;
use crate::cli::Context;
use crate::cli::failure::{Failure, code};
use crate::files::{bounded, most, write_whole};
use crate::hint::Hint as _;
use crate::net::{self, Redirects, Vouched};
use crate::platform::Platform;

/// Write a script that runs one version of devshell, and fetches it where it is missing
///
/// Where a repository has this script, `./devshell enter` works on a machine without devshell. The script looks on PATH,
/// then for the copy it kept, and then fetches devshell from URL, with pip or with npm. It starts only an executable with
/// the hash from SHA256SUMS.
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell generate launcher --sums https://releases.example.org/0.1.0/SHA256SUMS
  devshell generate launcher --sums dist/SHA256SUMS --url https://releases.example.org/0.1.0")]
pub struct Arguments {
    /// The SHA256SUMS of a release, as a file or a URL; default: that of this devshell's own release
    #[arg(long, value_name = "FILE|URL")]
    sums: Option<String>,
    /// The directory of the release's archives; default: that of SHA256SUMS, if it is a URL
    #[arg(long)]
    url: Option<Url>,
    /// Where to write the script
    #[arg(value_name = "FILE", default_value = "devshell")]
    script: PathBuf,
}

/// Where the releases are, with `{version}` for the version; set when devshell is built for a release.
const RELEASES: Option<&str> = option_env!("DEVSHELL_RELEASES");

const SCRIPT: &str = include_str!("launcher.sh");

/// What is in every launcher.
const MARK: &str = "`devshell generate launcher` wrote this file";

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let path = cx.host.directory.join(&arguments.script);
    check_free(&path)?;
    let (sums, address) = release(cx, arguments)?;
    let address = arguments.url.clone().or(address);
    if let Some(url) = address.as_ref().filter(|url| !url.username().is_empty() || url.password().is_some()) {
        let text = format!("`{}` would be written with a login, for everyone to read", net::shown(url));
        let hint = "leave the login out; pip and npm have their own settings for it".to_owned();
        return Err(Failure::said(code::USAGE, text, hint));
    }
    write_whole(&path, script(&sums, address.as_ref()).as_bytes())?;
    let mode = fs_err::metadata(&path)?.permissions().mode();
    // Executable for all who may read it.
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))?;
    let platforms: Vec<&str> = sums.hashes.keys().map(|platform| platform.name()).collect();
    let shown = arguments.script.display();
    cx.ui.note(&format!("wrote {shown}, for devshell {} on {}", sums.version, platforms.join(", ")));
    if address.is_none() {
        cx.ui.note("it asks only pip and npm; `--url` names the directory of the archives");
    }
    Ok(())
}

/// What a launcher pins.
#[derive(Debug, PartialEq, Eq)]
pub struct Pinned {
    pub version: String,
    /// The line of the script that has it.
    pub line: usize,
    /// The SHA-256 of the executable for a machine, in hexadecimal digits, if the release has one.
    pub hash: Option<String>,
}

/// What a script pins for a machine; `None` if it is not a launcher.
pub fn pinned(script: &str, machine: Platform) -> Option<Pinned> {
    let between = |line: &str, start: &str, end| line.strip_prefix(start)?.strip_suffix(end).map(str::to_owned);
    let numbered = || script.lines().zip(1..).filter(|_| script.contains(MARK));
    let (version, line) = numbered().find_map(|(line, number)| Some((between(line, "version='", "'")?, number)))?;
    // The executables for Linux are static, so that there are none for musl.
    let start = format!("  {}) hash=", machine.name().trim_end_matches("-musl"));
    Some(Pinned { version, line, hash: numbered().find_map(|(line, _)| between(line, &start, " ;;")) })
}

/// Expects that no file is overwritten but a launcher.
fn check_free(path: &Path) -> Result<(), Failure> {
    match bounded::read_text(path, most::NAMED) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(text) if text.contains(MARK) => Ok(()),
        _ => {
            let text = format!("`{}` exists and is not a launcher", path.display());
            let hint = "name another file: `devshell generate launcher FILE`".to_owned();
            Err(Failure::said(code::NO, text, hint))
        }
    }
}

/// The hashes of the release, and where it is, if that is known.
fn release(cx: &Context, arguments: &Arguments) -> Result<(Sums, Option<Url>), Failure> {
    let Some(place) = arguments.sums.clone().or_else(|| RELEASES.map(own_sums)) else {
        let hint = "name the SHA256SUMS of a release with `--sums`".to_owned();
        return Err(Failure::said(code::USAGE, "this devshell was not built for a release", hint));
    };
    let url = Url::parse(&place).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let (text, address) = if let Some(url) = url {
        let answer = cx.http.get_whole(&url, &[], Redirects::Anywhere, Vouched::ByNothing, most::NAMED);
        let bytes = answer.map_err(|error| Failure::new(code::TOOL, &error))?.into_body();
        (String::from_utf8_lossy(&bytes).into_owned(), url.join(".").ok())
    } else {
        (bounded::read_named(&cx.host.directory.join(&place), most::NAMED)?, None)
    };
    let sums = Sums::parse(&text)
        .map_err(|error| Failure::said(code::TOOL, format!("`{place}` cannot be used: {error}"), error.hint()))?;
    Ok((sums, address))
}

/// The address of the hashes of this devshell's own release.
fn own_sums(releases: &str) -> String {
    releases.replace("{version}", env!("CARGO_PKG_VERSION")) + "/SHA256SUMS"
}

fn script(sums: &Sums, address: Option<&Url>) -> String {
    let address = address.map(|url| {
        let mut url = url.clone();
        url.set_query(None);
        url.set_fragment(None);
        // The only character that ends a shell's single quotes.
        url.as_str().trim_end_matches('/').replace('\'', "%27")
    });
    let hashes: Vec<String> =
        sums.hashes.iter().map(|(platform, hash)| format!("  {platform}) hash={hash} ;;")).collect();
    SCRIPT
        .replace("@VERSION@", &sums.version.to_string())
        .replace("@ADDRESS@", &address.unwrap_or_default())
        .replace("@HASHES@", &hashes.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_knows_where_it_is() {
        let address = format!("https://example.org/v{}/SHA256SUMS", env!("CARGO_PKG_VERSION"));
        assert_eq!(own_sums("https://example.org/v{version}"), address);
    }

    #[test]
    fn a_launcher_is_short_and_has_what_is_pinned() {
        let hash = "0".repeat(64);
        let published = Platform::ALL.into_iter().filter(|platform| platform.libc() != Some("musl"));
        let hashes = published.map(|platform| (platform, hash.clone())).collect();
        let sums = Sums { version: semver::Version::new(1, 2, 3), hashes };
        let url = Url::parse("https://example.org/it's/$(x)/?q#f").unwrap();
        let script = script(&sums, Some(&url));
        assert!(script.lines().count() <= 120, "{} lines", script.lines().count());
        assert!(script.lines().all(|line| line.len() <= 120));
        assert!(script.contains("\nversion='1.2.3'\n") && script.contains(MARK));
        assert!(script.contains("\naddress='https://example.org/it%27s/$(x)'\n"), "{script}");
        let pins = |machine| pinned(&script, machine).map(|it| (it.version, it.line, it.hash));
        let version = || ("1.2.3".to_owned(), 6, Some(hash.clone()));
        assert_eq!([Platform::Aarch64Darwin, Platform::X8664LinuxMusl].map(pins), [Some(version()), Some(version())]);
        assert_eq!(pinned(&script.replace(MARK, ""), Platform::X8664Linux), None);
        let without = script.replace("  x86_64-linux)", "  elsewhere)");
        assert_eq!(pinned(&without, Platform::X8664Linux).unwrap().hash, None);
        assert!(
            script.contains(&format!("\n  aarch64-linux) hash={hash} ;;\n")) && !script.contains("S@\n"),
            "{script}"
        );
    }
}
