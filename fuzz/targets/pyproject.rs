//! What a `pyproject.toml` says of the project itself: whatever it is, nothing outside of the project's state is made
//! or changed, what is made has plain names, and Python is led to directories of the project.
#![no_main]

use std::cell::OnceCell;

use arbitrary::{Arbitrary, Unstructured};
use devshell_fuzz::own::{Text, World};
use libfuzzer_sys::fuzz_target;

/// The parts that become files, lines and programs.
#[derive(Arbitrary, Debug)]
struct Project<'a> {
    name: Text<'a>,
    version: Option<Text<'a>>,
    scripts: Vec<(Text<'a>, Text<'a>)>,
    groups: Vec<(Text<'a>, Text<'a>, Text<'a>)>,
    source: Option<Text<'a>>,
    dependencies: Vec<Text<'a>>,
}

fn written(project: &Project) -> String {
    let mut text = format!("[build-system]\nrequires = []\n[project]\nname = {}\n", project.name.quoted());
    if let Some(version) = &project.version {
        text += &format!("version = {}\n", version.quoted());
    }
    let list: Vec<String> = project.dependencies.iter().map(Text::quoted).collect();
    text += &format!("dependencies = [{}]\n[project.scripts]\n", list.join(", "));
    for (name, place) in &project.scripts {
        text += &format!("{} = {}\n", name.quoted(), place.quoted());
    }
    for (group, name, place) in &project.groups {
        text += &format!("[project.entry-points.{}]\n{} = {}\n", group.quoted(), name.quoted(), place.quoted());
    }
    if let Some(source) = &project.source {
        let name = project.name.quoted();
        text +=
            &format!("[tool.setuptools.package-dir]\n\"\" = {0}\n\"renamed\" = {0}\n{name} = {0}\n", source.quoted());
    }
    text
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        let Some((how, rest)) = bytes.split_first() else { return };
        if how % 4 == 0 {
            if let Ok(text) = std::str::from_utf8(rest) {
                world.check([Some(text), None, None]);
            }
        } else if let Ok(project) = Project::arbitrary_take_rest(Unstructured::new(rest)) {
            world.check([Some(&written(&project)), None, None]);
        }
    });
});
