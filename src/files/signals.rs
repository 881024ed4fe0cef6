//! What has to be done before a signal ends devshell: scratch places go, and so do the children
//! that work in them. Nothing is watched until something is registered, so a command that starts
//! nothing has no thread. A signal that the caller ignores stays ignored. Where devshell waits for children of the user's
//! before it ends, it holds back its end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::remove_tree;

/// One thing to be done.
#[derive(Debug)]
pub enum Duty {
    Remove(PathBuf),
    /// Ends a child, which this file descriptor refers to.
    #[cfg(target_os = "linux")]
    End(std::os::fd::OwnedFd),
}

/// A duty, until this value is dropped.
#[derive(Debug)]
pub struct Registered(u64);

#[derive(Default)]
struct Duties {
    next: u64,
    list: BTreeMap<u64, Duty>,
}

static DUTIES: Mutex<Duties> = Mutex::new(Duties { next: 0, list: BTreeMap::new() });

/// Set by the signal itself, before anything else happens.
static ENDING: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// How many parts of devshell end it themselves.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// Until this value is dropped, no signal that is watched here ends devshell: the holder sees to that.
#[derive(Debug)]
pub struct Held(());

pub fn hold_back_end() -> Held {
    HELD.fetch_add(1, Ordering::SeqCst);
    Held(())
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(ending) = ENDING.get() {
            ending.store(false, Ordering::SeqCst);
        }
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Registers a duty.
pub fn before_a_signal_ends_us(duty: Duty) -> Registered {
    static WATCH: Once = Once::new();
    WATCH.call_once(watch);
    let mut duties = DUTIES.lock().unwrap_or_else(PoisonError::into_inner);
    let number = duties.next;
    duties.next += 1;
    duties.list.insert(number, duty);
    Registered(number)
}

impl Drop for Registered {
    fn drop(&mut self) {
        DUTIES.lock().unwrap_or_else(PoisonError::into_inner).list.remove(&self.0);
    }
}

/// Does not return once a signal is ending devshell. A child that died of the same signal would
/// otherwise be reported as a failure.
pub fn wait_if_ending() {
    let is_ending = || ENDING.get().is_some_and(|ending| ending.load(Ordering::SeqCst));
    while is_ending() && HELD.load(Ordering::SeqCst) == 0 {
        std::thread::park();
    }
}

/// Starts the thread that waits for signals. Where there can be no further thread, signals do
/// what they did before, and the next sweep finds what is left.
fn watch() {
    let ignored = ignored();
    let wanted: Vec<i32> = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !ignored(*signal)).collect();
    let (ready, is_ready) = std::sync::mpsc::channel::<()>();
    let wait = move || {
        let Ok(mut signals) = Signals::new(&wanted) else { return };
        let ending = ENDING.get_or_init(Arc::default);
        for signal in &wanted {
            let _ = signal_hook::flag::register(*signal, Arc::clone(ending));
        }
        drop(ready);
        let is_ours = |_: &i32| HELD.load(Ordering::SeqCst) == 0;
        if let Some(signal) = signals.forever().find(is_ours) {
            perform();
            let _ = emulate_default_handler(signal);
        }
    };
    if std::thread::Builder::new().name("signals".to_owned()).spawn(wait).is_ok() {
        // Nothing is ever sent: the other side is closed once signals are watched.
        let _ = is_ready.recv();
    }
}

/// Children first, so that they write nothing more.
fn perform() {
    let mut duties = DUTIES.lock().unwrap_or_else(PoisonError::into_inner);
    let list: Vec<Duty> = std::mem::take(&mut duties.list).into_values().collect();
    #[cfg(target_os = "linux")]
    for duty in &list {
        if let Duty::End(child) = duty {
            let _ = rustix::process::pidfd_send_signal(child, rustix::process::Signal::TERM);
        }
    }
    for duty in &list {
        match duty {
            Duty::Remove(path) => drop(remove_tree(path)),
            #[cfg(target_os = "linux")]
            Duty::End(_) => {}
        }
    }
}

/// Tells which signals the caller ignores, as `nohup` and a script's background jobs do
/// (proc_pid_status(5), `SigIgn`).
#[cfg(target_os = "linux")]
pub fn ignored() -> impl Fn(i32) -> bool {
    let status = std::path::Path::new("/proc/self/status");
    let status = super::bounded::read_text(status, super::most::MACHINE).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // What cannot be known is taken for ignored.
    move |signal| mask.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Nothing says so there, and a job in the background has to outlive its terminal.
#[cfg(not(target_os = "linux"))]
pub fn ignored() -> impl Fn(i32) -> bool {
    |signal| signal != SIGTERM
}
