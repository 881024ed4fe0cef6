//! The lock: what is read is written the same way each time, and what can be saved of a conflicted
//! or broken one is a lock.
#![no_main]

use devshell::lock::{FILE_NAME, has_conflict, mend, parse, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(lock) = parse(FILE_NAME, text) {
        let written = write(&lock);
        let again = parse(FILE_NAME, &written).unwrap();
        assert_eq!(write(&again), written);
        assert!(has_conflict(&written).is_none());
        // Without a conflict, mending finds the very same.
        assert_eq!(write(&mend(FILE_NAME, &written).unwrap()), written);
    }
    if let Ok(mended) = mend(FILE_NAME, text) {
        let mended = write(&mended);
        assert_eq!(write(&parse(FILE_NAME, &mended).unwrap()), mended);
    }
});
