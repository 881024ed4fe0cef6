//! The table, as Markdown, and what one has to know to read it.

use std::path::Path;

use crate::measure::{Measured, percentile};
use crate::rows::Row;
use crate::world::World;

/// Prints everything to standard output.
pub fn print(rows: &[Row], measured: &Measured, notes: &[String], load_at_start: &str, world: &World) {
    let place = |name: &str| rows.iter().position(|row| row.name == name).unwrap_or(0);
    let control = &measured.rows[0];
    println!("| # | command | median ms | p10 | p90 | ratio to 1 | +ms | against |");
    println!("|--:|---|--:|--:|--:|--:|--:|--:|");
    for (number, (row, values)) in rows.iter().zip(&measured.rows).enumerate() {
        let [median, p10, p90] = [50, 10, 90].map(|percent| percentile(values, percent));
        let paired = |other: &[f64], with: fn(f64, f64) -> f64| {
            let pairs: Vec<f64> = values.iter().zip(other).map(|(mine, its)| with(*mine, *its)).collect();
            percentile(&pairs, 50)
        };
        let against = place(&row.against);
        let ratio = paired(control, |mine, its| mine / its);
        let difference = paired(&measured.rows[against], |mine, its| mine - its);
        println!(
            "| {} | {} | {median:.2} | {p10:.2} | {p90:.2} | {ratio:.2} | {difference:+.2} | {} |",
            number + 1,
            row.name,
            against + 1,
        );
    }
    println!();
    println!(
        "Wall time from before the spawn to the end, or to the prompt, in ms. Ratio and difference are medians of"
    );
    println!("pairs from the same round; the difference is to the row named under \"against\".");
    println!("{} rounds, each in a random order.", control.len());
    println!("{}", describe(&world.built));
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{processors} processors; load average {load_at_start} at the start, {} at the end.", load_average());
    if let Some(quiet) = measured.quiet {
        println!("{:.0} % of the starts found nothing else running.", quiet * 100.0);
    }
    for note in notes {
        println!("{note}");
    }
}

/// The load averages of the last 1, 5 and 15 minutes, where the kernel tells them in a file.
pub fn load_average() -> String {
    let text = fs_err::read_to_string("/proc/loadavg").unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    if words.is_empty() { "unknown".to_owned() } else { words.join(" ") }
}

/// Which executable was measured.
fn describe(executable: &Path) -> String {
    let shown = executable.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(executable).display();
    let bytes = fs_err::read(executable).unwrap_or_default();
    let linkage = match has_interpreter(&bytes) {
        Some(true) => "dynamically linked",
        Some(false) => "static",
        None => "not an ELF file",
    };
    format!("devshell: `{shown}`, {:.1} MB, {linkage}.", bytes.len() as f64 / 1e6)
}

/// Whether a 64-bit little-endian ELF file names a loader (System V ABI, "Program Header").
fn has_interpreter(bytes: &[u8]) -> Option<bool> {
    const INTERPRETER: [u8; 4] = [3, 0, 0, 0];
    let number = |at: usize, size: usize| {
        let mut wide = [0; 8];
        wide[..size].copy_from_slice(bytes.get(at..at + size)?);
        usize::try_from(u64::from_le_bytes(wide)).ok()
    };
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (table, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    Some((0..count).any(|index| bytes.get(table + index * size..).is_some_and(|entry| entry.starts_with(&INTERPRETER))))
}
