//! What the walls have kept from the network, shown once at the end.

use std::cell::Cell;

use crate::cli::Context;
use crate::gate::{Refusal, Refusals, Why};
use crate::sandbox::{Absent, Planted};
use crate::session::{Hearing, Walled, Weaker};
use crate::text;

/// How many hosts are named.
const MOST_SHOWN: usize = 10;

/// Says what was refused while the command ran.
pub fn tell(cx: &Context, walled: Option<&Walled>) {
    let refusals = Refusals::of_bytes(&walled.map(Walled::report).unwrap_or_default());
    for line in lines(&refusals) {
        cx.ui.note(&line);
    }
    if let Some(look) = walled.and_then(|walled| walled.afterwards.as_ref()) {
        look();
    }
}

/// Looks for what other programs would obey later, outside.
pub fn planted<'a>(cx: &'a Context, absent: Absent) -> Box<dyn Fn() + 'a> {
    Box::new(move || {
        let Planted { removed, left } = absent.planted();
        for path in removed {
            let text = format!("removed `{}`, which the command made: git obeys what it names", path.display());
            cx.ui.warning(&text);
        }
        if !left.is_empty() {
            let list: Vec<String> = left.iter().map(|path| format!("`{}`", path.display())).collect();
            let text = "which programs outside of the sandbox obey";
            cx.ui.warning(&format!("check before you go on: the command made {}, {text}", list.join(", ")));
        }
    })
}

/// Says that a wall is weaker, once for all that runs in it.
pub fn weaker(cx: &Context) -> Hearing<'_> {
    let is_done = Cell::new(false);
    Box::new(move |Weaker { refusal, frozen }: &Weaker| {
        if !is_done.replace(true) {
            let list: Vec<String> = frozen.iter().map(|path| format!("`{}`", path.display())).collect();
            let held = if list.is_empty() { String::new() } else { format!("; no new files in {}", list.join(", ")) };
            cx.ui.warning(&format!("the sandbox is weaker here: Landlock alone, because {refusal}{held}"));
        }
    })
}

fn lines(refusals: &Refusals) -> Vec<String> {
    let list = refusals.list();
    let mut lines = Vec::new();
    let not_allowed: Vec<&Refusal> = list.iter().filter(|one| *one.why == Why::NotAllowed).collect();
    if let Some(first) = not_allowed.first() {
        let shown: Vec<String> = not_allowed.iter().take(MOST_SHOWN).map(|one| counted(one)).collect();
        let further = not_allowed.len().saturating_sub(MOST_SHOWN) + refusals.further() as usize;
        let further = if further > 0 { format!(" and {further} more") } else { String::new() };
        let example = text::word(first.host).into_owned();
        lines.push(format!(
            "the sandbox refused these hosts: {}{further}; to allow one, add it to `net` in the manifest's `sandbox`: \
             \"sandbox\": {{ \"net\": [\"{example}\"] }}, or pass `--net {example}`",
            shown.join(", ")
        ));
    }
    for refusal in list.iter().take(MOST_SHOWN) {
        match refusal.why {
            Why::Private(address) => lines.push(format!(
                "the sandbox refused {}: its address is on a private network; to allow it, add \"{address}\" to `net`",
                counted(refusal)
            )),
            Why::Failed(reason) => {
                lines.push(format!("{} could not be reached: {}", counted(refusal), text::cause(reason)));
            }
            Why::NotAllowed => {}
        }
    }
    lines
}

fn counted(refusal: &Refusal) -> String {
    let host = text::word(refusal.host);
    if refusal.count == 1 { host.into_owned() } else { format!("{host} ({} times)", refusal.count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_said_with_what_would_allow_it() {
        let mut refusals = Refusals::default();
        assert_eq!(lines(&refusals), [""; 0]);
        for host in ["evil.example", "evil.example", "b\u{1b}.example"] {
            refusals.add(host, Why::NotAllowed);
        }
        refusals.add("db.example:5432", Why::Private("10.0.0.5:5432".parse().unwrap()));
        refusals.add("a.example:443", Why::Failed("connection refused".to_owned()));
        assert_eq!(
            lines(&refusals),
            [
                "the sandbox refused these hosts: b\\u{1b}.example, evil.example (2 times); to allow one, add it to `net` in the \
             manifest's `sandbox`: \"sandbox\": { \"net\": [\"b\\u{1b}.example\"] }, or pass `--net b\\u{1b}.example`",
                "a.example:443 could not be reached: connection refused",
                "the sandbox refused db.example:5432: its address is on a private network; to allow it, add \"10.0.0.5:5432\" \
             to `net`",
            ]
        );
        for number in 0..20 {
            refusals.add(&format!("n{number:02}.example"), Why::NotAllowed);
        }
        assert!(lines(&refusals)[0].contains("n07.example and 12 more; "), "{:?}", lines(&refusals));
    }
}
