//! What a package says of others: its dependencies and what it provides (Debian Policy Manual,
//! sections 7.1 and 7.5).

use std::cmp::Ordering;

use crate::version::debian;

/// One package that would do: its name, and which of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relation<'t> {
    pub name: &'t str,
    pub bound: Option<Bound<'t>>,
}

/// A relation to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound<'t> {
    operator: &'t str,
    version: &'t str,
}

impl<'t> Relation<'t> {
    /// Any version of a package.
    pub const fn any(name: &'t str) -> Self {
        Self { name, bound: None }
    }

    /// `name[:arch] [(op version)]`; what else may be there is not in binary packages.
    fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let (name, bound) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => {
                let rest = rest.split(')').next()?.trim();
                let end = rest.find(|c: char| !"<>=".contains(c))?;
                let (operator, version) = (&rest[..end], rest[end..].trim());
                (name, Some(Bound { operator, version }))
            }
        };
        let name = name.trim();
        let name = name.split_once(':').map_or(name, |(name, _)| name);
        (!name.is_empty()).then_some(Self { name, bound })
    }

    /// Whether a version of the package will do.
    pub fn accepts(&self, version: &str) -> bool {
        self.bound.is_none_or(|bound| bound.accepts(version))
    }

    /// Whether what a package provides will do: one without a version only where none is asked
    /// for.
    pub fn accepts_provided(&self, provided: &Self) -> bool {
        provided.name == self.name
            && match (self.bound, provided.bound) {
                (None, _) => true,
                (Some(bound), Some(provided)) => bound.accepts(provided.version),
                (Some(_), None) => false,
            }
    }
}

impl Bound<'_> {
    fn accepts(&self, version: &str) -> bool {
        let order = debian::compare(version, self.version);
        match self.operator {
            "<<" => order == Ordering::Less,
            // One angle alone means "or equal", as it did long ago.
            "<=" | "<" => order != Ordering::Greater,
            "=" => order == Ordering::Equal,
            ">>" => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }
    }
}

impl std::fmt::Display for Relation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)?;
        match self.bound {
            Some(Bound { operator, version }) => write!(f, " ({operator} {version})"),
            None => Ok(()),
        }
    }
}

/// The alternatives of each dependency of a field.
pub fn dependencies(field: &str) -> impl Iterator<Item = Vec<Relation<'_>>> {
    let groups = field.split(',').map(|group| group.split('|').filter_map(Relation::parse).collect::<Vec<_>>());
    groups.filter(|group| !group.is_empty())
}

/// What a `Provides` field names.
pub fn provided(field: &str) -> impl Iterator<Item = Relation<'_>> {
    field.split(',').filter_map(Relation::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_groups_of_alternatives() {
        let field = "libc6 (>= 2.34), python3:any (>= 3~), debconf (>= 0.5) | debconf-2.0,awk";
        let groups: Vec<String> = dependencies(field)
            .map(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "))
            .collect();
        assert_eq!(groups, ["libc6 (>= 2.34)", "python3 (>= 3~)", "debconf (>= 0.5) | debconf-2.0", "awk"]);
        assert_eq!(dependencies("").count(), 0);
    }

    #[test]
    fn bounds_hold() {
        for (text, version, expected) in [
            ("a", "0", true),
            ("a (>= 2)", "2", true),
            ("a (>= 2)", "2~rc", false),
            ("a (>> 2)", "2", false),
            ("a (<< 2)", "2~rc", true),
            ("a (<= 2)", "2", true),
            ("a (= 1:2-1)", "1:2-1", true),
            ("a (= 1:2-1)", "2-1", false),
            ("a (>=2)", "3", true),
        ] {
            assert_eq!(Relation::parse(text).unwrap().accepts(version), expected, "{text} and {version}");
        }
        let accepts =
            |wanted, given| Relation::parse(wanted).unwrap().accepts_provided(&Relation::parse(given).unwrap());
        assert!(accepts("awk", "awk") && accepts("a", "a (= 1)") && accepts("a (>= 1)", "a (= 1)"));
        assert!(!accepts("a (>= 1)", "a") && !accepts("a (>= 2)", "a (= 1)") && !accepts("a", "b"));
    }
}
