//! One look-up of a host for all threads that want it, and its outcome for those that come later. Name servers drop
//! questions when a hundred threads ask the same one at once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::NameError;

/// So long the addresses of a host count. Servers that share one name change them more slowly.
const KEPT: Duration = Duration::from_mins(1);

type Outcome = Result<Vec<IpAddr>, Arc<NameError>>;

/// The last outcome for a host, and when it was known. Who holds it asks.
type Slot = Arc<Mutex<Option<(Instant, Outcome)>>>;

#[derive(Debug, Default)]
pub struct Shared(Mutex<BTreeMap<String, Slot>>);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// What is known of a host, or else what `ask` finds. A failure counts only for those that waited for it.
    pub fn get(&self, host: &str, ask: impl FnOnce() -> Result<Vec<IpAddr>, NameError>) -> Outcome {
        let since = Instant::now();
        let slot = locked(&self.0).entry(host.to_owned()).or_default().clone();
        let mut known = locked(&slot);
        if let Some((at, outcome)) = &*known
            && (*at >= since || outcome.is_ok() && at.elapsed() < KEPT)
        {
            return outcome.clone();
        }
        let outcome = ask().map_err(Arc::new);
        *known = Some((Instant::now(), outcome.clone()));
        outcome
    }
}
