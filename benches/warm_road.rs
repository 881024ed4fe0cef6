//! What standing in a known environment costs, beside what starting a process costs.
//!
//! `cargo bench` sets up a private home directory with stand-in tools from a loopback registry,
//! measures every row once per round in a new random order, and prints one table. Peers (mise,
//! direnv, nix) are measured when they are on PATH, or where BENCH_MISE, BENCH_DIRENV and
//! BENCH_NIX say. `cargo bench --bench warm_road -- --help` lists the options.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark's output is what it is for")]

mod action;
mod measure;
mod peers;
mod places;
mod prompt;
mod registry;
mod report;
mod rows;
mod shipped;
mod walls;
mod world;

use clap::Parser as _;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures the warm road: `devshell run` and `devshell enter` where nothing has changed.
#[derive(clap::Parser)]
struct Arguments {
    /// How often every row is measured
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Measure only rows whose name contains this, and what they are compared with
    #[arg(long, value_name = "SUBSTRING", default_value = "")]
    only: String,
    /// What cargo passes to a benchmark; without it (`cargo test --benches`) one round is enough
    #[arg(long, hide = true)]
    bench: bool,
}

/// Rounds before the ones that count.
const WARM_UP: usize = 3;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let rounds = arguments.rounds.unwrap_or(if arguments.bench { 120 } else { 1 }).max(1);
    let load_at_start = report::load_average();
    let world = world::World::new()?;
    eprintln!("setting up");
    let (mut rows, notes) = rows::all(&world, &arguments.only)?;
    // Every download was made above. With the registry gone, a row that asked it would fail.
    let world = world.without_registry();
    eprintln!("{} rows, {WARM_UP} + {rounds} rounds", rows.len());
    let measured = measure::rounds(&mut rows, WARM_UP, rounds)?;
    report::print(&rows, &measured, &notes, &load_at_start, &world);
    Ok(())
}
