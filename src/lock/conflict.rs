//! The markers that a merge leaves in a lock, and the text of either side.

const OURS: &str = "<<<<<<<";
const BASE: &str = "|||||||";
const MIDDLE: &str = "=======";
const THEIRS: &str = ">>>>>>>";

/// The line of the first conflict marker, counted from 1.
pub fn has_conflict(text: &str) -> Option<usize> {
    text.lines().position(|line| line.starts_with(OURS) || line.starts_with(THEIRS)).map(|index| index + 1)
}

/// One side's text, without the markers.
pub fn side(text: &str, ours: bool) -> String {
    let mut inside = None;
    let mut kept = String::new();
    for line in text.lines() {
        match line.get(..7) {
            Some(OURS) => inside = Some(OURS),
            Some(BASE) if inside.is_some() => inside = Some(BASE),
            Some(MIDDLE) if inside.is_some() => inside = Some(MIDDLE),
            Some(THEIRS) => inside = None,
            _ if inside.is_none() || inside == Some(if ours { OURS } else { MIDDLE }) => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}
