//! Rounds of measurements: every row once per round, in a new random order, each started when
//! the machine is quiet or has not become so for a while.

use std::hash::{BuildHasher as _, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::rows::Row;

/// How long a start waits for other processes to leave the processors alone.
const GATE: Duration = Duration::from_millis(30);

/// What came out.
pub struct Measured {
    /// For each row, its milliseconds in each round.
    pub rows: Vec<Vec<f64>>,
    /// The share of starts at which nothing else was running; `None` where that cannot be told.
    pub quiet: Option<f64>,
}

/// Measures all rows.
pub fn rounds(rows: &mut [Row], warm_up: usize, rounds: usize) -> Outcome<Measured> {
    let mut measured = vec![Vec::with_capacity(rounds); rows.len()];
    let mut starts = Vec::new();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    for round in 0..warm_up + rounds {
        // A hash with a key of the process's own is random enough to shuffle by.
        let random = RandomState::new();
        order.sort_by_key(|row| random.hash_one((round, row)));
        for &row in &order {
            let Row { name, action, .. } = &mut rows[row];
            action.prepare().map_err(|error| format!("{name}: {error}"))?;
            let quiet = wait_until_quiet();
            let elapsed = action.run().map_err(|error| format!("{name}: {error}"))?;
            if round >= warm_up {
                starts.extend(quiet);
                measured[row].push(elapsed.as_secs_f64() * 1e3);
            }
        }
    }
    let quiet = starts.iter().filter(|quiet| **quiet).count();
    let quiet = (!starts.is_empty()).then(|| quiet as f64 / starts.len() as f64);
    Ok(Measured { rows: measured, quiet })
}

/// Waits until this process is the only one that runs, but not for long. Tells whether that
/// came true; `None` where the kernel does not say.
fn wait_until_quiet() -> Option<bool> {
    let start = Instant::now();
    loop {
        let text = fs_err::read_to_string("/proc/loadavg").ok()?;
        let running = text.split_whitespace().nth(3)?.split('/').next()?;
        if running == "1" {
            return Some(true);
        }
        if start.elapsed() > GATE {
            return Some(false);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The value below which so many percent of the values lie.
pub fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) * percent + 50) / 100]
}
