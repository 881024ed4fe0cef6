//! One service by itself, for what would take too long with the real executable.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;

use super::unit::{Surroundings, Unit};
use super::{Phase, Place, Planned, Sign, Status, Watcher};
use crate::manifest::{Restart, StopSignal};

struct Silent;

impl Watcher for Silent {
    fn line(&self, _: &str, _: &[u8]) {}
    fn changed(&self, _: &[Status], _: usize) {}
}

#[test]
fn one_that_is_never_ready_is_ended_when_its_time_is_over() {
    let state = tempfile::tempdir().unwrap();
    let place = Place::below(state.path());
    place.make().unwrap();
    let planned = Planned {
        name: "it".to_owned(),
        project: format!("test-{}", std::process::id()),
        run: "exec sleep 1000".to_owned(),
        prepare: None,
        ready: Some(Sign::Line("never".to_owned())),
        stop: StopSignal::Term,
        restart: Restart::Always,
        needs: Vec::new(),
        variables: [("PATH".into(), "/usr/bin:/bin".into())].into_iter().collect(),
        directory: PathBuf::from("/"),
        ports: Vec::new(),
    };
    let (events, _heard) = channel();
    let watcher: Arc<dyn Watcher> = Arc::new(Silent);
    let around = Surroundings { index: 0, events: &events, place: &place, watcher: &watcher };
    let mut unit = Unit::new(planned);
    unit.start(&around);
    assert_eq!(unit.phase, Phase::Starting);
    let minute = unit.due().unwrap().duration_since(std::time::Instant::now());
    assert!((58..=60).contains(&minute.as_secs()), "{minute:?}");
    unit.on_time(&around);
    assert_eq!(unit.phase, Phase::Failed);
    assert_eq!(unit.status().reason.as_deref(), Some("it was not ready within 60 seconds"));
    if cfg!(target_os = "linux") {
        assert_eq!(devshell_wall::leftovers(&unit.planned.mark()), []);
    }
}
