//! Whether this machine lets a wall be built, and if not, what keeps it from that.

use std::fmt;
use std::fs;
use std::path::Path;

use rustix::io::Errno;

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
    /// Most likely a container that allows no namespaces.
    Container,
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
    explain(fault, |name| {
        let path = Path::new("/proc/sys").join(name.replace('.', "/"));
        fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
    })
}

fn explain(fault: &Fault, setting: impl Fn(&str) -> Option<String>) -> Refusal {
    let number = fault.errno();
    if matches!(number, Errno::NOSYS | Errno::OPNOTSUPP) {
        return Refusal::Kernel { lacks: fault.step.clone() };
    }
    for (name, refusing, needed) in SETTINGS {
        match setting(name) {
            Some(value) if value == refusing && name.contains("apparmor") => return Refusal::AppArmor,
            Some(value) if value == refusing => return Refusal::Setting { name, value, needed },
            _ => {}
        }
    }
    let is_refused = matches!(number, Errno::PERM | Errno::ACCESS | Errno::INVAL);
    if is_refused && fault.step == "make namespaces" { Refusal::Container } else { Refusal::Other(fault.clone()) }
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
            Self::Container => {
                Some("start the container with a seccomp profile that allows user namespaces".to_owned())
            }
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
            Self::Container => f.write_str("this container allows no user namespaces"),
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
        let namespaces = "make namespaces";
        let users = "user.max_user_namespaces";
        assert_eq!(explain(&fault(namespaces, Errno::NOSPC), set(users, "0")), setting(users, "0", "15000"));
        let clone = "kernel.unprivileged_userns_clone";
        assert_eq!(explain(&fault(namespaces, Errno::PERM), set(clone, "0")), setting(clone, "0", "1"));
        let apparmor = set("kernel.apparmor_restrict_unprivileged_userns", "1");
        assert_eq!(explain(&fault("write `/proc/7/uid_map`", Errno::PERM), apparmor), Refusal::AppArmor);
        assert_eq!(explain(&fault(namespaces, Errno::PERM), none), Refusal::Container);
        assert_eq!(explain(&fault(namespaces, Errno::PERM), set(users, "15000")), Refusal::Container);
        let lacks = Refusal::Kernel { lacks: "protect `/usr`".to_owned() };
        assert_eq!(explain(&fault("protect `/usr`", Errno::NOSYS), none), lacks);
        let other = fault("mount `/dev`", Errno::NOMEM);
        assert_eq!(explain(&other, none), Refusal::Other(other));
    }
}
