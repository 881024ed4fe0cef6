//! Whether the sizes and offsets that a program or library states are those of its file, before the library that
//! patches it takes them for true ("System V Application Binary Interface", "Object Files").
//!
//! The library reserves as much memory as a header asks for, writes zeros over whatever size it finds, and panics at
//! some tables that do not fit together, which ends the process. A file that fails here is left as it is: neither
//! Linux nor a loader could do anything with most of them.

/// No program has its parts beyond this address: user space ends there on all platforms.
const FARTHEST: u64 = 1 << 47;

/// How far an empty segment may begin after the end of the file: the largest page.
const SLACK: u64 = 64 << 10;

const MOST_SEGMENTS: usize = 256;

/// From here on, numbers of sections mean something else (`SHN_LORESERVE`).
const MOST_SECTIONS: usize = 0xff00;

/// The longest name of a section. Longer ones are those of object files, which are no programs.
const LONGEST_NAME: usize = 256;

const HEADER: usize = 64;
const SEGMENT: usize = 56;
const SECTION: usize = 64;

/// Kinds of segments and of sections.
const LOAD: u32 = 1;
const INTERPRETER: u32 = 3;
const NULL: u32 = 0;
const STRINGS: u32 = 3;
const NO_BITS: u32 = 8;

/// The sections that are looked for by their names, whatever their kind.
const BY_NAME: [&[u8]; 2] = [b".interp", b".dynstr"];

/// Whether a 64-bit little-endian program or library has its parts where it says.
pub fn is_sound(file: &[u8]) -> bool {
    Tables::of(file).and_then(|tables| (tables.has_sound_segments()? && tables.has_sound_sections()?).then_some(()))
        == Some(())
}

/// Whether a 64-bit little-endian program names a loader, and so needs a C library; nothing if it is no such program.
/// The beginning of the file is enough: the table of segments follows the header.
pub fn names_loader(file: &[u8]) -> Option<bool> {
    let header = file.get(..HEADER).filter(|header| header.starts_with(b"\x7fELF\x02\x01\x01"))?;
    let is_program = matches!(half(header, 16)?, 2 | 3) && half(header, 54)? == SEGMENT;
    let segments = entries(file, long(header, 32)?, half(header, 56)?, SEGMENT, MOST_SEGMENTS)?;
    let mut kinds = segments.iter().filter_map(|segment| word(segment, 0));
    is_program.then(|| kinds.any(|kind| kind == INTERPRETER))
}

/// The two tables of a file, each within it.
struct Tables<'f> {
    file: &'f [u8],
    segments: Vec<&'f [u8]>,
    sections: Vec<&'f [u8]>,
    /// The index of the section that holds the names of sections.
    names: usize,
}

impl<'f> Tables<'f> {
    fn of(file: &'f [u8]) -> Option<Self> {
        let header = file.get(..HEADER)?;
        let is_64_bit_little_endian = header.starts_with(b"\x7fELF\x02\x01\x01");
        // An executable, or what is loaded to wherever there is room.
        let is_linked = matches!(half(header, 16)?, 2 | 3);
        let has_known_sizes =
            half(header, 52)? == HEADER && half(header, 54)? == SEGMENT && half(header, 58)? == SECTION;
        if !is_64_bit_little_endian || !is_linked || !has_known_sizes {
            return None;
        }
        let segments = entries(file, long(header, 32)?, half(header, 56)?, SEGMENT, MOST_SEGMENTS)?;
        let sections = entries(file, long(header, 40)?, half(header, 60)?, SECTION, MOST_SECTIONS)?;
        let names = half(header, 62)?;
        (names > 0 && names < sections.len()).then_some(Self { file, segments, sections, names })
    }

    fn has_sound_segments(&self) -> Option<bool> {
        let length = self.file.len() as u64;
        let mut is_loaded = false;
        for segment in &self.segments {
            let [offset, address, physical, size, memory, align] = longs(segment, 8)?;
            let end = offset.checked_add(size)?;
            let is_inside = if size == 0 { offset <= length + SLACK } else { end <= length };
            let is_near = [address, physical].into_iter().all(|start| is_below(start, memory.max(size)));
            let is_load = word(segment, 0)? == LOAD;
            if !is_inside || !is_near || align > FARTHEST || (is_load && size > memory) {
                return Some(false);
            }
            is_loaded |= is_load && size > 0;
        }
        Some(is_loaded)
    }

    fn has_sound_sections(&self) -> Option<bool> {
        let length = self.file.len() as u64;
        let names = self.content(self.names)?;
        let mut total = 0_u64;
        for (index, section) in self.sections.iter().enumerate() {
            let kind = word(section, 4)?;
            let [address, offset, size] = longs(section, 16)?;
            let name = name(names, word(section, 0)?)?;
            if matches!(kind, NULL | NO_BITS) {
                // Nothing of them is in the file, so their sizes are no matter, unless they are read all the same.
                let is_read = index == self.names || BY_NAME.contains(&name);
                if is_read || (kind == NO_BITS && !(is_below(address, size) && is_below(offset, size))) {
                    return Some(false);
                }
                continue;
            }
            let is_inside = offset.checked_add(size)? <= length && is_below(address, size);
            let is_text = kind == STRINGS || index == self.names || BY_NAME[1] == name;
            if !is_inside || (is_text && !self.content(index)?.ends_with(&[0])) {
                return Some(false);
            }
            total += size;
        }
        // Each is read by itself, so that a thousand which are all of the file would take a thousand times as long.
        Some(total <= 2 * length)
    }

    fn content(&self, section: usize) -> Option<&'f [u8]> {
        let [offset, size] = longs(self.sections.get(section)?, 24)?;
        let (start, end) = (usize::try_from(offset).ok()?, usize::try_from(offset.checked_add(size)?).ok()?);
        self.file.get(start..end)
    }
}

/// The entries of a table, of which there are some and not too many.
fn entries(file: &[u8], offset: u64, count: usize, size: usize, most: usize) -> Option<Vec<&[u8]>> {
    let start = usize::try_from(offset).ok()?;
    let table = file.get(start..start.checked_add(count * size)?)?;
    (start >= HEADER && count > 0 && count < most).then(|| table.chunks_exact(size).collect())
}

fn is_below(start: u64, length: u64) -> bool {
    start.checked_add(length).is_some_and(|end| end < FARTHEST)
}

/// The name at an offset; empty when that is outside.
fn name(names: &[u8], offset: u32) -> Option<&[u8]> {
    let Some(rest) = names.get(offset as usize..) else { return Some(&[]) };
    let start = &rest[..rest.len().min(LONGEST_NAME)];
    start.iter().position(|byte| *byte == 0).map(|end| &start[..end])
}

fn half(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Several that follow one another.
fn longs<const N: usize>(bytes: &[u8], at: usize) -> Option<[u64; N]> {
    let mut found = [0; N];
    for (index, value) in found.iter_mut().enumerate() {
        *value = long(bytes, at + 8 * index)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &[u8] = include_bytes!("../../../fuzz/seeds/elf/program");

    fn with(bytes: &[u8], at: usize, value: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        changed[at..at + value.len()].copy_from_slice(value);
        changed
    }

    #[test]
    fn what_a_machine_has_is_sound() {
        for path in ["/bin/true", "/bin/ls", "/bin/sh", "/lib64/ld-linux-x86-64.so.2", "/bin/bash", "/usr/bin/git"] {
            let Ok(bytes) = fs_err::read(path) else { continue };
            assert!(!bytes.starts_with(b"\x7fELF\x02\x01") || is_sound(&bytes), "{path}");
        }
    }

    #[test]
    fn sizes_beyond_the_file_are_not() {
        let good = PROGRAM;
        assert!(is_sound(good));
        let (segments, sections) = [32, 40].map(|at| usize::try_from(long(good, at).unwrap()).unwrap()).into();
        let (segment_count, section_count) = (half(good, 56).unwrap(), half(good, 60).unwrap());
        let huge = [1_u64 << 31, 1 << 40, 1 << 63, u64::MAX];
        for value in huge.map(u64::to_le_bytes) {
            for index in 0..segment_count {
                for field in [8, 16, 24, 32, 40] {
                    let changed = with(good, segments + index * SEGMENT + field, &value);
                    let is_far = u64::from_le_bytes(value) >= FARTHEST || matches!(field, 8 | 32);
                    assert!(!is_far || !is_sound(&changed), "segment {index}, field {field}");
                }
            }
            for index in 1..section_count {
                let at = sections + index * SECTION;
                let is_in_file = word(good, at + 4) != Some(NO_BITS);
                for field in [24, 32].into_iter().filter(|_| is_in_file) {
                    assert!(!is_sound(&with(good, at + field, &value)), "section {index}, field {field}");
                }
            }
        }
        for (at, value) in [
            (32, &u64::MAX.to_le_bytes()[..]),
            (40, &u64::MAX.to_le_bytes()),
            (54, &[0, 0]),
            (56, &[0xff, 0xff]),
            (56, &[0, 0]),
            (58, &[0, 0]),
            (60, &[0xff, 0xff]),
            (60, &[0, 0]),
            (62, &[0xff, 0x7f]),
            (62, &good[60..62]),
            (62, &[0, 0]),
            (4, &[1]),
            (5, &[2]),
            (16, &[1, 0]),
        ] {
            assert!(!is_sound(&with(good, at, value)), "{at} {value:?}");
        }
        for length in 0..good.len() {
            is_sound(&good[..length]);
        }
        assert!(!is_sound(&good[..good.len() - 1]) && !is_sound(b""));
    }
}
