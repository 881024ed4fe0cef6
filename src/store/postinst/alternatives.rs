//! The alternatives that a package registers when it is configured (update-alternatives(1)), read in its script.

use std::path::{Path, PathBuf};

use super::shell;
use crate::store::unpack::merged;

/// One way to have a command or a file under its usual name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// What it is an alternative for.
    pub name: String,
    pub priority: i64,
    /// Links and what they lead to, as paths in a prefix: the first decides whether it is there.
    pub links: Vec<(PathBuf, PathBuf)>,
}

/// What is only read by people.
const MANUALS: &str = "usr/share/man";

pub fn of(script: &str) -> Vec<Alternative> {
    if !script.contains("--install") {
        return Vec::new();
    }
    shell::commands(script).iter().filter_map(|words| alternative(words)).collect()
}

fn alternative(words: &[Option<String>]) -> Option<Alternative> {
    let (command, rest) = words.split_first()?;
    if command.as_deref()?.rsplit('/').next() != Some("update-alternatives") {
        return None;
    }
    let start = rest.iter().position(|word| word.as_deref() == Some("--install"))?;
    let [link, name, path, priority, slaves @ ..] = &rest[start + 1..] else { return None };
    let first = (place(link.as_deref()?)?, place(path.as_deref()?)?);
    let further = slaves.split(|word| word.as_deref() == Some("--slave")).filter_map(|slave| match slave {
        [Some(link), _, Some(path), ..] => Some((place(link)?, place(path)?)),
        _ => None,
    });
    let links = std::iter::once(first).chain(further.filter(|(link, _)| !link.starts_with(MANUALS))).collect();
    Some(Alternative { name: name.clone()?, priority: priority.as_deref()?.parse().ok()?, links })
}

/// Where a path of a system is in a prefix.
fn place(path: &str) -> Option<PathBuf> {
    merged::place(Path::new(path.strip_prefix('/')?)).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(script: &str, expected: &[&str]) {
        let shown = |one: &Alternative| {
            let links = one.links.iter().map(|(link, path)| format!(" {}={}", link.display(), path.display()));
            format!("{} {}{}", one.name, one.priority, links.collect::<String>())
        };
        assert_eq!(of(script).iter().map(shown).collect::<Vec<_>>(), expected, "{script}");
    }

    #[test]
    fn they_are_read_as_packages_write_them() {
        check(
            "ver=1.16\nprio=34\nupdate-alternatives --install /usr/bin/automake automake \\\n\t/usr/bin/automake-$ver $prio \\\n\
             \t--slave /usr/bin/aclocal aclocal /usr/bin/aclocal-$ver \\\n\
             \t--slave /usr/share/man/man1/automake.1.gz automake.1.gz /usr/share/man/man1/automake-$ver.1.gz\n",
            &["automake 34 usr/bin/automake=usr/bin/automake-1.16 usr/bin/aclocal=usr/bin/aclocal-1.16"],
        );
        check(
            "if [ \"$1\" = configure ]; then\n  for prog in convert identify; do\n    update-alternatives --quiet --install \
             /usr/bin/$prog $prog /usr/bin/$prog-im6.q16 100\n  done\nfi",
            &[
                "convert 100 usr/bin/convert=usr/bin/convert-im6.q16",
                "identify 100 usr/bin/identify=usr/bin/identify-im6.q16",
            ],
        );
        check(
            "update-alternatives --install /lib/x/libblas.so.3 libblas.so.3-x /lib/x/blas/libblas.so.3 -10\n",
            &["libblas.so.3-x -10 usr/lib/x/libblas.so.3=usr/lib/x/blas/libblas.so.3"],
        );
        check(
            "update-alternatives \\\n  --install /usr/bin/c++ c++ /usr/bin/g++ 20 \\\n  #--slave /a b /c\n",
            &["c++ 20 usr/bin/c++=usr/bin/g++"],
        );
    }

    #[test]
    fn what_is_not_known_or_leads_out_is_none() {
        for script in [
            "update-alternatives --remove a /usr/bin/a",
            "update-alternatives --install /usr/bin/a a /usr/bin/b $(cat x)",
            "update-alternatives --install /usr/bin/$1 a /usr/bin/b 1",
            "update-alternatives --install /usr/../../a a /usr/bin/b 1",
            "update-alternatives --install usr/bin/a a /usr/bin/b 1",
            "update-alternatives --install /DEBIAN/a a /usr/bin/b 1",
            "update-alternatives --install /usr/bin/a a /usr/bin/b",
            "echo update-alternatives --install /usr/bin/a a /usr/bin/b 1",
        ] {
            check(script, &[]);
        }
    }
}
