//! A row for a program that starts in its place: `true`, with a prefix of a few files laid over the host.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::Outcome;
use crate::action::Action;
use crate::rows::Row;
use crate::world::World;

/// It is compared with the same program by itself.
pub fn row(world: &World, program: &str) -> Outcome<Row> {
    let prefix = world.home.join("prefix");
    for directory in ["usr/lib", "usr/share/place", "etc/place", ".devshell/root"] {
        fs_err::create_dir_all(prefix.join(directory))?;
    }
    symlink(&prefix, prefix.join("usr/lib/.devshell-place"))?;
    let link = world.home.join("placed");
    let [devshell, prefix] = [&world.devshell, &prefix].map(|path| path.display().to_string());
    fs_err::write(&link, format!("#!{devshell} in-place\n{{\"prefix\":\"{prefix}\",\"program\":\"{program}\"}}\n"))?;
    fs_err::set_permissions(&link, std::fs::Permissions::from_mode(0o755))?;
    let link = link.to_str().ok_or("the home directory's path is not UTF-8")?.to_owned();
    Ok(Row {
        name: format!("{program}, in its place"),
        against: program.to_owned(),
        action: Action::process(&[&link], &world.small, world.variables()),
    })
}
