//! Lines for `sh -c`: where the last command of a line takes the place of the shell, dash prints the same, ends the same
//! and leaves the same files. A line is made of these pieces, one for each byte, and the one program is harmless: no
//! function can be made of them, and no loop.
#![no_main]

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use devshell::manifest::in_place;
use devshell_fuzz::scratch;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

const PIECES: &[&str] = &[
    " ",
    " ",
    " ",
    "say",
    "say ",
    "say ",
    "echo",
    "printf",
    "true",
    "test",
    "[",
    "]",
    "cd",
    "export",
    "umask",
    ":",
    "trap",
    "set",
    "exec",
    "a",
    "b",
    "A",
    "A=",
    "B=",
    "A=1 ",
    "1",
    "2",
    "0",
    "'",
    "\"",
    "\\",
    "\n",
    "\\\n",
    "\t",
    "\r",
    "&&",
    " && ",
    " && say ",
    "||",
    ";",
    "|",
    "#",
    " #",
    "~",
    "*",
    "?",
    "!",
    "=",
    "-",
    ",",
    "$A",
    "${A:-a b}",
    "${A:-'}",
    "\"${A:-a\\\"b}\"",
    "$(say a)",
    "$(say 'b)')",
    "\"$(say \"a b\")\"",
    "`say b`",
    "$((1 + (2)))",
    "\"$@\"",
    "$1",
    ">",
    ">>",
    "<",
    "2>",
    "2>&1",
    "<f",
    ">f",
    " >f ",
    ">|f",
    "<>f",
    "<&0",
    "(say a)",
    "'a b'",
    "\"a $A\"",
    "é",
    "$",
    "$'a'",
];

/// Prints its words and what it was given in variables. It fails if its first word is `1`.
const SAY: &str = "#!/bin/sh\nprintf '<%s>' \"$@\"\nprintf 'A=%s B=%s\\n' \"$A\" \"$B\"\n[ \"$1\" != 1 ]\n";

struct World {
    place: TempDir,
    dash: PathBuf,
}

/// What is left of a line that was run.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    status: ExitStatus,
    said: [String; 2],
    files: BTreeMap<OsString, String>,
}

impl World {
    fn new() -> Self {
        let place = scratch();
        let say = place.path().join("bin/say");
        std::fs::create_dir(place.path().join("bin")).unwrap();
        std::fs::write(&say, SAY).unwrap();
        std::fs::set_permissions(&say, PermissionsExt::from_mode(0o755)).unwrap();
        let path = std::env::var_os("PATH").unwrap();
        let dash = std::env::split_paths(&path).map(|directory| directory.join("dash")).find(|path| path.exists());
        Self { place, dash: dash.expect("`dash` is needed") }
    }

    fn run(&self, line: &str) -> Left {
        let here: PathBuf = self.place.path().join("here");
        std::fs::create_dir(&here).unwrap();
        let mut dash = Command::new(&self.dash);
        dash.args(["-c", "--", line, "script", "first", "a b"]).current_dir(&here).stdin(Stdio::null());
        let output = dash.env_clear().env("PATH", self.place.path().join("bin")).env("HOME", &here).output().unwrap();
        let entries = std::fs::read_dir(&here).unwrap().map(|entry| entry.unwrap());
        let files = entries.map(|entry| (entry.file_name(), text(std::fs::read(entry.path()).unwrap()))).collect();
        let said = [output.stdout, output.stderr].map(text);
        std::fs::remove_dir_all(&here).unwrap();
        Left { status: output.status, said, files }
    }
}

/// What was printed. dash's own messages have a line's number, which is another one if `exec` fails, and its name.
fn text(bytes: Vec<u8>) -> String {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut parts = text.split("script: ").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()));
    let first = parts.next().unwrap_or_default().to_owned();
    let plain = |part: &str| part.trim_start_matches(": ").trim_start_matches("exec: ").to_owned();
    first + &parts.map(plain).collect::<String>()
}

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fuzz_target!(|bytes: &[u8]| {
    let line: String = bytes.iter().map(|byte| PIECES[usize::from(*byte) % PIECES.len()]).collect();
    let replaced = in_place(&line);
    // The number of the process is another one each time.
    if replaced == line || line.replace("\\\n", "").contains("$$") {
        return;
    }
    WORLD.with(|world| {
        let world = world.get_or_init(World::new);
        assert_eq!(world.run(&line), world.run(&replaced), "{line}\n{replaced}");
    });
});
