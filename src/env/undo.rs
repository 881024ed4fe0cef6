//! The exact way back from an environment: every variable as it was, or was not, and lists in their
//! order. What the user changes in between stays the user's. A shell with a hook keeps it, and so does
//! a shell that was entered, for `devshell reload`.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::op::Inverse;
use super::{Applied, Environment, Op, Variables, carried, policy, split};
use crate::name::VarName;

/// What was done to a shell's variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    changes: Vec<Change>,
}

/// So many bytes are kept. Linux takes 128 KiB for a variable (execve(2)), and the text is a third
/// longer than what it says.
const LONGEST: usize = 95 << 10;
/// What a change takes at most beside its texts: their lengths, the kinds, a hash.
const FRAME: usize = 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    name: OsString,
    before: Option<OsString>,
    after: After,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum After {
    Unset,
    /// A value, by its hash: whether it is still there is all that will be asked.
    Value(u64),
    /// Entries separated by `:`.
    List(OsString),
}

impl Undo {
    /// Notes what an environment does to the variables of a shell. Names that no shell can assign
    /// are left out.
    pub fn of(before: &Variables, applied: &Applied, environment: &Environment) -> Self {
        let lists: BTreeSet<&str> = environment.steps.iter().filter_map(|step| list(&step.op)).collect();
        let names: BTreeSet<&OsString> = before.keys().chain(applied.variables.keys()).collect();
        let differ =
            |name: &&OsString| VarName::assignable(name).is_some() && before.get(*name) != applied.variables.get(*name);
        let change = |name: &OsString| Change {
            name: name.clone(),
            before: before.get(name).cloned(),
            after: match applied.variables.get(name) {
                None => After::Unset,
                Some(value) if name.to_str().is_some_and(|name| lists.contains(name)) => After::List(value.clone()),
                Some(value) => After::Value(xxh3_64(value.as_bytes())),
            },
        };
        Self { changes: names.into_iter().filter(differ).map(change).collect() }
    }

    /// Puts everything back that is still as it was made.
    pub fn restore(&self, variables: &mut Variables) {
        for Change { name, before, after } in &self.changes {
            let restored = match (after, variables.get(name)) {
                (After::Unset, None) => before.clone(),
                (After::Value(hash), Some(now)) if xxh3_64(now.as_bytes()) == *hash => before.clone(),
                // Without any of ours it was made from nothing, as a login shell makes PATH.
                (After::List(list), Some(now)) if has_any(&own(before.as_deref(), list), now) => {
                    without_ours(before.as_deref(), list, now)
                }
                _ => continue,
            };
            match restored {
                Some(value) => variables.insert(name.clone(), value),
                None => variables.remove(name),
            };
        }
    }

    /// Whether PATH still leads to our entries: all of them are there in their order, and the system's own
    /// directories are not before them. What the user put first is the user's.
    pub fn is_on_path(&self, variables: &Variables) -> bool {
        const SYSTEM: [&[u8]; 2] = [b"/usr/bin", b"/bin"];
        let is_path = |change: &&Change| change.name == "PATH";
        let Some(Change { before, after: After::List(list), .. }) = self.changes.iter().find(is_path) else {
            return false;
        };
        let Some(now) = variables.get(OsStr::new("PATH")) else { return false };
        let mut now = split(now);
        let own = own(before.as_deref(), list);
        let Some((first, others)) = own.split_first() else { return false };
        let is_first = now.find(|entry| entry == first || SYSTEM.contains(entry)) == Some(*first);
        is_first && others.iter().all(|entry| now.any(|there| there == *entry))
    }

    /// What children may see: it has no value of the caller's that `pure` holds back from them, and no secret.
    #[must_use]
    pub fn for_children(mut self, environment: &Environment) -> Self {
        let kept = environment.steps.iter().find_map(|step| step.op.keeps());
        let is_held_back = |change: &Change| {
            change.name != "PATH" && kept.is_some_and(|kept| !policy::matches_any(kept, &change.name))
        };
        self.changes.retain(|change| change.after != After::Unset || !is_held_back(change));
        self.changes.iter_mut().filter(|change| is_held_back(change)).for_each(|change| change.before = None);
        self.without_secrets()
    }

    /// The same without the caller's secrets that are not in the dev shell. These are not restored.
    #[must_use]
    pub fn without_secrets(mut self) -> Self {
        for Change { name, before, after } in &mut self.changes {
            before.take_if(|value| policy::is_secret(name, value) && !has_all(after, value));
        }
        self
    }

    /// As the value of a variable.
    pub fn to_text(&self) -> String {
        carried::to_text(&self.clone().within_limit())
    }

    /// Without what would make it too long for a variable: first the longest of the variables that were taken
    /// away go, which then stay away.
    #[must_use]
    pub fn within_limit(mut self) -> Self {
        let length = |change: &Change| {
            let list = if let After::List(list) = &change.after { list.len() } else { 0 };
            FRAME + change.name.len() + change.before.as_ref().map_or(0, |value| value.len()) + list
        };
        self.changes.sort_by_key(|change| (change.after == After::Unset, length(change)));
        let mut sum = 0;
        self.changes.retain(|change| {
            sum += length(change);
            sum <= LONGEST
        });
        self
    }

    /// Reads what `to_text` wrote; `None` when it is something else.
    pub fn parse(text: &OsStr) -> Option<Self> {
        carried::of_text(text)
    }
}

/// The variable that is taken back entry by entry.
fn list(op: &Op) -> Option<&str> {
    match op.inverse() {
        Inverse::ByEntry(name) => Some(name.as_str()),
        Inverse::Whole | Inverse::Nothing => None,
    }
}

/// The entries of a list that were not there before.
fn own<'l>(before: Option<&'l OsStr>, list: &'l OsStr) -> Vec<&'l [u8]> {
    let before: BTreeSet<&[u8]> = before.into_iter().flat_map(split).collect();
    split(list).filter(|entry| !before.contains(entry)).collect()
}

/// Whether a list has one of these entries, if there are any.
fn has_any(own: &[&[u8]], list: &OsStr) -> bool {
    own.is_empty() || split(list).any(|entry| own.contains(&entry))
}

/// Whether the dev shell still has all of a value of before: a list that it was added to does.
fn has_all(after: &After, before: &OsStr) -> bool {
    matches!(after, After::List(list) if split(before).all(|entry| split(list).any(|there| there == entry)))
}

/// The list of before, with what the user did to ours: an entry taken out is out, and a new one
/// follows the entry that it followed.
fn without_ours(before: Option<&OsStr>, ours: &OsStr, now: &OsStr) -> Option<OsString> {
    if now == ours {
        return before.map(OsStr::to_owned);
    }
    let (ours, now): (Vec<&[u8]>, Vec<&[u8]>) = (split(ours).collect(), split(now).collect());
    let stays = |entry: &&[u8]| now.contains(entry) || !ours.contains(entry);
    let mut list: Vec<&[u8]> = before.into_iter().flat_map(split).filter(stays).collect();
    let mut place = 0;
    for entry in &now {
        if let Some(index) = list.iter().position(|there| there == entry) {
            place = index + 1;
        } else if !ours.contains(entry) {
            list.insert(place, entry);
            place += 1;
        }
    }
    if list.is_empty() && before.is_none() { None } else { Some(OsString::from_vec(list.join(&b':'))) }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::super::{Origin, Step};
    use super::*;

    fn pairs(text: &str) -> Variables {
        let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn environment() -> Environment {
        let var = |name: &str| name.parse().unwrap();
        let ops = vec![
            Op::Unset("LD_*".into(), vec![]),
            Op::Set(var("PATH"), "/ours:/moved".into()),
            Op::Append(var("PATH"), "/a:/moved:/b".into()),
            Op::Set(var("NEW"), "1".into()),
            Op::Set(var("OLD"), "1".into()),
            Op::Prepend(var("LIST"), "x".into()),
        ];
        Environment { steps: ops.into_iter().map(|op| Step { op, origin: Origin::Devshell }).collect() }
    }

    #[test]
    fn all_is_as_it_was_but_for_what_the_user_did() {
        let before = "LD_X=1 OLD=0 PATH=/a:/moved:/b F%%=1";
        for (done, expected) in [
            ("", before),
            ("NEW=2", "LD_X=1 OLD=0 PATH=/a:/moved:/b F%%=1 NEW=2"),
            ("OLD=2 LD_X=3", "LD_X=3 OLD=2 PATH=/a:/moved:/b F%%=1"),
            ("-OLD -NEW", "LD_X=1 PATH=/a:/moved:/b F%%=1"),
            ("PATH=/first:/ours:/a:/moved:/b:/last", "LD_X=1 OLD=0 PATH=/first:/a:/moved:/b:/last F%%=1"),
            ("PATH=/ours:/a:/between:/moved", "LD_X=1 OLD=0 PATH=/a:/between:/moved F%%=1"),
            // As a login shell makes it.
            ("PATH=/b:/login", "LD_X=1 OLD=0 PATH=/b:/login F%%=1"),
            ("LIST=x:mine", "LD_X=1 OLD=0 PATH=/a:/moved:/b F%%=1 LIST=mine"),
            ("OTHER=1", "LD_X=1 OLD=0 PATH=/a:/moved:/b F%%=1 OTHER=1"),
        ] {
            let before = pairs(before);
            let applied = environment().apply(&before, &[]);
            assert_eq!(applied.variables[OsStr::new("PATH")], "/ours:/a:/moved:/b");
            let undo = Undo::of(&before, &applied, &environment());
            let undo = Undo::parse(OsStr::new(&undo.to_text())).unwrap();
            let mut variables = applied.variables;
            for word in done.split(' ').filter(|word| !word.is_empty()) {
                match word.strip_prefix('-') {
                    Some(name) => drop(variables.remove(OsStr::new(name))),
                    None => variables.extend(pairs(word)),
                }
            }
            undo.restore(&mut variables);
            // What was taken from the caller and has no name for a shell was never taken from it.
            variables.insert("F%%".into(), "1".into());
            let expected = pairs(expected);
            assert_eq!(variables, expected, "{done}");
        }
        assert_eq!(Undo::parse(OsStr::new("nonsense")), None);
    }

    #[test]
    fn a_secret_that_does_not_cross_is_not_kept() {
        let before = pairs("LD_KEY=s1 LD_X=1 OLD=https://user:s2@example.org LIST=https://user:s3@example.org");
        let applied = environment().apply(&before, &[]);
        let undo = Undo::of(&before, &applied, &environment());
        let has = |undo: &Undo, secret: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(undo.to_text()).unwrap();
            bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
        };
        assert_eq!(["s1", "user:s2", "user:s3"].map(|secret| has(&undo, secret)), [true; 3]);
        let undo = undo.without_secrets();
        // The list in the dev shell ends in the caller's.
        assert_eq!(["s1", "user:s2", "user:s3"].map(|secret| has(&undo, secret)), [false, false, true]);
        let mut variables = applied.variables;
        undo.restore(&mut variables);
        assert_eq!(variables, pairs("LD_X=1 LIST=https://user:s3@example.org"));
    }

    #[test]
    fn path_is_looked_at() {
        let step = |op| Step { op, origin: Origin::Devshell };
        let var = |name: &str| name.parse().unwrap();
        let (set, append) = (Op::Set(var("PATH"), "/l/1".into()), Op::Append(var("PATH"), "/l/2".into()));
        let host = Op::Append(var("PATH"), "/usr/bin:/bin".into());
        for (steps, path, expected) in [
            (vec![set.clone(), append.clone()], "/l/1:/l/2", true),
            (vec![set.clone(), append.clone()], "/home/bin:/l/1:/venv:/l/2:/usr/bin", true),
            (vec![set.clone(), append.clone()], "/l/2:/l/1", false),
            (vec![set.clone(), append.clone()], "/l/1", false),
            (vec![set.clone(), append.clone()], "/usr/bin:/bin", false),
            // As `path_helper` of macOS leaves it to a login shell.
            (vec![set.clone(), append.clone()], "/usr/bin:/bin:/l/1:/l/2", false),
            (vec![set.clone(), host.clone()], "/l/1:/usr/bin:/bin", true),
            (vec![set, host], "/usr/bin:/bin", false),
        ] {
            let environment = Environment { steps: steps.into_iter().map(step).collect() };
            let before = pairs("PATH=/usr/bin:/bin");
            let applied = environment.apply(&before, &[]);
            let undo = Undo::of(&before, &applied, &environment);
            assert_eq!(undo.is_on_path(&pairs(&format!("PATH={path}"))), expected, "{path}");
            assert!(!undo.is_on_path(&Variables::new()));
        }
    }

    #[test]
    fn children_do_not_see_what_is_held_back_from_them() {
        let var = |name: &str| name.parse().unwrap();
        let ops = vec![
            Op::Keep(vec!["A*".into()]),
            Op::Unset("AWAY".into(), vec![]),
            Op::Set(var("AGAIN"), "2".into()),
            Op::Set(var("API_KEY"), "2".into()),
            // A list that has nothing of the caller's in it.
            Op::Set(var("ALL_KEYS"), "2".into()),
            Op::Append(var("ALL_KEYS"), "3".into()),
            // What `pure` does not let through, and the dev shell sets.
            Op::Set(var("DATABASE"), "ours".into()),
            Op::Append(var("LIST"), "ours".into()),
        ];
        let steps = ops.into_iter().map(|op| Step { op, origin: Origin::Isolation }).collect();
        let environment = Environment { steps };
        let before = pairs("HELD=h1 AWAY=a1 AGAIN=g1 API_KEY=k1 ALL_KEYS=k2 DATABASE=d1 LIST=l1");
        let applied = environment.apply(&before, &[]);
        let undo = Undo::of(&before, &applied, &environment).for_children(&environment);
        let bytes = URL_SAFE_NO_PAD.decode(undo.to_text()).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let is_there = ["h1", "a1", "g1", "k1", "k2", "d1", "l1"].map(has);
        assert_eq!(is_there, [false, true, true, false, false, false, false]);
        let mut variables = applied.variables;
        undo.restore(&mut variables);
        assert_eq!(variables, pairs("AWAY=a1 AGAIN=g1"));
    }

    #[test]
    fn what_was_taken_away_is_left_out_before_the_text_is_too_long() {
        let long = |length| OsString::from("x".repeat(length));
        let mut before = pairs("LD_A=1 PATH=/a:/b OLD=0");
        before.extend([("LD_B".into(), long(LONGEST - 300)), ("LD_C".into(), long(LONGEST))]);
        let applied = environment().apply(&before, &[]);
        let text = Undo::of(&before, &applied, &environment()).to_text();
        assert!((126 << 10..128 << 10).contains(&text.len()), "{}", text.len());
        let mut variables = applied.variables;
        Undo::parse(OsStr::new(&text)).unwrap().restore(&mut variables);
        before.remove(OsStr::new("LD_C"));
        assert_eq!(variables, before);
    }
}
