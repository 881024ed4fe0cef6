//! What has to run for some targets, in an order in which everything comes after what it needs; and while that runs, what
//! may start now and what a failure prevents. Pure. Circles and unknown names, which a manifest cannot have, do no harm.

use std::collections::{BTreeMap, BTreeSet};

/// What has to run, in an order that respects needs. It is known by its place in this order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    name: String,
    needs: BTreeSet<usize>,
    needed_by: Vec<usize>,
}

impl Plan {
    /// Of all names with what each needs, those that the targets need directly or indirectly, and the targets. The order
    /// is that of the targets and their needs, as far as needs allow. A need that has no name among all is passed over,
    /// and so is the one that closes a circle.
    pub fn of<'n>(all: impl IntoIterator<Item = (&'n str, &'n [String])>, targets: &[&str]) -> Self {
        let all: BTreeMap<&str, &[String]> = all.into_iter().collect();
        let mut plan = Self::default();
        // Without a place as long as its needs have none.
        let mut places: BTreeMap<&str, Option<usize>> = BTreeMap::new();
        // A stack of our own: a chain may be longer than that of the thread.
        let mut open: Vec<(&str, usize)> = Vec::new();
        for target in targets {
            visit(&all, target, &mut places, &mut open);
            while let Some((name, next)) = open.last_mut() {
                let (name, needs) = (*name, all[name]);
                if let Some(need) = needs.get(*next) {
                    *next += 1;
                    visit(&all, need, &mut places, &mut open);
                } else {
                    open.pop();
                    let known = needs.iter().filter_map(|need| places.get(need.as_str()).copied().flatten()).collect();
                    places.insert(name, Some(plan.add(name, known)));
                }
            }
        }
        plan
    }

    fn add(&mut self, name: &str, needs: BTreeSet<usize>) -> usize {
        let place = self.nodes.len();
        for need in &needs {
            self.nodes[*need].needed_by.push(place);
        }
        self.nodes.push(Node { name: name.to_owned(), needs, needed_by: Vec::new() });
        place
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.name.as_str())
    }

    /// Whether only one of them can run at a time, whatever happens, so that it can have the terminal.
    pub fn is_chain(&self) -> bool {
        // In this order, nothing else can be between one and the next, so the need must be a direct one.
        self.nodes.iter().enumerate().skip(1).all(|(place, node)| node.needs.contains(&(place - 1)))
    }
}

/// Opens a name that is known and has not been met.
fn visit<'n>(
    all: &BTreeMap<&'n str, &'n [String]>,
    name: &str,
    places: &mut BTreeMap<&'n str, Option<usize>>,
    open: &mut Vec<(&'n str, usize)>,
) {
    if let Some((name, _)) = all.get_key_value(name)
        && !places.contains_key(name)
    {
        places.insert(name, None);
        open.push((name, 0));
    }
}

/// How far a plan is.
#[derive(Clone, Debug)]
pub struct Progress<'p> {
    plan: &'p Plan,
    /// How many needs of each are not yet fulfilled.
    missing: Vec<usize>,
    ready: BTreeSet<usize>,
    prevented: BTreeSet<usize>,
    is_stopped: bool,
}

impl<'p> Progress<'p> {
    pub fn of(plan: &'p Plan) -> Self {
        let missing: Vec<usize> = plan.nodes.iter().map(|node| node.needs.len()).collect();
        let ready = (0..missing.len()).filter(|place| missing[*place] == 0).collect();
        Self { plan, missing, ready, prevented: BTreeSet::new(), is_stopped: false }
    }

    /// The first one that may start now. It counts as started then.
    pub fn start_next(&mut self) -> Option<usize> {
        if self.is_stopped { None } else { self.ready.pop_first() }
    }

    /// One has done what others need.
    pub fn succeeded(&mut self, place: usize) {
        for needing in &self.plan.nodes[place].needed_by {
            self.missing[*needing] -= 1;
            if self.missing[*needing] == 0 {
                self.ready.insert(*needing);
            }
        }
    }

    /// One has not, so whatever needs it never starts.
    pub fn failed(&mut self, place: usize) {
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            let needing = &self.plan.nodes[place].needed_by;
            open.extend(needing.iter().filter(|needing| self.prevented.insert(**needing)));
        }
    }

    /// Those that never start because of a failure.
    pub const fn prevented(&self) -> &BTreeSet<usize> {
        &self.prevented
    }

    /// Nothing starts any more.
    pub const fn stop(&mut self) {
        self.is_stopped = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a: b c` in each line.
    fn plan(text: &str, targets: &[&str]) -> Plan {
        let parse = |line: &str| {
            let (name, needs) = line.trim().split_once(':').unwrap();
            (name.to_owned(), needs.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        let all: Vec<(String, Vec<String>)> = text.split(';').map(parse).collect();
        Plan::of(all.iter().map(|(name, needs)| (name.as_str(), needs.as_slice())), targets)
    }

    #[test]
    fn what_is_needed_comes_first() {
        for (text, targets, order, is_chain) in [
            ("a:", &["a"][..], "a", true),
            ("a: b; b: c; c:", &["a"], "c b a", true),
            ("a: b; b: c; c:", &["b"], "c b", true),
            ("a: b c; b: c; c:", &["a"], "c b a", true),
            ("a: c b; b: c; c:", &["a"], "c b a", true),
            ("a: b c; b:; c:", &["a"], "b c a", false),
            ("a: c b; b:; c:", &["a"], "c b a", false),
            ("a:; b:", &["b", "a"], "b a", false),
            ("a: b; b:", &["b", "a", "b"], "b a", true),
            ("a: b c; b: d; c: d; d:", &["a"], "d b c a", false),
            // What a manifest cannot have.
            ("a:", &[], "", true),
            ("a: nothing", &["a", "none"], "a", true),
            ("a: a", &["a"], "a", true),
            ("a: b b; b:", &["a"], "b a", true),
            ("a: b; b: a", &["a"], "b a", true),
            ("a: b; b: c; c: a d; d:", &["a"], "d c b a", true),
        ] {
            let plan = plan(text, targets);
            assert_eq!(plan.names().collect::<Vec<_>>().join(" "), order, "{text}");
            assert_eq!(plan.is_chain(), is_chain, "{text}");
        }
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let names: Vec<String> = (0..200_000).map(|number| format!("{number:06}")).collect();
        let needs: Vec<Vec<String>> =
            (0..names.len()).map(|at| names.get(at + 1).cloned().into_iter().collect()).collect();
        let all = names.iter().map(String::as_str).zip(needs.iter().map(Vec::as_slice));
        let plan = Plan::of(all, &["000000"]);
        assert!(plan.is_chain());
        let mut progress = Progress::of(&plan);
        progress.failed(0);
        assert_eq!(progress.prevented().len(), names.len() - 1);
    }

    /// Lets `running` of them run at once, and the named ones fail. What has started, in order.
    fn started(plan: &Plan, most: usize, failing: &[&str]) -> String {
        let names: Vec<&str> = plan.names().collect();
        let (mut progress, mut running, mut started) = (Progress::of(plan), Vec::new(), Vec::new());
        loop {
            while running.len() < most
                && let Some(place) = progress.start_next()
            {
                started.push(names[place]);
                running.push(place);
            }
            if running.is_empty() {
                break;
            }
            let place = running.remove(0);
            if failing.contains(&names[place]) {
                progress.failed(place);
            } else {
                progress.succeeded(place);
            }
        }
        let prevented = progress.prevented().iter().map(|place| names[*place]).collect::<Vec<_>>();
        assert_eq!(started.len() + prevented.len(), names.len());
        format!("{} / {}", started.join(" "), prevented.join(" "))
    }

    #[test]
    fn what_may_start_does_and_a_failure_prevents_what_needs_it() {
        let diamond = plan("a: b c; b: d; c: d; d:; e:", &["a", "e"]);
        for (most, failing, expected) in [
            (1, &[][..], "d b c a e / "),
            (2, &[], "d e b c a / "),
            (9, &[], "d e b c a / "),
            (1, &["b"], "d b c e / a"),
            (9, &["d"], "d e / b c a"),
            (9, &["d", "e"], "d e / b c a"),
            (9, &["a"], "d e b c a / "),
        ] {
            assert_eq!(started(&diamond, most, failing), expected, "{most} {failing:?}");
        }
        let mut progress = Progress::of(&diamond);
        progress.stop();
        assert_eq!(progress.start_next(), None);
    }
}
