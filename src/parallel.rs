//! Work on many things at once, with as many threads as can be started and no more than asked for. Where none can be
//! started, the work is done here.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// As many threads as there are processors.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// As many threads work at once, all maps within one another together.
const MOST: usize = 192;

thread_local! {
    /// How many threads the maps of this thread may have, this one among them.
    static SHARE: Cell<usize> = const { Cell::new(MOST) };
}

/// Does the work on every thing, in `most` threads at most, this one among them. The outcomes are in the things'
/// order. Work that calls this again shares the threads that its caller may have: a thousand things with six parts
/// each are not six thousand threads.
pub fn map<T: Send, R: Send>(things: impl IntoIterator<Item = T>, most: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let things: Vec<T> = things.into_iter().collect();
    let share = SHARE.get();
    let threads = most.min(things.len()).clamp(1, share);
    let left = Mutex::new(things.into_iter().enumerate());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take_part = || {
        let before = SHARE.replace(share / threads);
        let mut done = Vec::new();
        while let Some((index, thing)) = next() {
            done.push((index, work(thing)));
        }
        SHARE.set(before);
        done
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        // A limit of the user or of a container may allow fewer threads than there are processors, or none.
        let started: Vec<_> = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, take_part).ok()).collect();
        let own = take_part();
        let theirs = started.into_iter().flat_map(|thread| thread.join().expect("the work does not panic"));
        own.into_iter().chain(theirs.collect::<Vec<_>>()).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn every_thing_has_its_outcome() {
        for most in [0, 1, 2, 7, 2000] {
            let items: Vec<usize> = (0..1000).collect();
            assert_eq!(map(&items, most, |item| item * 2), (0..2000).step_by(2).collect::<Vec<_>>());
            assert!(map(Vec::<usize>::new(), most, |item| item).is_empty());
        }
    }

    #[test]
    fn so_many_work_at_once_and_no_more() {
        let together = Barrier::new(3);
        let ids = map(0..30, 3, |_| {
            // None goes on before three are there.
            together.wait();
            std::thread::current().id()
        });
        assert_eq!(ids.into_iter().collect::<HashSet<_>>().len(), 3);
    }

    #[test]
    fn maps_within_maps_share_the_threads() {
        let here = || std::thread::current().id();
        let threads = |things: usize, together: usize| {
            let together = Barrier::new(together);
            let ids = map(0..things, things, |_| {
                together.wait();
                // There is nothing left to share any more.
                let inner: HashSet<_> = map(0..6, 6, |_| here()).into_iter().collect();
                (here(), inner)
            });
            assert!(ids.iter().all(|(outer, inner)| *inner == HashSet::from([*outer])));
            ids.into_iter().map(|(id, _)| id).collect::<HashSet<_>>().len()
        };
        // Eight have an eighth each, and all of that is used.
        let eighth = MOST / 8;
        assert_eq!(map(0..8, 8, |_| threads(4 * eighth, eighth)), [eighth; 8]);
        assert_eq!(SHARE.get(), MOST);
    }
}
