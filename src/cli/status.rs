//! `devshell status`: how the project's services are.

use clap::Args;
use serde_json::json;

use super::Context;
use super::failure::Failure;
use super::options::Environments;
use super::services::{client, declared};
use super::table::table;
use crate::services::{Answer, Phase, Request, Status};

/// Show the project's services, and how they are
#[derive(Args)]
#[command(after_help = "\
Examples:
  devshell status
  devshell status --json")]
pub struct Arguments {
    #[command(flatten)]
    environments: Environments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(cx: &Context, arguments: &Arguments) -> Result<(), Failure> {
    let (place, services) = declared(cx, &arguments.environments)?;
    let running = match client(&place).map(|mut manager| manager.ask(&Request::Status)) {
        Some(Ok(Answer::Status(all))) => all,
        _ => Vec::new(),
    };
    let is_running = !running.is_empty();
    let idle = services.keys().filter(|name| running.iter().all(|status| status.service != **name));
    let idle: Vec<Status> = idle.map(|name| not_running(name)).collect();
    let mut all: Vec<Status> = running.into_iter().chain(idle).collect();
    all.sort_by(|a, b| a.service.cmp(&b.service));
    if arguments.json {
        return cx.ui.json(&json!({ "running": is_running, "services": all }));
    }
    let about = |name: &str| services.get(name).and_then(|service| service.about.clone()).unwrap_or_default();
    let rows: Vec<[String; 5]> = all.iter().map(|status| row(status, about(&status.service))).collect();
    cx.ui.text(&table(&rows))?;
    if services.is_empty() {
        cx.ui.note("the manifest has no services");
    } else if !is_running {
        cx.ui.note("none of them is running; `devshell up` starts them");
    }
    Ok(())
}

fn not_running(name: &str) -> Status {
    Status {
        service: name.to_owned(),
        phase: Phase::Idle,
        seconds: 0.0,
        ready_after: None,
        restarts: 0,
        ports: [].into(),
        reason: None,
        last_lines: Vec::new(),
    }
}

fn row(status: &Status, about: String) -> [String; 5] {
    let since = if status.phase == Phase::Idle { String::new() } else { duration(status.seconds) };
    let ports = status.ports.iter().map(|(name, port)| format!("{name}={port}")).collect::<Vec<_>>().join(" ");
    let restarts = match status.restarts {
        0 => None,
        1 => Some("restarted once".to_owned()),
        count => Some(format!("restarted {count} times")),
    };
    let words: Vec<String> =
        [status.reason.clone(), restarts, Some(about)].into_iter().flatten().filter(|word| !word.is_empty()).collect();
    [status.service.clone(), status.phase.name().to_owned(), since, ports, words.join("; ")]
}

/// A duration in its largest unit.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3600.0),
        s => format!("{:.0} days", s / 86400.0),
    }
}
