//! Services that are made ready and scripts that run, in the order of what each needs: for a script, and for `devshell up`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::Arc;

use super::progress::Progress;
use super::{Options, script_command};
use crate::cli::Context;
use crate::cli::failure::{Failure, code};
use crate::cli::options::Chosen;
use crate::cli::services::{Had, Here, Owner, Waited, check, tell_failed};
use crate::cli::ui::screen::{Lines, Screen};
use crate::road::state_directory;
use crate::services::{Answer, Client, Request};
use crate::session::{self, Ending};
use crate::tasks::{self, Output, Plan, Records, Task, Verdict};

/// What some scripts and services need, and how far that is.
pub struct Work<'a> {
    cx: &'a Context,
    pub here: Here,
    options: &'a Options,
    /// The names of what is to be there in the end.
    targets: Vec<String>,
    /// The script that all of it is for. It runs last.
    target: Option<Task>,
    /// The scripts that have not run yet, in order.
    tasks: Vec<Task>,
    /// The services that are not ready yet.
    services: Vec<String>,
    needs: BTreeMap<String, Vec<String>>,
    pub owner: Option<Owner>,
    /// The manager of another process that has the services. They are used as long as it is connected.
    pub manager: Option<Client>,
}

impl<'a> Work<'a> {
    /// With a command, it is for the one script among the targets, which runs this.
    pub fn of(
        cx: &'a Context,
        here: Here,
        options: &'a Options,
        targets: Vec<String>,
        command: Option<Vec<OsString>>,
    ) -> Result<Self, Failure> {
        let Here { project, ready, variables, .. } = &here;
        let of_scripts = ready.scripts.iter().map(|(name, script)| (name.as_str(), script.needs.as_slice()));
        let of_services = ready.services.iter().map(|(name, service)| (name.as_str(), service.needs.as_slice()));
        let needs: Vec<(&str, &[String])> = of_scripts.chain(of_services).collect();
        let plan = Plan::of(needs.iter().copied(), &targets.iter().map(String::as_str).collect::<Vec<_>>());
        let task = |name: &str, command: Option<Vec<OsString>>| -> Result<Option<Task>, Failure> {
            let Some((_, script)) = ready.scripts.iter().find(|(script, _)| script == name) else { return Ok(None) };
            let command = command.map_or_else(|| script_command(name, script, &[]), Ok)?;
            Ok(Some(cx.road().task(project, ready, (name, script), variables, command)?))
        };
        let own = command.as_ref().and(targets.first());
        let mut tasks = Vec::new();
        for name in plan.names().filter(|it| own.is_none_or(|own| own != it)) {
            tasks.extend(task(name, None)?);
        }
        let target = match own {
            Some(name) => task(name, command)?,
            None => None,
        };
        let is_service = |name: &&str| ready.services.iter().any(|(service, _)| service == name);
        let services = plan.names().filter(is_service).map(str::to_owned).collect();
        let needs = needs.into_iter().map(|(name, needs)| (name.to_owned(), needs.to_vec())).collect();
        Ok(Self { cx, here, options, targets, target, tasks, services, needs, owner: None, manager: None })
    }

    /// Takes the services that are needed: starts a manager for them, or finds that of another process.
    pub fn with_services(mut self, chosen: &Chosen, lines: Lines) -> Result<Self, Failure> {
        if self.services.is_empty() {
            return Ok(self);
        }
        match self.here.take(self.cx)? {
            Had::Here(lease) => {
                let Self { cx, here, options, targets, target, .. } = self;
                let here = here.settled(cx, chosen)?;
                self = Self::of(cx, here, options, targets, target.map(|target| target.command))?;
                let screen = Arc::new(Screen::new(cx.ui, &cx.host, lines, &self.services));
                self.owner = Some(Owner::start(&self.here, lease, screen)?);
            }
            Had::Elsewhere(manager) => self.manager = Some(manager),
        }
        Ok(self)
    }

    /// Whether nothing needs to run.
    pub fn is_fresh(&self) -> bool {
        let is_fresh = |task: &Task| {
            let never = std::sync::atomic::AtomicBool::new(false);
            let records = Records::of(state_directory(&self.cx.host, &self.here.project));
            task.is_skippable() && matches!(tasks::check(task, &records, &never), Some(Verdict::Fresh(_)))
        };
        !self.options.force && self.target.as_ref().is_some_and(is_fresh) && self.tasks.iter().all(is_fresh)
    }

    /// Everything in turn, but for the script that it is for. How it ends already, if something fails.
    pub fn through(&mut self) -> Result<Option<Ending>, Failure> {
        while !self.tasks.is_empty() || !self.services.is_empty() {
            let services: BTreeSet<&str> = self.services.iter().map(String::as_str).collect();
            let tasks: BTreeSet<&str> = self.tasks.iter().map(|task| task.name.as_str()).collect();
            let (now, later): (Vec<Task>, Vec<Task>) =
                self.tasks.iter().cloned().partition(|task| !self.waits_for(&task.name, &services));
            let (up, not_yet): (Vec<String>, Vec<String>) =
                self.services.iter().cloned().partition(|service| !self.waits_for(service, &tasks));
            (self.tasks, self.services) = (later, not_yet);
            if now.is_empty() && up.is_empty() {
                break;
            }
            // The services start while scripts run that do not need them.
            let is_begun = self.begin(&up)?;
            if let Some(ending) = self.run_tasks(&now)? {
                return Ok(Some(ending));
            }
            if is_begun && let Some(ending) = self.await_services()? {
                return Ok(Some(ending));
            }
        }
        Ok(None)
    }

    /// Whether something needs one of these, directly or indirectly.
    fn waits_for(&self, name: &str, pending: &BTreeSet<&str>) -> bool {
        let needs = self.needs.iter().map(|(name, needs)| (name.as_str(), needs.as_slice()));
        Plan::of(needs, &[name]).names().any(|need| need != name && pending.contains(need))
    }

    /// Has services started. `false` if they are ready already.
    fn begin(&mut self, names: &[String]) -> Result<bool, Failure> {
        if names.is_empty() {
            return Ok(false);
        }
        if let Some(owner) = &mut self.owner {
            return owner.begin(names).map(|()| true);
        }
        if let Some(manager) = &mut self.manager {
            check(self.cx, manager.ask(&Request::Start(names.to_vec()))?)?;
        }
        Ok(false)
    }

    /// How it ends already, if they cannot be ready.
    fn await_services(&mut self) -> Result<Option<Ending>, Failure> {
        let Some(owner) = &mut self.owner else { return Ok(None) };
        match owner.answer()? {
            Waited::Answered(Answer::Done) => Ok(None),
            Waited::Answered(Answer::Failed(failed)) => {
                tell_failed(self.cx, &failed);
                Ok(Some(Ending::Exited(code::BEFORE_START)))
            }
            Waited::Interrupted(signal) => Ok(Some(Ending::Signalled(signal))),
            Waited::Answered(_) | Waited::Ended => Ok(Some(Ending::Exited(code::BEFORE_START))),
        }
    }

    /// How it ends already, if one of them fails.
    fn run_tasks(&mut self, tasks: &[Task]) -> Result<Option<Ending>, Failure> {
        let targets: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        if targets.is_empty() {
            return Ok(None);
        }
        let plan = Plan::of(tasks.iter().map(|task| (task.name.as_str(), task.needs.as_slice())), &targets);
        let output = if plan.is_chain() || self.options.jobs == Some(1) { Output::Inherit } else { Output::Lines };
        self.run_with(tasks, &targets, output)
    }

    fn run_with(&mut self, tasks: &[Task], targets: &[&str], output: Output) -> Result<Option<Ending>, Failure> {
        let options = tasks::Options {
            jobs: self.options.jobs.map(usize::from),
            keep_going: self.options.keep_going,
            force: self.options.force,
            output,
            state: state_directory(&self.cx.host, &self.here.project),
        };
        let progress = Progress::new(self.cx, self.options.why, output, tasks);
        let report = tasks::run(tasks, targets, &options, &progress)?;
        // A signal was for the scripts, which have ended.
        self.owner.iter_mut().for_each(Owner::forget_signals);
        if let Some(signal) = report.signal {
            return Ok(Some(Ending::Signalled(signal)));
        }
        Ok(report.first_failure().map(|(_, failure)| Ending::Exited(failure.status())))
    }

    /// The script itself has the terminal. It takes this process's place if nothing is left to do after it.
    pub fn run_target(&mut self) -> Result<Ending, Failure> {
        let Some(target) = self.target.clone() else { return Ok(Ending::SUCCESS) };
        if target.is_skippable() {
            let ending = self.run_with(std::slice::from_ref(&target), &[target.name.as_str()], Output::Inherit)?;
            return Ok(ending.unwrap_or(Ending::SUCCESS));
        }
        self.manager.iter().for_each(Client::hand_on);
        let Task { command, variables, directory, .. } = &target;
        match &mut self.owner {
            Some(owner) => {
                let child = session::start_beside(command, variables, directory)?;
                owner.run_beside(child)
            }
            None => Ok(session::become_command(command, variables, directory, None)?),
        }
    }
}
