//! What the verbs for services share: the project with its services, and the process that has them.

mod owner;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

pub use owner::{Owner, Waited};

use super::around::{Around, around};
use super::failure::{Failure, code};
use super::options::{Chosen, Environments};
use super::{Context, walls};
use crate::env::Variables;
use crate::hint::nearest;
use crate::manifest;
use crate::project::Project;
use crate::road::{self, Ready, state_directory};
use crate::services::{Answer, Client, Lease, Place, Planned, Request, SETTLES_WITHIN, Status, ports};
use crate::text;

/// How often another command's services are looked at that it is just starting or stopping.
const PAUSE: Duration = Duration::from_millis(10);

/// After so long, the user hears what is waited for.
const UNNOTICED: Duration = Duration::from_millis(500);

/// So many services are named where one is not known.
const MOST_NAMED: usize = 20;

/// A project whose environment is ready, with its services.
pub struct Here {
    pub project: Project,
    pub ready: Ready,
    pub variables: Variables,
    pub place: Place,
}

/// Which process has the services of a project.
pub enum Had {
    /// This one may, as long as it holds the lease.
    Here(Lease),
    /// Another one.
    Elsewhere(Client),
}

impl Here {
    pub fn of(cx: &Context, chosen: &Chosen) -> Result<Self, Failure> {
        Ok(Self::around(cx, around(cx, chosen, &[])?))
    }

    /// The same, of what is known already.
    pub fn around(cx: &Context, Around { project, ready, variables, .. }: Around) -> Self {
        Self { place: place_of(cx, &project), project, ready, variables }
    }

    /// Takes the services, or finds the manager of another process that has them.
    pub fn take(&self, cx: &Context) -> Result<Had, Failure> {
        let (since, mut was_noted) = (Instant::now(), false);
        while since.elapsed() < SETTLES_WITHIN {
            if let Some(lease) = self.place.lease()? {
                return Ok(Had::Here(lease));
            }
            // To ask for no services is to use those that there are.
            if let Some(mut manager) = Client::connect(&self.place)
                && let Ok(answer) = manager.ask(&Request::Start(Vec::new()))
                && answer != Answer::Ending
            {
                return Ok(Had::Elsewhere(manager));
            }
            if since.elapsed() > UNNOTICED && !std::mem::replace(&mut was_noted, true) {
                cx.ui.note("waiting until the project's services have stopped, which another command has");
            }
            thread::sleep(PAUSE);
        }
        let hint = "`devshell status` shows how they are".to_owned();
        Err(Failure::said(code::BEFORE_START, "another command is starting or stopping the project's services", hint))
    }

    /// Before services start, for the one that holds the lease: their ports are free, and so the environment may have others.
    pub fn settled(self, cx: &Context, chosen: &Chosen) -> Result<Self, Failure> {
        let wished = road::wished_ports(&self.ready);
        let state = state_directory(&cx.host, &self.project);
        if wished.is_empty() || !ports::settle(&state, &wished) {
            return Ok(self);
        }
        Self::of(cx, chosen)
    }

    pub fn planned(&self) -> Vec<Planned> {
        road::planned(&self.project, &self.ready, &self.variables)
    }

    /// The services of these names, or all; an unknown name is an error.
    pub fn names(&self, wanted: &[String]) -> Result<Vec<String>, Failure> {
        let all: Vec<&String> = self.ready.services.iter().map(|(name, _)| name).collect();
        if all.is_empty() {
            let hint = "add one to `services` in the manifest, such as `\"postgres\": \"17\"`".to_owned();
            return Err(Failure::said(code::NO, "the manifest has no services", hint));
        }
        if let Some(name) = wanted.iter().find(|name| !all.contains(name)) {
            return Err(unknown(name, all.iter().map(|name| name.as_str())));
        }
        Ok(if wanted.is_empty() { all.into_iter().cloned().collect() } else { wanted.to_vec() })
    }

    /// Whether this command has to run inside a wall, and does not yet.
    pub fn is_outside(&self, cx: &Context) -> bool {
        walls::will_be(cx, &self.ready)
    }
}

/// Where a project's services have their files.
fn place_of(cx: &Context, project: &Project) -> Place {
    Place::below(&state_directory(&cx.host, project))
}

/// The same, for verbs that need nothing of the manifest.
pub fn place(cx: &Context) -> Result<Place, Failure> {
    Ok(place_of(cx, &cx.project()?))
}

/// The same, and the services that the manifest has in some environments: for verbs that only look.
pub fn declared(
    cx: &Context,
    environments: &Environments,
) -> Result<(Place, BTreeMap<String, manifest::Service>), Failure> {
    let project = cx.project()?;
    let manifest = cx.road().read_manifest(&project)?;
    let services = road::select(&manifest, &environments.names(cx, &project))?.services;
    Ok((place_of(cx, &project), services))
}

/// A connection to the manager of the project's services, if one runs.
pub fn client(place: &Place) -> Option<Client> {
    Client::connect(place).filter(|_| place.is_leased())
}

/// The failure of a name that no service has.
pub fn unknown<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let list = || text::first_few(known.iter().map(|name| format!("`{name}`")), MOST_NAMED);
    let hint = nearest(name, known.iter().copied())
        .map_or_else(|| format!("the services are {}", list()), |near| format!("did you mean `{near}`?"));
    Failure::said(code::USAGE, format!("no service is called `{name}`"), hint)
}

/// Prints why services are not ready, each with the last lines that it printed.
pub fn tell_failed(cx: &Context, failed: &[Status]) {
    super::ui::screen::clear_line(cx.ui);
    // One that only waited for another says nothing new.
    let all_waited = failed.iter().all(Status::has_only_waited);
    for status in failed.iter().filter(|status| all_waited || !status.has_only_waited()) {
        let reason = status.reason.as_deref().unwrap_or("it was stopped");
        cx.ui.warning(&format!("`{}` is not ready: {reason}", status.service));
        for line in &status.last_lines {
            cx.ui.warning_line(&format!("{} | {line}", status.service));
        }
    }
}

/// Whether services are ready that another process has, by its answer.
pub fn check(cx: &Context, answer: Answer) -> Result<(), Failure> {
    match answer {
        Answer::Failed(failed) => {
            tell_failed(cx, &failed);
            Err(Failure { code: code::BEFORE_START, reports: Vec::new() })
        }
        Answer::Unknown(names) => {
            let text =
                format!("the services that run were started before `{}` was in the manifest", names.join("`, `"));
            Err(Failure::said(code::BEFORE_START, text, "`devshell down`, then try it again".to_owned()))
        }
        Answer::Ending => {
            let text = "another command is just stopping the project's services";
            Err(Failure::said(code::BEFORE_START, text, "try it again".to_owned()))
        }
        Answer::Done | Answer::Status(_) | Answer::Unused | Answer::InUse => Ok(()),
    }
}
