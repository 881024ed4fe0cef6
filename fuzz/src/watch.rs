//! A watch on directories in which nothing may happen.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, WatchFlags as W};

pub struct Watch(OwnedFd);

impl Watch {
    /// Watches these directories, without those below them.
    pub fn of(place: &Path, directories: &[&str]) -> Self {
        let watch = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC).unwrap();
        let what =
            W::CREATE | W::MODIFY | W::CLOSE_WRITE | W::DELETE | W::DELETE_SELF | W::MOVE | W::MOVE_SELF | W::ATTRIB;
        for directory in directories {
            inotify::add_watch(&watch, place.join(directory), what).unwrap();
        }
        Self(watch)
    }

    /// What has been made, changed, removed or opened for writing since the last time.
    pub fn seen(&self) -> Vec<String> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.0, &mut buffer);
        let mut seen = Vec::new();
        while let Ok(event) = reader.next() {
            seen.push(format!("{:?} {:?}", event.events(), event.file_name()));
        }
        seen
    }
}
