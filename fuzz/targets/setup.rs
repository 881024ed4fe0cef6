//! What `setup.cfg` and `setup.py` say of the project itself, with the property of `pyproject`.
#![no_main]

use std::cell::OnceCell;
use std::fmt::Write as _;

use arbitrary::{Arbitrary, Unstructured};
use devshell_fuzz::own::{Text, World};
use libfuzzer_sys::fuzz_target;

/// The parts that become files, lines and programs.
#[derive(Arbitrary, Debug)]
struct Setup<'a> {
    name: Text<'a>,
    version: Option<Text<'a>>,
    /// Packages and their directories.
    places: Vec<(Text<'a>, Text<'a>)>,
    searched: Option<Text<'a>>,
    scripts: Vec<(Text<'a>, Text<'a>)>,
}

impl Setup<'_> {
    fn cfg(&self) -> String {
        let mut text = format!("[metadata]\nname = {}\n", self.name.plain());
        if let Some(version) = &self.version {
            let _ = writeln!(text, "version: {}", version.plain());
        }
        let list = |pairs: &[(Text, Text)]| {
            pairs.iter().map(|(key, value)| format!("    {} = {}\n", key.plain(), value.plain())).collect::<String>()
        };
        let _ = write!(text, "[options]\npackages = find:\npackage_dir =\n{}", list(&self.places));
        if let Some(directory) = &self.searched {
            let _ = writeln!(text, "[options.packages.find]\nwhere = {}", directory.plain());
        }
        let _ = write!(text, "[options.entry_points]\nconsole_scripts =\n{}", list(&self.scripts));
        text
    }

    fn py(&self) -> String {
        let pairs = self.places.iter().map(|(key, value)| format!("{}: {}", key.quoted(), value.quoted()));
        let places = pairs.collect::<Vec<_>>().join(", ");
        let searched = self.searched.as_ref().map(Text::quoted).unwrap_or_default();
        let version = self.version.as_ref().map_or_else(|| "read()".to_owned(), Text::quoted);
        let name = self.name.quoted();
        format!(
            "setup(name={name}, version={version}, package_dir={{{places}}},\n packages=find_packages({searched}))\n"
        )
    }
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        let Some((how, rest)) = bytes.split_first() else { return };
        let text = std::str::from_utf8(rest);
        let made = Setup::arbitrary_take_rest(Unstructured::new(rest));
        match (how % 4, text, made) {
            (0, Ok(text), _) => world.check([None, Some(text), None]),
            (1, Ok(text), _) => world.check([None, None, Some(text)]),
            (2, _, Ok(made)) => world.check([None, None, Some(&made.py())]),
            (_, _, Ok(made)) => world.check([None, Some(&made.cfg()), Some(&made.py())]),
            _ => {}
        }
    });
});
