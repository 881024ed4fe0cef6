//! Work on many things at once, with as many threads as can be had and no more than asked for. Where none can be
//! started, the work is done here.

use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

/// As many threads as there are processors.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does the work on every thing, in `most` threads at most, this one among them. The outcomes are in the things'
/// order.
pub fn map<T: Send, R: Send>(things: impl IntoIterator<Item = T>, most: usize, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let things: Vec<T> = things.into_iter().collect();
    let threads = most.min(things.len());
    let left = Mutex::new(things.into_iter().enumerate());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let share = || {
        let mut done = Vec::new();
        while let Some((index, thing)) = next() {
            done.push((index, work(thing)));
        }
        done
    };
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        // A limit of the user or of a container may allow fewer threads than there are processors, or none.
        let started: Vec<_> = (1..threads).map_while(|_| Builder::new().spawn_scoped(scope, share).ok()).collect();
        let own = share();
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
}
