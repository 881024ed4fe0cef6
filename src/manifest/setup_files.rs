//! `setup.cfg` and `setup.py`, the older settings of setuptools: what they say about a project
//! that can be read without running them ("Configuring setuptools using setup.cfg files").

use std::collections::BTreeMap;

/// The texts of the two, where they are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetupFiles<'t> {
    pub cfg: Option<&'t str>,
    pub py: Option<&'t str>,
}

/// Where packages are, as setuptools is given it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Packages and their directories; that of the nameless one is where all others are.
    pub package_dir: BTreeMap<String, String>,
    /// Directories in which all packages are found.
    pub searched: Vec<String>,
    /// Whether the packages are listed, so that nothing is guessed.
    pub is_listed: bool,
    /// Why there may be more.
    pub beyond: Option<String>,
}

/// What a project is called, and its commands.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub name: Option<String>,
    pub version: Option<String>,
    /// Entry points by their groups.
    pub entry_points: BTreeMap<String, BTreeMap<String, String>>,
}

impl SetupFiles<'_> {
    /// Where packages are.
    pub fn places(self) -> Places {
        let mut places = Places::default();
        if let Some(text) = self.py {
            of_setup_py(text, &mut places);
        }
        let Some(cfg) = self.cfg.map(sections) else { return places };
        let value = |section: &str, key: &str| cfg.get(section)?.get(key).map(String::as_str);
        if let Some(text) = value("options", "package_dir") {
            places.package_dir = pairs(text).collect();
        }
        if let Some(packages) = value("options", "packages") {
            places.is_listed = true;
            if packages.trim_start().starts_with("find") {
                places.searched =
                    items(value("options.packages.find", "where").unwrap_or_default()).map(str::to_owned).collect();
            }
        }
        places.is_listed |= value("options", "py_modules").is_some();
        places
    }

    /// What the project is, of `setup.cfg`, else of `setup.py` where a text says it.
    pub fn identity(self) -> Identity {
        let mut found = Identity::default();
        if let Some(text) = self.py {
            found.name = argument(text, "name").and_then(literal).map(|(name, _)| name);
            found.version = argument(text, "version").and_then(literal).map(|(version, _)| version);
        }
        let Some(cfg) = self.cfg.map(sections) else { return found };
        let metadata = |key: &str| cfg.get("metadata")?.get(key).cloned();
        found.name = metadata("name").or(found.name);
        // `attr:` and `file:` would have to be followed.
        found.version = metadata("version").filter(|version| !version.contains(':')).or(found.version);
        for (group, text) in cfg.get("options.entry_points").into_iter().flatten() {
            found.entry_points.insert(group.clone(), pairs(text).collect());
        }
        found
    }
}

/// The sections of a file as `configparser` of Python reads it; a value goes on in indented lines.
fn sections(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let (mut section, mut key) = (String::new(), None::<String>);
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            (section, key) = (name.0.to_owned(), None);
        } else if line.starts_with([' ', '\t']) {
            let value = key.as_ref().and_then(|key| found.get_mut(&section)?.get_mut(key));
            if let Some(value) = value {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(['=', ':']) {
            // Hyphens were allowed once.
            let name = name.trim().to_lowercase().replace('-', "_");
            found.entry(section.clone()).or_default().insert(name.clone(), value.trim().to_owned());
            key = Some(name);
        }
    }
    found
}

/// The items of a list: one a line, or with commas between.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ',']).map(str::trim).filter(|item| !item.is_empty())
}

/// `name = value` in each line.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    items(text).filter_map(|item| item.split_once('=')).map(|(name, value)| (name.trim().into(), value.trim().into()))
}

/// The arguments of `setup()` that are written out.
fn of_setup_py(text: &str, places: &mut Places) {
    let computed = |what: &str| Some(format!("`setup.py` computes its {what}"));
    if let Some(rest) = argument(text, "package_dir") {
        match dictionary(rest) {
            Some(dictionary) => places.package_dir = dictionary,
            None => places.beyond = computed("`package_dir`"),
        }
    }
    let Some(packages) = argument(text, "packages") else {
        places.is_listed = argument(text, "py_modules").is_some();
        return;
    };
    places.is_listed = true;
    let name = packages.split('(').next().unwrap_or_default().trim();
    let is_search = ["find_packages", "find_namespace_packages"].iter().any(|one| name.ends_with(one));
    let search = is_search.then(|| packages.split_once('(').map_or("", |(_, rest)| rest));
    let inside = search.and_then(|inside| {
        let positional = literal(inside.trim_start());
        let arguments = inside.split(')').next().unwrap_or_default();
        positional.or_else(|| literal(argument(arguments, "where")?))
    });
    match (search, inside) {
        (_, Some((directory, _))) => places.searched.push(directory),
        (Some(inside), None) if argument(inside.split(')').next().unwrap_or_default(), "where").is_some() => {
            places.beyond = computed("packages");
        }
        (Some(_), None) => {}
        (None, _) if packages.starts_with('[') => {}
        (None, _) => places.beyond = computed("packages"),
    }
}

/// What follows `name=` as an argument of a call.
fn argument<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let is_part = |c: char| c.is_alphanumeric() || "_.'\"#".contains(c);
    text.match_indices(name).find_map(|(at, _)| {
        let rest = text[at + name.len()..].trim_start().strip_prefix('=')?;
        let line = &text[text[..at].rfind('\n').map_or(0, |end| end + 1)..at];
        (!text[..at].ends_with(is_part) && !line.contains('#') && !rest.starts_with('=')).then(|| rest.trim_start())
    })
}

/// A string at the start of a text, and what follows.
fn literal(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (value, rest) = text[1..].split_once(quote)?;
    (!value.contains(['\\', '\n', '{'])).then(|| (value.to_owned(), rest))
}

/// A dictionary of strings at the start of a text.
fn dictionary(text: &str) -> Option<BTreeMap<String, String>> {
    let mut rest = text.strip_prefix('{')?.trim_start();
    let mut found = BTreeMap::new();
    while !rest.starts_with('}') {
        let (key, after) = literal(rest)?;
        let (value, after) = literal(after.trim_start().strip_prefix(':')?.trim_start())?;
        found.insert(key, value);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_py(text: &str) -> String {
        let Places { package_dir, searched, is_listed, beyond } = SetupFiles { cfg: None, py: Some(text) }.places();
        format!("{package_dir:?} {searched:?} {is_listed} {}", beyond.unwrap_or_default())
    }

    #[test]
    fn a_setup_cfg_is_read() {
        let cfg = "# x\n[metadata]\nname = My-Shop\nversion = attr: shop.__version__\n[options]\npackage_dir =\n    = lib\n    other=code\npackages = find:\n\
                   [options.packages.find]\nwhere = lib\n    test/lib\n[options.entry_points]\nconsole_scripts =\n  shop = shop.cli:main\n";
        let files = SetupFiles { cfg: Some(cfg), py: None };
        let places = files.places();
        assert_eq!(places.package_dir, [("", "lib"), ("other", "code")].map(|(a, b)| (a.into(), b.into())).into());
        assert_eq!(places.searched, ["lib", "test/lib"]);
        let identity = files.identity();
        assert_eq!((identity.name.as_deref(), identity.version), (Some("My-Shop"), None));
        assert_eq!(identity.entry_points["console_scripts"]["shop"], "shop.cli:main");
    }

    #[test]
    fn what_a_setup_py_writes_out_is_read() {
        for (text, expected) in [
            (
                "setup(name='x', package_dir={'': 'lib', \"a\": 'code'}, packages=['a'])",
                r#"{"": "lib", "a": "code"} [] true "#,
            ),
            ("setup(\n  packages = find_packages('lib'),\n)", r#"{} ["lib"] true "#),
            ("setup(packages=setuptools.find_packages(exclude=['t'], where=\"lib\"))", r#"{} ["lib"] true "#),
            ("setup(packages=find_packages())", "{} [] true "),
            ("setup(packages=find_packages(where=HERE))", "{} [] true `setup.py` computes its packages"),
            ("setup(packages=names())", "{} [] true `setup.py` computes its packages"),
            ("setup(package_dir={'': os.curdir})", "{} [] false `setup.py` computes its `package_dir`"),
            ("setup(py_modules=['a'])", "{} [] true "),
            ("# packages=['a']\nsetup()", "{} [] false "),
        ] {
            assert_eq!(of_py(text), expected, "{text}");
        }
        let py = "from x import setup\nsetup(name = \"my-shop\", version='1.2')";
        let identity = SetupFiles { cfg: None, py: Some(py) }.identity();
        assert_eq!((identity.name.as_deref(), identity.version.as_deref()), (Some("my-shop"), Some("1.2")));
    }
}
