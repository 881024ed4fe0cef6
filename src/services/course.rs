//! Which service starts or stops next, from what each needs and how each is. Nothing here runs anything.

use std::collections::BTreeMap;

use super::Phase;
use crate::tasks::Plan;

/// What is known of one.
#[derive(Clone, Debug)]
pub struct Course {
    pub needs: Vec<String>,
    pub phase: Phase,
}

/// The names, with all that they need, needs first.
pub fn with_needs(all: &BTreeMap<String, Course>, names: &[String]) -> Vec<String> {
    let all = all.iter().map(|(name, course)| (name.as_str(), course.needs.as_slice()));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Plan::of(all, &names).names().map(str::to_owned).collect()
}

/// Those that wait, and have everything that they need.
pub fn can_start(all: &BTreeMap<String, Course>) -> Vec<String> {
    let is_ready = |need: &String| all.get(need).is_none_or(|course| course.phase == Phase::Ready);
    let waiting = all.iter().filter(|(_, course)| course.phase == Phase::Waiting);
    waiting.filter(|(_, course)| course.needs.iter().all(is_ready)).map(|(name, _)| name.clone()).collect()
}

/// Those that wait for one that will not be ready, each with the one that it waits for.
pub fn in_vain(all: &BTreeMap<String, Course>) -> Vec<(String, String)> {
    let is_over = |need: &&String| all.get(*need).is_some_and(|course| course.phase.is_over());
    let waiting = all.iter().filter(|(_, course)| course.phase == Phase::Waiting);
    waiting.filter_map(|(name, course)| Some((name.clone(), course.needs.iter().find(is_over)?.clone()))).collect()
}

/// Those that run, and that nothing which runs needs.
pub fn can_stop(all: &BTreeMap<String, Course>) -> Vec<String> {
    let runs = |course: &Course| !course.phase.is_over();
    let is_needed = |name: &String| all.values().any(|course| runs(course) && course.needs.contains(name));
    let running = all.iter().filter(|(_, course)| runs(course) && course.phase != Phase::Stopping);
    running.filter(|(name, _)| !is_needed(name)).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> BTreeMap<String, Course> {
        let course = |line: &str| {
            let mut words = line.split(' ');
            let (name, phase) = (words.next()?.to_owned(), words.next()?);
            let phase = match phase {
                "idle" => Phase::Idle,
                "waiting" => Phase::Waiting,
                "ready" => Phase::Ready,
                "stopping" => Phase::Stopping,
                "failed" => Phase::Failed,
                _ => Phase::Starting,
            };
            Some((name, Course { needs: words.map(str::to_owned).collect(), phase }))
        };
        text.split(", ").filter_map(course).collect()
    }

    #[test]
    fn what_is_needed_comes_first_and_once() {
        let all = all("web idle db cache, db idle disk, cache idle disk, disk idle, a idle b, b idle a");
        for (names, expected) in [
            (&["web"][..], "disk db cache web"),
            (&["cache", "web"], "disk cache db web"),
            (&["nothing"], ""),
            // The manifest refuses a circle; here it only has an end.
            (&["a"], "b a"),
        ] {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            assert_eq!(with_needs(&all, &names).join(" "), expected, "{names:?}");
        }
    }

    #[test]
    fn services_start_in_order_and_stop_in_reverse() {
        for (text, start, vain, stop) in [
            ("web waiting db, db waiting", "db", "", "web"),
            ("web waiting db, db starting", "", "", "web"),
            ("web waiting db, db ready", "web", "", "web"),
            ("web ready db, db ready", "", "", "web"),
            ("web stopping db, db ready", "", "", ""),
            ("web failed db, db ready", "", "", "db"),
            ("web waiting db, db failed", "", "web-db", "web"),
            ("web waiting db, db idle", "", "web-db", "web"),
            ("a waiting, b waiting, c ready", "a b", "", "a b c"),
        ] {
            let all = all(text);
            let vain_found: Vec<String> = in_vain(&all).into_iter().map(|(a, b)| format!("{a}-{b}")).collect();
            let found = (can_start(&all).join(" "), vain_found.join(" "), can_stop(&all).join(" "));
            assert_eq!(found, (start.to_owned(), vain.to_owned(), stop.to_owned()), "{text}");
        }
    }
}
