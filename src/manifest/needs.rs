//! What scripts and services need: one namespace, in which every name is there, and no circle.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::{Decoder, did_you_mean};
use super::{Layer, Manifest};

/// Whatever can be needed, by name, with its line and its own needs.
type All<'m> = BTreeMap<&'m str, (usize, &'m [String])>;

impl Layer {
    /// The names that something needs, if a script or a service is called so.
    pub fn needs_of(&self, name: &str) -> Option<&[String]> {
        let script = self.scripts.get(name).map(|script| script.needs.as_slice());
        script.or_else(|| self.services.get(name).map(|service| service.needs.as_slice()))
    }
}

fn all(layer: &Layer) -> All<'_> {
    let scripts = layer.scripts.iter().map(|(name, it)| (name.as_str(), (it.line, it.needs.as_slice())));
    let services = layer.services.iter().map(|(name, it)| (name.as_str(), (it.line, it.needs.as_slice())));
    scripts.chain(services).collect()
}

/// So many environments are checked with the default one: each takes as long as that has scripts.
const MOST_ENVIRONMENTS: usize = 100;

/// The default environment, and each other that has scripts or services with it; of all only those.
fn selections(manifest: &Manifest) -> Vec<(Option<&str>, Layer)> {
    let only =
        |layer: &Layer| Layer { scripts: layer.scripts.clone(), services: layer.services.clone(), ..Layer::default() };
    let whole = only(&manifest.default);
    let has_any = |layer: &&Layer| !layer.scripts.is_empty() || !layer.services.is_empty();
    let others = manifest.environments.iter().filter(|(_, layer)| has_any(layer)).take(MOST_ENVIRONMENTS);
    let mut all = vec![(None, whole)];
    for (name, layer) in others {
        let mut selection = all[0].1.clone();
        selection.scripts.extend(layer.scripts.clone());
        selection.services.extend(layer.services.clone());
        all.push((Some(name.as_str()), selection));
    }
    all
}

impl Decoder<'_> {
    /// Expects of each selection of environments that names are unique, that what is needed is there, and that nothing
    /// needs itself.
    pub(super) fn check_needs(&mut self, manifest: &Manifest) {
        let needed = std::mem::take(&mut self.needed);
        if needed.is_empty() && manifest.layers().all(|layer| layer.services.is_empty()) {
            return;
        }
        let known: BTreeSet<&str> = manifest.layers().flat_map(|layer| all(layer).into_keys()).collect();
        for (name, range) in needed.iter().filter(|(name, _)| !known.contains(name.as_str())) {
            let near = if self.is_heard() { did_you_mean(name, known.iter().copied()) } else { None };
            let help = near.unwrap_or_else(|| "`needs` has names of `scripts` and of `services`".to_owned());
            self.problem(range.clone(), format!("no script and no service is called `{name}`"), Some(help));
        }
        self.check_ports(manifest);
        let (mut twice, mut circles) = (BTreeSet::new(), BTreeSet::new());
        for (environment, layer) in &selections(manifest) {
            for (name, service) in &layer.services {
                if let Some(script) = layer.scripts.get(name)
                    && twice.insert(name.clone())
                {
                    let help = format!("the service is at line {}", service.line);
                    let range = self.line_range(script.line);
                    self.problem(range, format!("`{name}` is both a script and a service"), Some(help));
                }
            }
            for circle in circles_of(&all(layer)) {
                if circles.insert(circle.clone()) {
                    self.tell_circle(layer, &circle);
                }
            }
            self.check_presence(*environment, layer, &known, &mut twice);
        }
    }

    /// Only some of the environments may have what is needed.
    fn check_presence(
        &mut self,
        environment: Option<&str>,
        layer: &Layer,
        known: &BTreeSet<&str>,
        told: &mut BTreeSet<String>,
    ) {
        let all = all(layer);
        for (line, need) in all.values().flat_map(|(line, needs)| needs.iter().map(move |need| (line, need))) {
            let is_missing = !all.contains_key(need.as_str()) && known.contains(need.as_str());
            if is_missing && told.insert(format!("{need} {line}")) {
                let place = environment
                    .map_or_else(|| "the default environment".to_owned(), |name| format!("environment `{name}`"));
                let message = format!("`{need}`, which this needs, is not in {place}");
                let range = self.line_range(*line);
                self.problem(range, message, Some("move it there, or this to where it is".to_owned()));
            }
        }
    }

    /// Expects that each port has a variable of its own, which nothing else sets.
    fn check_ports(&mut self, manifest: &Manifest) {
        let mut shared: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
        for (index, layer) in manifest.layers().enumerate() {
            let mut own: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
            // An environment may have another service in the place of one of the default environment.
            let is_other = |service: &str| !layer.services.contains_key(service);
            for (service, port) in layer.services.iter().flat_map(|(name, it)| it.ports.iter().map(move |p| (name, p)))
            {
                let name = port.name.as_str();
                let before = own.insert(name, (port.line, service));
                if let Some((line, other)) = before.or_else(|| shared.get(name).copied().filter(|it| is_other(it.1))) {
                    let help = format!("that is at line {line}; each port has a variable of its own");
                    let range = self.line_range(port.line);
                    self.problem(range, format!("`{name}` is a port of `{other}` already"), Some(help));
                }
            }
            let has_ports = !own.is_empty() || !shared.is_empty();
            for variable in layer.variables.iter().filter(|_| has_ports) {
                let name = variable.name.as_str();
                if let Some((_, service)) = own.get(name).or_else(|| shared.get(name)) {
                    let message = format!("`{name}` is a port of the service `{service}`");
                    let help = "take it out of `env`, or call one of them differently".to_owned();
                    let range = self.line_range(variable.line);
                    self.problem(range, message, Some(help));
                }
            }
            if index == 0 {
                shared = own;
            }
        }
    }

    fn tell_circle(&mut self, layer: &Layer, circle: &[String]) {
        let all = all(layer);
        let place = |name: &String| format!("`{name}` (line {})", all.get(name.as_str()).map_or(0, |(line, _)| *line));
        let path = circle.iter().chain(circle.first()).map(place).collect::<Vec<_>>().join(" needs ");
        let line = circle.first().and_then(|name| all.get(name.as_str())).map_or(1, |(line, _)| *line);
        let range = self.line_range(line);
        let message = match circle {
            [one] => format!("`{one}` needs itself"),
            _ => format!("these need one another: {path}"),
        };
        self.problem(range, message, Some("take one of these out of `needs`".to_owned()));
    }
}

/// Circles, each beginning with its first name in order. So many are enough to see what is wrong.
fn circles_of(all: &All) -> Vec<Vec<String>> {
    const MOST: usize = 10;
    let (mut circles, mut finished) = (Vec::new(), BTreeSet::new());
    let enter = |name: &str| all.get_key_value(name).map(|(name, (_, needs))| (*name, needs.iter()));
    for start in all.keys().filter_map(|start| enter(start)) {
        if finished.contains(start.0) {
            continue;
        }
        // The way down to where we are, with what is left to look at: recursion would be as deep as the file says.
        let (mut above, mut path) = (BTreeSet::from([start.0]), vec![start]);
        while let Some((name, needs)) = path.last_mut() {
            let name = *name;
            let Some(need) = needs.next() else {
                finished.insert(name);
                above.remove(name);
                path.pop();
                continue;
            };
            if above.contains(need.as_str()) {
                let circle = path.iter().map(|(name, _)| (*name).to_owned()).skip_while(|name| name != need);
                circles.push(from_the_first(circle.collect()));
                if circles.len() == MOST {
                    return circles;
                }
            } else if !finished.contains(need.as_str())
                && let Some(below) = enter(need)
            {
                above.insert(below.0);
                path.push(below);
            }
        }
    }
    circles
}

fn from_the_first(mut circle: Vec<String>) -> Vec<String> {
    let first = (0..circle.len()).min_by_key(|index| &circle[*index]).unwrap_or(0);
    circle.rotate_left(first);
    circle
}

#[cfg(test)]
mod tests {
    use super::super::{parse, position};

    /// Each mistake as `line message (help)`.
    fn mistakes(text: &str) -> Vec<String> {
        let problems = parse("devshell.json", text).err().map_or_else(Vec::new, |problems| problems.list);
        let shown = problems.iter().map(|problem| {
            let line = position(text, problem.range.start).0;
            format!("{line} {} ({})", problem.message, problem.help.as_deref().unwrap_or_default())
        });
        shown.collect()
    }

    #[test]
    fn needs_are_names_that_are_there_without_a_circle() {
        for (text, expected) in [
            ("{\n\"scripts\": { \"a\": { \"run\": \"x\", \"needs\": [\"b\"] }, \"b\": \"y\" } }", &[][..]),
            (
                "{\n\"scripts\": { \"a\": { \"run\": \"x\", \"needs\": [\"bild\"] },\n\"build\": \"y\" } }",
                &["2 no script and no service is called `bild` (did you mean `build`?)"],
            ),
            (
                "{\n\"scripts\": { \"a\": { \"needs\": [\"a\"] } } }",
                &["2 `a` needs itself (take one of these out of `needs`)"],
            ),
            (
                "{ \"scripts\": {\n\"a\": { \"needs\": [\"s\"] },\n\"b\": { \"needs\": [\"a\"] } },\n\"services\": {\n\
                 \"s\": { \"run\": \"x\", \"needs\": [\"b\"] } } }",
                &[
                    "2 these need one another: `a` (line 2) needs `s` (line 5) needs `b` (line 3) needs `a` (line 2) (take one \
                   of these out of `needs`)",
                ],
            ),
            (
                "{ \"scripts\": {\n\"db\": \"x\" }, \"services\": {\n\"db\": { \"run\": \"y\" } } }",
                &["2 `db` is both a script and a service (the service is at line 3)"],
            ),
            (
                "{ \"scripts\": {\n\"a\": { \"needs\": [\"b\"] } }, \"environments\": { \"e\": { \"scripts\": { \"b\": \"x\" } } } }",
                &["2 `b`, which this needs, is not in the default environment (move it there, or this to where it is)"],
            ),
        ] {
            assert_eq!(mistakes(text), expected, "{text}");
        }
    }

    #[test]
    fn each_port_has_a_variable_of_its_own() {
        let text = "{ \"env\": {\n\"PORT\": \"1\" },\n\"services\": {\n\"a\": { \"run\": \"x\", \"ports\": { \"PORT\": 1 } },\n\
                    \"b\": { \"run\": \"x\", \"ports\": { \"PORT\": 2 } } } }";
        let expected = [
            "2 `PORT` is a port of the service `b` (take it out of `env`, or call one of them differently)",
            "5 `PORT` is a port of `a` already (that is at line 4; each port has a variable of its own)",
        ];
        assert_eq!(mistakes(text), expected);
    }

    /// As long as a file may be, and each needs the next.
    #[test]
    fn a_long_chain_takes_no_time_and_no_depth() {
        let script = |number: usize| format!("\"s{number}\": {{ \"needs\": [\"s{}\"] }}", number + 1);
        let scripts: Vec<String> = (0..20_000).map(script).collect();
        let text = format!("{{ \"scripts\": {{ {}, \"s20000\": \"x\" }} }}", scripts.join(", "));
        assert!(parse("devshell.json", &text).is_ok());
        let circle = text.replace("\"s20000\": \"x\"", "\"s20000\": { \"needs\": [\"s0\"] }");
        assert_eq!(mistakes(&circle).len(), 1);
    }
}
