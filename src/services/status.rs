//! How a service is, for people and for other programs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a service is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// No one has asked for it.
    Idle,
    /// What it needs is not ready.
    Waiting,
    Preparing,
    /// It runs, and has not shown that it is ready.
    Starting,
    Ready,
    /// It has ended, and starts again after a pause.
    Restarting,
    Stopping,
    Stopped,
    Failed,
}

impl Phase {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Restarting => "restarting",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }

    /// Whether it is neither on its way nor ready, and will not be.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Idle | Self::Stopped | Self::Failed)
    }
}

/// How the reason ends of a service that did not start because of another.
const NEEDED: &str = ", which it needs, is not ready";

/// The reason of a service that did not start because of this one.
pub(super) fn waited_for(need: &str) -> String {
    format!("`{need}`{NEEDED}")
}

impl Status {
    /// Whether it did not start because of another service.
    pub fn has_only_waited(&self) -> bool {
        self.reason.as_ref().is_some_and(|reason| reason.ends_with(NEEDED))
    }
}

/// How a service is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub service: String,
    pub phase: Phase,
    /// For how long, in seconds.
    pub seconds: f64,
    /// How long the last start took until it was ready, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_after: Option<f64>,
    /// How often it was started again.
    pub restarts: u32,
    /// Its ports, by their variables.
    pub ports: BTreeMap<String, u16>,
    /// What went wrong, as a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last lines that it printed, if it has failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_lines: Vec<String>,
}
