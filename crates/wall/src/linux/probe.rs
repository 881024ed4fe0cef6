//! Whether this machine lets a wall be built, and if not, what keeps it from that.

use std::fmt;
use std::fs;
use std::path::Path;

use rustix::io::Errno;

use super::surroundings::Surroundings;
use crate::fault::Fault;

/// Why walls cannot be built here, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A setting of the kernel, with its value, and the one that is needed.
    Setting { name: &'static str, value: String, needed: &'static str },
    /// `AppArmor` lets only programs that have a profile make namespaces of users.
    AppArmor,
    /// The kernel is too old, or was built without it.
    Kernel { lacks: String },
    /// What this process is in allows no namespaces, or so it seems.
    Surroundings(Option<Surroundings>),
    /// Namespaces can be made, but nothing can be mounted in them: Landlock forbids it, or another security module.
    Mounts,
    /// Anything else.
    Other(Fault),
}

/// Where settings of the kernel are, and which value refuses.
const SETTINGS: [(&str, &str, &str); 3] = [
    ("user.max_user_namespaces", "0", "15000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
];

/// What a fault means on this machine.
pub fn probe(fault: &Fault) -> Refusal {
    let setting = |name: &str| {
        let path = Path::new("/proc/sys").join(name.replace('.', "/"));
        fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
    };
    explain(fault, setting, Surroundings::find())
}

/// The step with which a wall begins, and the first one in its namespace of mounts.
pub const MAKE_NAMESPACES: &str = "make namespaces";
pub const MAKE_PRIVATE: &str = "make `/` private";

fn explain(fault: &Fault, setting: impl Fn(&str) -> Option<String>, around: Option<Surroundings>) -> Refusal {
    let (number, begins) = (fault.errno(), fault.step == MAKE_NAMESPACES);
    if matches!(number, Errno::NOSYS | Errno::OPNOTSUPP) && !(begins && around.is_some()) {
        return Refusal::Kernel { lacks: fault.step.clone() };
    }
    let is_forbidden = matches!(number, Errno::PERM | Errno::ACCESS);
    if !begins && !is_forbidden {
        return Refusal::Other(fault.clone());
    }
    for (name, refusing, needed) in SETTINGS {
        match setting(name) {
            Some(value) if value == refusing && name.contains("apparmor") => return Refusal::AppArmor,
            Some(value) if value == refusing => return Refusal::Setting { name, value, needed },
            _ => {}
        }
    }
    // The limit of a namespace around this one is seen in no setting.
    let is_refused = is_forbidden || matches!(number, Errno::INVAL | Errno::NOSYS | Errno::NOSPC | Errno::USERS);
    match &*fault.step {
        MAKE_NAMESPACES if is_refused => Refusal::Surroundings(around),
        MAKE_PRIVATE => Refusal::Mounts,
        _ => Refusal::Other(fault.clone()),
    }
}

impl Refusal {
    /// What to do about it.
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Setting { name, needed, .. } => Some(format!("as root: `sysctl -w {name}={needed}`")),
            Self::AppArmor => Some(
                "as root: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or give devshell an AppArmor \
                 profile with `userns,`"
                    .to_owned(),
            ),
            Self::Surroundings(Some(around)) => Some(around.remedy().to_owned()),
            Self::Surroundings(None) => {
                Some("start it outside of the container or the sandbox that it is in, if it is in one".to_owned())
            }
            Self::Mounts => Some("start it outside of the sandbox that it is in".to_owned()),
            Self::Kernel { .. } => Some("walls need Linux 5.6 or newer".to_owned()),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, value, .. } => write!(f, "the kernel's setting `{name}` is {value}"),
            Self::AppArmor => f.write_str("AppArmor lets only programs with a profile make user namespaces"),
            Self::Kernel { lacks } => write!(f, "this kernel is too old: it cannot {lacks}"),
            Self::Surroundings(Some(around)) => write!(f, "this is inside {around}, which allows no user namespaces"),
            Self::Surroundings(None) => f.write_str("user namespaces are not allowed here"),
            Self::Mounts => f.write_str("a security module, such as Landlock, allows no mounts here"),
            Self::Other(fault) => fault.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_cause() {
        let fault = |step: &str, error| Fault::new(step, error);
        let none = |_: &str| None;
        let set =
            |wanted: &'static str, value: &'static str| move |name: &str| (name == wanted).then(|| value.to_owned());
        let setting = |name, value: &str, needed| Refusal::Setting { name, value: value.to_owned(), needed };
        let namespaces = MAKE_NAMESPACES;
        let users = "user.max_user_namespaces";
        let is = |fault: &Fault, setting: &dyn Fn(&str) -> Option<String>, expected: Refusal| {
            assert_eq!(explain(fault, setting, None), expected, "{fault}");
        };
        is(&fault(namespaces, Errno::NOSPC), &set(users, "0"), setting(users, "0", "15000"));
        let clone = "kernel.unprivileged_userns_clone";
        is(&fault(namespaces, Errno::PERM), &set(clone, "0"), setting(clone, "0", "1"));
        let apparmor = set("kernel.apparmor_restrict_unprivileged_userns", "1");
        is(&fault("write `/proc/7/uid_map`", Errno::PERM), &apparmor, Refusal::AppArmor);
        is(&fault(namespaces, Errno::PERM), &none, Refusal::Surroundings(None));
        is(&fault(namespaces, Errno::PERM), &set(users, "15000"), Refusal::Surroundings(None));
        is(&fault("make `/` private", Errno::PERM), &none, Refusal::Mounts);
        let lacks = |step: &str| Refusal::Kernel { lacks: step.to_owned() };
        is(&fault("protect `/usr`", Errno::NOSYS), &none, lacks("protect `/usr`"));
        is(&fault(namespaces, Errno::NOSYS), &none, lacks(namespaces));
        // What has another reason is not blamed on a setting.
        for other in [fault("mount `/dev`", Errno::NOMEM), fault("go to `/nowhere`", Errno::NOENT)] {
            is(&other, &apparmor, Refusal::Other(other.clone()));
        }
    }

    #[test]
    fn what_is_around_is_named_with_its_remedy() {
        let none = |_: &str| None;
        for (around, named) in [
            (Surroundings::Docker, "this is inside Docker, which allows no user namespaces"),
            (Surroundings::Bubblewrap, "this is inside bubblewrap, which allows no user namespaces"),
        ] {
            for error in [Errno::PERM, Errno::NOSPC, Errno::NOSYS] {
                let refusal = explain(&Fault::new(MAKE_NAMESPACES, error), none, Some(around.clone()));
                assert_eq!((refusal.to_string().as_str(), refusal.remedy().as_deref()), (named, Some(around.remedy())));
            }
        }
    }
}
