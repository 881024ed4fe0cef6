//! What verifying signatures costs: real attestations (`src/attestation/recorded`), and Debian package indexes.
//!
//! `cargo bench --bench verify` prints the time of the first verification in a process, which sets up certificates and
//! keys, and the median of later ones. Each `--index FILE` adds a file `InRelease` by Debian's own keys, such as those
//! that apt keeps.

#![allow(clippy::print_stdout, reason = "a benchmark's output is what it is for")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::Parser as _;
use devshell::attestation::{Attestation, of_index};
use devshell::digest::Integrity;
use devshell::host::{self, Host};
use devshell::manifest::Registries;
use devshell::registry::DebArchives;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The recorded attestations that prove something. An index has objects of its own.
const RECORDED: [&str; 5] = ["github-release", "npm-build", "index-publish", "index-build", "gitlab-publish"];

/// How long one may take.
const MOST: Duration = Duration::from_millis(10);

/// Measures verifying signatures.
#[derive(clap::Parser)]
struct Arguments {
    /// How often each is verified
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// A Debian package index that is signed in itself
    #[arg(long, value_name = "FILE")]
    index: Vec<PathBuf>,
    /// What cargo passes to a benchmark; without it (`cargo test --benches`) one round is enough
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let rounds = arguments.rounds.unwrap_or(if arguments.bench { 200 } else { 1 });
    for name in RECORDED {
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/attestation/recorded");
        let text = fs_err::read_to_string(place.join(name).with_extension("json"))?;
        let file = file(&text)?;
        let read = if name.starts_with("index") || name.starts_with("gitlab") { of_index } else { Attestation::read };
        let median = report(name, rounds, || {
            let attestation = read(&text)?.ok_or("it proves nothing")?;
            attestation.verify(&file)?;
            Ok(())
        })?;
        if arguments.bench && median > MOST {
            return Err(format!("{name} takes longer than {MOST:?}").into());
        }
    }
    for index in &arguments.index {
        let text = fs_err::read(index)?;
        let name = index.display().to_string();
        report(&name, rounds, || {
            let archives = DebArchives::in_force(&Host::snapshot(None)?, &Registries::default(), Path::new("/"))?;
            archives.verified(&text, host::now())?;
            Ok(())
        })?;
    }
    Ok(())
}

/// The hash of the file that an attestation is about.
fn file(text: &str) -> Outcome<Integrity> {
    let json: Value = serde_json::from_str(text)?;
    let statement = json.pointer("/dsseEnvelope/payload").or_else(|| json.pointer("/envelope/statement"));
    let statement = statement.and_then(Value::as_str).ok_or("it has no statement")?;
    let statement: Value = serde_json::from_slice(&BASE64.decode(statement)?)?;
    let subjects = statement["subject"].as_array().ok_or("it is about no file")?;
    let hashes = subjects.iter().flat_map(|subject| [&subject["digest"]["sha256"], &subject["digest"]["sha512"]]);
    hashes.filter_map(Value::as_str).find_map(Integrity::from_hex).ok_or_else(|| "it is about no file".into())
}

/// Times one verification by itself, then more of them, and prints both.
fn report(name: &str, rounds: usize, mut verify: impl FnMut() -> Outcome<()>) -> Outcome<Duration> {
    let mut times = Vec::new();
    for _ in 0..=rounds.max(1) {
        let start = Instant::now();
        verify()?;
        times.push(start.elapsed());
    }
    let first = times.remove(0);
    times.sort();
    let median = times[times.len() / 2];
    println!("{name}: {:.2} ms, the first {:.2} ms", 1e3 * median.as_secs_f64(), 1e3 * first.as_secs_f64());
    Ok(median)
}
