//! Measures how often `assets::choose` answers, and how often its answer is aqua's. What stands in for the list of a
//! repository's files is the names of those that aqua has, of all its tools and for all machines, and noise.

use std::collections::{BTreeMap, BTreeSet};

use devshell::assets::{Preference, Subject, Undecided, choose};
use devshell::platform::Platform;

use crate::aqua::{MACHINES, Machine, Package, Registry};
use crate::noise::{Dice, noise, second_tool};

/// What is right for each platform.
pub type Expected = BTreeMap<Platform, BTreeSet<String>>;

/// How many of how many.
#[derive(Default)]
struct Tally {
    asked: usize,
    answered: usize,
    right: usize,
    /// The platforms that aqua has files for, and those that were answered.
    platforms: usize,
    found: usize,
    unanswered: BTreeMap<&'static str, usize>,
    lines: Vec<String>,
}

impl Tally {
    fn add(&mut self, what: &str, names: &[&str], subject: &Subject, expected: &Expected) {
        self.asked += 1;
        self.platforms += expected.len();
        let picks = match choose(names, subject, Preference::Any) {
            Ok(picks) => picks,
            Err(undecided) => {
                let kind = match undecided {
                    Undecided::Several { .. } | Undecided::Apart { .. } => "several could be meant",
                    Undecided::Nothing { .. } => "no name says a platform",
                };
                *self.unanswered.entry(kind).or_default() += 1;
                self.lines.push(format!("unanswered: {what}: {kind}: {expected:?}"));
                return;
            }
        };
        self.answered += 1;
        self.found += picks.len();
        let is_right =
            |platform: &Platform, file: &str| expected.get(platform).is_some_and(|right| right.contains(file));
        let wrong = picks.iter().filter(|(platform, pick)| !is_right(platform, pick.file));
        let wrong: Vec<String> = wrong.map(|(platform, pick)| format!("{} for {platform}", pick.file)).collect();
        self.right += usize::from(wrong.is_empty());
        if !wrong.is_empty() {
            self.lines.push(format!("wrong: {what}: {}; expected {expected:?}", wrong.join(", ")));
        }
    }

    fn summary(&self) -> String {
        let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        let unanswered: Vec<String> = self.unanswered.iter().map(|(kind, many)| format!("{many} {kind}")).collect();
        format!(
            "{} of {} answered ({:.1} %), {} of these right ({:.2} %); files for {} of {} platforms; not answered: {}",
            self.answered,
            self.asked,
            share(self.answered, self.asked),
            self.right,
            share(self.right, self.answered),
            self.found,
            self.platforms,
            if unanswered.is_empty() { "none".to_owned() } else { unanswered.join(", ") },
        )
    }

    fn and(mut self, other: Self) -> Self {
        self.asked += other.asked;
        self.answered += other.answered;
        self.right += other.right;
        self.platforms += other.platforms;
        self.found += other.found;
        other.unanswered.into_iter().for_each(|(kind, many)| *self.unanswered.entry(kind).or_default() += many);
        self.lines.extend(other.lines);
        self
    }
}

/// The report, and whether both bars are reached: 90 % answered, 99.5 % of these right.
pub fn measure(registry: &Registry, show_unanswered: bool) -> (String, bool) {
    let mut repositories: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in &registry.newest {
        repositories.entry(&package.repository).or_default().push(package);
    }
    let (mut single, mut several) = (Tally::default(), Tally::default());
    for (repository, tools) in repositories {
        ask(repository, &tools, if tools.len() == 1 { &mut single } else { &mut several });
    }
    let summaries = format!(
        "repositories of one tool: {}\nrepositories of several, by the tool's name: {}\n",
        single.summary(),
        several.summary()
    );
    let wanted = wanted();
    let mut older = Tally::default();
    for package in &registry.older {
        ask(&package.repository, &[package], &mut older);
    }
    let all = single.and(several);
    let is_good = |tally: &Tally| tally.answered * 10 >= tally.asked * 9 && tally.right * 1000 >= tally.answered * 995;
    let lines = all
        .lines
        .iter()
        .chain(&older.lines)
        .chain(&wanted.lines)
        .filter(|line| show_unanswered || line.starts_with("wrong"));
    let lines: String = lines.map(|line| format!("{line}\n")).collect();
    let report = format!(
        "{lines}{summaries}all: {}\nolder releases: {}\nwanted tools: {}\n",
        all.summary(),
        older.summary(),
        wanted.summary()
    );
    (report, is_good(&all) && is_good(&wanted))
}

/// Asks for each tool of a repository; by its name if there are several.
fn ask(repository: &str, tools: &[&Package], tally: &mut Tally) {
    let version = if Dice::of(repository).one_in(3) { "1.9.4" } else { "v1.9.4" };
    let own: Vec<(Machine, String)> = tools.iter().flat_map(|tool| files(tool, version)).collect();
    let mut names: BTreeSet<String> = own.iter().map(|(_, name)| name.clone()).collect();
    names.extend(noise(&own, repository, version));
    if tools.len() == 1 {
        names.extend(second_tool(&own, repository));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for tool in tools {
        let expected = expected(tool, version);
        let settings = tool.settings().unwrap_or_default();
        let own = settings.files.iter().map(|file| file.name.as_str());
        let commands: Vec<&str> =
            if tools.len() == 1 { Vec::new() } else { [tool.name.as_str()].into_iter().chain(own).collect() };
        let tag = format!("{}{version}", settings.tag_prefix());
        let repository = repository.rsplit('/').next().unwrap_or_default();
        let version = version.trim_start_matches('v');
        let subject = Subject { repository, commands: &commands, version, tag: &tag, is_static: false };
        if !expected.is_empty() {
            tally.add(&format!("{} {}", tool.repository, tool.name), &names, &subject, &expected);
        }
    }
}

/// The files of a tool for all machines.
fn files(tool: &Package, version: &str) -> Vec<(Machine, String)> {
    MACHINES.iter().filter_map(|machine| Some((*machine, tool.asset(*machine, version)?.name))).collect()
}

/// The files that aqua has for devshell's platforms. One that a Mac only imitates the processor for is none; nor is one
/// whose name says another C library, or none, on a Linux with musl. What runs there also runs with glibc.
pub fn expected(tool: &Package, version: &str) -> Expected {
    let mut expected = Expected::new();
    for platform in Platform::ALL {
        let arch = if platform.arch() == "x86_64" { "amd64" } else { "arm64" };
        let libcs: &[&str] = if platform.libc().is_none() { &[""] } else { &["glibc", "musl"] };
        for libc in libcs {
            let Some(asset) = tool.asset(Machine { os: platform.os(), arch, libc }, version) else { continue };
            let is_for_both = ["_all", "-all", "universal"].iter().any(|word| asset.name.contains(word));
            let is_for_musl = [platform.libc(), Some(libc)].contains(&Some("musl"));
            let runs = !is_for_musl || runs_anywhere(&asset.name);
            if runs && (!asset.is_emulated || is_for_both) {
                expected.entry(platform).or_default().insert(asset.name);
            }
        }
    }
    expected
}

/// Whether a name says that the program needs no glibc.
pub fn runs_anywhere(name: &str) -> bool {
    ["musl", "static"].iter().any(|word| name.to_lowercase().contains(word))
}

/// The tools that many people want, by the names that the tests of `assets` have.
fn wanted() -> Tally {
    let mut tally = Tally::default();
    for line in include_str!("../../src/assets/wanted.txt").lines().filter(|line| !line.starts_with('#')) {
        let line = line.replace("{version}", "1.9.4").replace("{tag}", "v1.9.4");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [command, repository, linux, mac] = words.as_slice() else { continue };
        let mac = Some(*mac).filter(|mac| !mac.starts_with('!'));
        let machine = |os, arch| Machine { os, arch, libc: "" };
        let own = [Some((machine("linux", "amd64"), *linux)), mac.map(|mac| (machine("darwin", "arm64"), mac))];
        let own: Vec<(Machine, String)> =
            own.into_iter().flatten().map(|(machine, name)| (machine, name.to_owned())).collect();
        let mut expected: Expected = own
            .iter()
            .zip([Platform::X8664Linux, Platform::Aarch64Darwin])
            .map(|((_, name), platform)| (platform, [name.clone()].into()))
            .collect();
        if mac.is_some_and(|mac| mac.contains("_all")) {
            expected.insert(Platform::X8664Darwin, [own[1].1.clone()].into());
        }
        if runs_anywhere(linux) {
            expected.insert(Platform::X8664LinuxMusl, [(*linux).to_owned()].into());
        }
        let noise = noise(&own, repository, "v1.9.4");
        let names: Vec<&str> = own.iter().map(|(_, name)| name).chain(&noise).map(String::as_str).collect();
        let repository = repository.rsplit('/').next().unwrap_or_default();
        let subject = Subject { repository, commands: &[command], version: "1.9.4", tag: "v1.9.4", is_static: false };
        tally.add(command, &names, &subject, &expected);
    }
    tally
}
