//! Has changes shown by a thread of its own, so that a terminal or a pipe that takes nothing keeps no service from ending.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::{Status, Watcher};

/// How long words may take on their way.
const SOON: Duration = Duration::from_millis(100);

/// The same for the last ones.
const IN_THE_END: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Shown {
    changes: Sender<(Vec<Status>, usize)>,
    /// How many changes are not shown yet.
    pending: Arc<AtomicUsize>,
}

impl Shown {
    pub fn begin(watcher: Arc<dyn Watcher>) -> io::Result<Self> {
        let (changes, heard) = channel::<(Vec<Status>, usize)>();
        let pending = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&pending);
        thread::Builder::new().spawn(move || {
            for (all, which) in heard {
                watcher.changed(&all, which);
                left.fetch_sub(1, Ordering::Release);
            }
        })?;
        Ok(Self { changes, pending })
    }

    /// As [`Watcher::changed`].
    pub fn changed(&self, all: Vec<Status>, which: usize) {
        self.pending.fetch_add(1, Ordering::Relaxed);
        // The thread hears for as long as this is there.
        let _ = self.changes.send((all, which));
    }

    /// Waits until all is shown, but not for long.
    pub fn settle(&self) {
        self.wait(SOON);
    }

    /// The same for the last time.
    pub fn finish(self) {
        self.wait(IN_THE_END);
    }

    fn wait(&self, most: Duration) {
        let since = Instant::now();
        while self.pending.load(Ordering::Acquire) > 0 && since.elapsed() < most {
            thread::sleep(Duration::from_millis(1));
        }
    }
}
