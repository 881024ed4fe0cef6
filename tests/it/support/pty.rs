//! A person at a terminal: `devshell enter` on a pseudo-terminal, what stands on its screen, and
//! what is typed. Everything waits for something to be seen, with a deadline.

use std::ffi::{OsStr, OsString};
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use super::{DEVSHELL, Sandbox};

const COLUMNS: NonZeroU16 = NonZeroU16::new(120).unwrap();
/// So many that nothing scrolls out of sight in a test.
const ROWS: NonZeroU16 = NonZeroU16::new(400).unwrap();
const DEADLINE: Duration = Duration::from_secs(20);

/// What a shell runs to tell its variables: to the project, which is the same directory inside a wall.
pub const REPORT: &str = "env -0 >~/shop/variables";

/// A terminal with a session in it.
#[must_use]
pub struct Terminal {
    shared: Arc<Shared>,
    child: Box<dyn Child + Send + Sync>,
    // Held to its end too, when the terminal goes away.
    master: Box<dyn MasterPty + Send>,
    title: String,
    report: PathBuf,
    /// The row of the latest line that was typed.
    typed: Option<u16>,
    commands: usize,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    keyboard: Mutex<Box<dyn Write + Send>>,
}

struct State {
    parser: vt100::Parser<Answers>,
    /// All that was written to it.
    bytes: Vec<u8>,
    ended: bool,
}

/// What the terminal has to say when it is asked what it is. fish 4 waits for the answer.
#[derive(Default)]
struct Answers(Vec<u8>);

impl vt100::Callbacks for Answers {
    fn unhandled_csi(&mut self, screen: &mut vt100::Screen, i1: Option<u8>, _: Option<u8>, p: &[&[u16]], c: char) {
        // Primary Device Attributes (ECMA-48, 8.3.24; VT220 Programmer Reference, 4.17).
        if i1.is_none() && c == 'c' {
            self.0.extend_from_slice(b"\x1b[?62c");
        }
        // Device Status Report (ECMA-48, 8.3.35): where the cursor is, which nushell asks.
        if i1.is_none() && c == 'n' && p == [[6]] {
            let (row, column) = screen.cursor_position();
            self.0.extend_from_slice(format!("\x1b[{};{}R", row + 1, column + 1).as_bytes());
        }
    }
}

impl Terminal {
    /// Types `devshell enter --shell SHELL` with further arguments, in the sandbox's project.
    #[track_caller]
    pub fn enter(sandbox: &Sandbox, shell: &str, arguments: &[&str]) -> Self {
        Self::enter_with(sandbox, shell, arguments, &[])
    }

    /// The same with further variables around it.
    #[track_caller]
    pub fn enter_with(sandbox: &Sandbox, shell: &str, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Self {
        sandbox.find(shell);
        let words: Vec<&str> = [DEVSHELL, "enter", "--shell", shell].iter().chain(arguments).copied().collect();
        let title = format!("devshell enter --shell {shell} {}", arguments.join(" "));
        Self::start(sandbox, &words, sandbox.project(), variables).called(title)
    }

    /// Starts a program in a directory of the sandbox.
    #[track_caller]
    pub fn start(sandbox: &Sandbox, words: &[&str], directory: &Path, variables: &[(&str, &OsStr)]) -> Self {
        let mut command = CommandBuilder::new(sandbox.find(words[0]));
        command.args(&words[1..]);
        command.cwd(directory);
        command.env_clear();
        let own = [("TERM", OsStr::new("xterm")), ("LANG", OsStr::new("C.UTF-8"))];
        let own = own.iter().chain(variables).map(|(name, value)| (OsString::from(name), OsString::from(value)));
        sandbox.environment().into_iter().chain(own).for_each(|(name, value)| command.env(name, value));

        let pair = native_pty_system().openpty(size(COLUMNS)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        // Held open here, it would keep the reader waiting behind the end of the session.
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let parser = vt100::Parser::new_with_callbacks(ROWS, COLUMNS, 0, Answers::default());
        let shared = Arc::new(Shared {
            state: Mutex::new(State { parser, bytes: Vec::new(), ended: false }),
            changed: Condvar::new(),
            keyboard: Mutex::new(pair.master.take_writer().unwrap()),
        });
        let screen = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Linux ends a terminal that nobody has open any more with an error (EIO).
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                screen.show(&bytes[..count]);
            }
            screen.state().ended = true;
            screen.changed.notify_all();
        });
        let (title, report) = (words.join(" "), sandbox.project().join("variables"));
        Self { shared, child, master: pair.master, title, report, typed: None, commands: 0 }
    }

    fn called(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// Adds to what a failure calls this session.
    pub fn about(mut self, what: &str) -> Self {
        self.title = format!("{}: {what}", self.title);
        self
    }

    /// Types a line.
    pub fn send_line(&mut self, line: &str) {
        self.send(&format!("{line}\r"));
    }

    /// Presses keys.
    pub fn send(&mut self, keys: &str) {
        self.typed = Some(self.shared.state().parser.screen().cursor_position().0);
        self.shared.write(keys.as_bytes());
    }

    /// Makes the window narrower, or again as wide as it was: whoever has the terminal gets SIGWINCH.
    pub fn resize(&self, columns: NonZeroU16) {
        assert!(columns <= COLUMNS, "what a test reads of the screen is {COLUMNS} columns wide");
        self.shared.state().parser.screen_mut().set_size(ROWS, columns);
        self.master.resize(size(columns)).unwrap();
    }

    /// Waits until a text stands on the screen.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_for_lines(text, 1);
    }

    /// Waits until a text stands in so many lines of the screen.
    #[track_caller]
    pub fn wait_for_lines(&self, text: &str, count: usize) {
        let are_there = |screen: &vt100::Screen| {
            (lines(screen).iter().filter(|line| line.contains(text)).count() >= count).then_some(())
        };
        self.wait(&format!("`{text}`"), are_there);
    }

    /// Waits until a text stands on the screen no longer.
    #[track_caller]
    pub fn wait_until_gone(&self, text: &str) {
        let is_gone = |screen: &vt100::Screen| lines(screen).iter().all(|line| !line.contains(text)).then_some(());
        self.wait(&format!("`{text}` to go"), is_gone);
    }

    /// Waits for the next prompt, and gives its text. What counts as one is a line below the one
    /// typed last that ends, before the cursor, in a character that prompts end in.
    #[track_caller]
    pub fn prompt(&self) -> String {
        self.wait("a prompt", |screen| {
            let (row, column) = screen.cursor_position();
            let line = screen.rows(0, column).nth(row.into())?;
            let text = line.trim_end();
            let below = self.typed.is_none_or(|typed| row > typed);
            let ended = text.ends_with(['>', '#', '$', '%']) && usize::from(column) == text.chars().count() + 1;
            (below && ended).then(|| text.to_owned())
        })
    }

    /// Types a command, and gives what it prints once the next prompt is there. Quotes in the
    /// middle of the marks around it tell the printed ones from the typed ones.
    #[track_caller]
    pub fn run(&mut self, command: &str) -> String {
        self.commands += 1;
        let number = self.commands;
        let (begin, end) = (format!("begin{number}"), format!("end{number}"));
        let mut line = format!("echo be''gin{number}; {command}; echo en''d{number}");
        // yash would print right after a line that fills its row to the end: it takes the terminal's line break for its own.
        let (column, width) = self.column_and_width();
        if (column + line.chars().count()).is_multiple_of(width) {
            line.push(' ');
        }
        self.send_line(&line);
        let (output, row) = self.wait(&format!("the end of `{command}`"), |screen| {
            let lines = lines(screen);
            let last = lines.iter().rposition(|line| line.ends_with(&end))?;
            let first = lines[..last].iter().rposition(|line| *line == begin)?;
            let output = lines[first + 1..=last].join("\n");
            Some((output.strip_suffix(&end)?.trim_end_matches('\n').to_owned(), screen.cursor_position().0))
        });
        self.typed = self.typed.max(row.checked_sub(1));
        self.prompt();
        output
    }

    /// Where the cursor is in its row, and how long a row is.
    fn column_and_width(&self) -> (usize, usize) {
        let state = self.shared.state();
        let screen = state.parser.screen();
        (screen.cursor_position().1.into(), screen.size().1.get().into())
    }

    /// Types a line in whatever language the shell speaks, and gives what stands between it and the
    /// next prompt.
    #[track_caller]
    pub fn answer(&mut self, line: &str) -> String {
        self.send_line(line);
        self.prompt();
        let state = self.shared.state();
        let screen = state.parser.screen();
        let first = self.typed.map_or(0, |typed| typed + 1);
        rows(screen, first, screen.cursor_position().0).join("\n").trim_matches('\n').to_owned()
    }

    /// All that was written to the terminal so far, byte for byte.
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.state().bytes.clone()
    }

    /// The variables that [`REPORT`] found.
    pub fn reported(&self) -> Variables {
        Variables(fs_err::read(&self.report).unwrap())
    }

    /// Runs a command, and gives the variables that a child process of the shell finds then.
    #[track_caller]
    pub fn variables(&mut self) -> Variables {
        self.run(REPORT);
        self.reported()
    }

    /// Types a line and waits for the next prompt; gives what was printed in between.
    pub fn typed(&mut self, line: &str) -> Vec<String> {
        let before = self.lines().len();
        self.send_line(line);
        self.prompt();
        let lines = self.lines();
        lines[before..lines.len() - 1].iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// The lines that are neither a prompt, with what was typed there, nor what `run` showed.
    pub fn noise(&self, prompt: &str) -> Vec<String> {
        let mut noise = Vec::new();
        let mut inside = false;
        for line in self.lines() {
            if is_mark(&line, "begin") {
                inside = true;
            } else if inside {
                inside = !is_mark(&line, "end");
            } else if !line.starts_with(prompt) && !line.is_empty() {
                noise.push(line);
            }
        }
        noise
    }

    /// The whole screen, a line for each line of text, however often it wraps.
    pub fn lines(&self) -> Vec<String> {
        lines(self.shared.state().parser.screen())
    }

    /// Waits until the session ends, and gives its exit status.
    #[track_caller]
    pub fn exit_status(&mut self) -> u32 {
        let start = Instant::now();
        let mut state = self.shared.state();
        while !state.ended {
            state = self.shared.next(state, start).unwrap_or_else(|state| self.fail("the end of the session", state));
        }
        drop(state);
        self.child.wait().unwrap().exit_code()
    }

    #[track_caller]
    fn wait<T>(&self, what: &str, seen: impl Fn(&vt100::Screen) -> Option<T>) -> T {
        let start = Instant::now();
        let mut state = self.shared.state();
        loop {
            if let Some(found) = seen(state.parser.screen()) {
                return found;
            }
            if state.ended {
                self.fail(what, state);
            }
            state = self.shared.next(state, start).unwrap_or_else(|state| self.fail(what, state));
        }
    }

    #[track_caller]
    fn fail(&self, what: &str, state: MutexGuard<State>) -> ! {
        let why = if state.ended { "the session ended" } else { "the deadline passed" };
        let screen = lines(state.parser.screen()).join("\n");
        drop(state);
        panic!("{}\nwaiting for {what}: {why}\n-- screen\n{screen}\n--", self.title);
    }
}

impl std::fmt::Display for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n-- screen\n{}\n--", self.title, self.lines().join("\n"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The process is not waited for yet, so its number is still its own. The system hangs up
        // on whatever else runs in the terminal.
        if let Ok(None) = self.child.try_wait()
            && let Some(pid) = self.child.process_id().and_then(|id| Pid::from_raw(id.cast_signed()))
        {
            let _ = kill_process(pid, Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.parser.process(bytes);
        state.bytes.extend_from_slice(bytes);
        let answers = std::mem::take(&mut state.parser.callbacks_mut().0);
        drop(state);
        self.changed.notify_all();
        if !answers.is_empty() {
            self.write(&answers);
        }
    }

    fn write(&self, bytes: &[u8]) {
        // A session that has ended reads nothing; what waits for it to answer says so.
        let mut keyboard = self.keyboard.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = keyboard.write_all(bytes).and_then(|()| keyboard.flush());
    }

    /// Waits until something changes; the error says that the deadline has passed.
    fn next<'a>(
        &self,
        state: MutexGuard<'a, State>,
        start: Instant,
    ) -> Result<MutexGuard<'a, State>, MutexGuard<'a, State>> {
        let Some(left) = DEADLINE.checked_sub(start.elapsed()) else { return Err(state) };
        Ok(self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
    }
}

fn size(columns: NonZeroU16) -> PtySize {
    PtySize { rows: ROWS.get(), cols: columns.get(), pixel_width: 0, pixel_height: 0 }
}

/// The text down to the cursor, wrapped rows joined.
fn lines(screen: &vt100::Screen) -> Vec<String> {
    rows(screen, 0, screen.cursor_position().0 + 1)
}

/// The text from one row to before another, wrapped rows joined.
fn rows(screen: &vt100::Screen, from: u16, end: u16) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for (number, text) in (0..end).zip(screen.rows(0, COLUMNS.get())).skip(from.into()) {
        line.push_str(&text);
        if !screen.row_wrapped(number) {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
    }
    lines
}

fn is_mark(line: &str, word: &str) -> bool {
    let number = line.rfind(word).map(|index| &line[index + word.len()..]);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The variables of a process, byte for byte.
pub struct Variables(Vec<u8>);

impl Variables {
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(other, _)| *other == name.as_bytes()).map(|(_, value)| value)
    }

    /// A value as text; `-` if there is no such variable.
    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        self.bytes(name).map_or("-", |value| std::str::from_utf8(value).unwrap())
    }

    /// The names that begin so.
    pub fn beginning_with(&self, prefix: &str) -> Vec<String> {
        let names = self.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned());
        names.filter(|name| name.starts_with(prefix)).collect()
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.split(|&byte| byte == 0).filter_map(|entry| {
            let equals = entry.iter().position(|&byte| byte == b'=')?;
            Some((&entry[..equals], &entry[equals + 1..]))
        })
    }
}
