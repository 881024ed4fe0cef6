//! An interactive shell in a pseudo-terminal, up to its first prompt.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::Outcome;

/// What every shell's prompt consists of.
pub const MARKER: &str = "ready-for-the-bench> ";

/// How long a shell may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time from the start of a shell to the appearance of its prompt.
pub fn first<'v>(
    words: &[OsString],
    directory: &Path,
    variables: impl IntoIterator<Item = (&'v OsString, &'v OsString)>,
) -> Outcome<Duration> {
    let mut command = CommandBuilder::from_argv(words.to_vec());
    command.cwd(directory);
    command.env_clear();
    variables.into_iter().for_each(|(name, value)| command.env(name, value));
    let pty = native_pty_system().openpty(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 })?;
    let mut screen = pty.master.try_clone_reader()?;
    let mut keyboard = pty.master.take_writer()?;

    let start = Instant::now();
    let mut child = pty.slave.spawn_command(command)?;
    drop(pty.slave);
    let mut killer = child.clone_killer();
    let (done, watched) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if watched.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let _ = killer.kill();
        }
    });
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    let elapsed = loop {
        let length = screen.read(&mut chunk).unwrap_or(0);
        if length == 0 {
            break None;
        }
        seen.extend_from_slice(&chunk[..length]);
        if contains(&seen, MARKER) {
            break Some(start.elapsed());
        }
        // fish 4 asks what terminal this is and waits for the answer before it prompts.
        if contains(&seen, "\u{1b}[0c") || contains(&seen, "\u{1b}[c") {
            keyboard.write_all(b"\x1b[?62c")?;
        }
    };
    drop(done);
    watch.join().map_err(|_| "the watch thread panicked")?;
    if let Some(pid) = child.process_id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    child.wait()?;
    elapsed.ok_or_else(|| format!("{words:?} showed no prompt, but `{}`", String::from_utf8_lossy(&seen)).into())
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
