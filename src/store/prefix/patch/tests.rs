//! Programs that are not what they say: whatever is changed in one, patching it ends in a program of a sane size,
//! in an error, or in leaving it alone. In a release a panic would be the end of the process.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::*;
use crate::platform::Platform;

const LOADERS: [&str; 2] = ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"];

/// A prefix with a loader, and where it will be.
fn site(root: &Path) -> Site {
    for loader in LOADERS {
        fs_err::create_dir_all(root.join(loader).parent().unwrap()).unwrap();
        fs_err::write(root.join(loader), "").unwrap();
    }
    fs_err::create_dir_all(root.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH))).unwrap();
    let platform = Platform::of(std::env::consts::ARCH, "linux", false).unwrap();
    Site { root: fs_err::canonicalize(root).unwrap(), place: PathBuf::from("/a/place/of/its/own"), platform }
}

/// A small program for this machine, and a library that looks in directories of its own.
fn program() -> Vec<u8> {
    if cfg!(target_arch = "aarch64") {
        include_bytes!("../../../../fuzz/seeds/elf/aarch64").to_vec()
    } else {
        include_bytes!("../../../../fuzz/seeds/elf/program").to_vec()
    }
}

fn library() -> Vec<u8> {
    let mut library = include_bytes!("../../../../fuzz/seeds/elf/library").to_vec();
    library[18..20].copy_from_slice(&program()[18..20]);
    library
}

fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    bytes[at..at + width].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// The places and widths of all numbers in the header, the two tables and the dynamic table.
fn fields(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut fields = vec![(4, 1), (5, 1), (6, 1), (16, 2), (18, 2), (20, 4), (24, 8), (32, 8), (40, 8)];
    fields.extend((52..64).step_by(2).map(|at| (at, 2)));
    let (segments, sections) = (number(bytes, 32, 8), number(bytes, 40, 8));
    for start in (0..number(bytes, 56, 2)).map(|index| segments + index * 56) {
        fields.extend([(start, 4), (start + 4, 4)]);
        fields.extend((8..56).step_by(8).map(|at| (start + at, 8)));
    }
    for start in (0..number(bytes, 60, 2)).map(|index| sections + index * 64) {
        fields.extend([(start, 4), (start + 4, 4), (start + 40, 4), (start + 44, 4)]);
        fields.extend([8, 16, 24, 32, 48, 56].map(|at| (start + at, 8)));
        if number(bytes, start + 4, 4) == 6 {
            let table = number(bytes, start + 24, 8);
            fields.extend((0..number(bytes, start + 32, 8)).step_by(8).map(|at| (table + at, 8)));
        }
    }
    fields
}

fn change(bytes: &mut [u8], (at, width): (usize, usize), value: u64) {
    bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
}

#[test]
fn no_changed_program_brings_devshell_down() {
    let root = tempfile::tempdir().unwrap();
    let site = site(root.path());
    let linkage = Linkage::of(&site).unwrap();
    let (mut patched, mut left, mut refused) = (0, 0, 0);
    let mut attempt = |bytes: &[u8]| match linkage.adapted(&site, bytes) {
        Ok(Some(whole)) => {
            assert!(whole.len() <= 4 * bytes.len() + (128 << 10), "{} bytes became {}", bytes.len(), whole.len());
            patched += 1;
        }
        Ok(None) => left += 1,
        Err(_) => refused += 1,
    };
    for good in [program(), library()] {
        try_changes(&good, &mut attempt);
    }
    // All three happen, or nothing was tried.
    assert!(patched > 100 && left > 100 && refused > 0, "{patched} {left} {refused}");
}

/// Changes each number of a program to each of some values, and then several at once.
fn try_changes(good: &[u8], attempt: &mut dyn FnMut(&[u8])) {
    attempt(good);
    let (fields, length) = (fields(good), good.len() as u64);
    let values = [
        0,
        1,
        2,
        3,
        6,
        7,
        8,
        11,
        64,
        255,
        length - 1,
        length,
        length + 1,
        length / 2,
        1 << 16,
        1 << 31,
        2 << 30,
        1 << 40,
        1 << 47,
        1 << 63,
        u64::MAX,
        u64::MAX - length,
    ];
    for field in &fields {
        for value in values {
            let mut bytes = good.to_vec();
            change(&mut bytes, *field, value);
            attempt(&bytes);
        }
    }
    // The same numbers each time, so that no change is blamed for what chance finds.
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..3000 {
        let mut bytes = good.to_vec();
        for _ in 0..random.gen_range(2..6) {
            let field = fields[random.gen_range(0..fields.len())];
            let old = number(good, field.0, field.1) as u64;
            let value = match random.gen_range(0..4) {
                0 => values[random.gen_range(0..values.len())],
                1 => old.wrapping_add(random.gen_range(0..64)).wrapping_sub(32),
                2 => number(good, fields[random.gen_range(0..fields.len())].0, 4) as u64,
                _ => random.r#gen(),
            };
            change(&mut bytes, field, value);
        }
        for _ in 0..random.gen_range(0..3) {
            let at = random.gen_range(0..bytes.len());
            bytes[at] = random.r#gen();
        }
        bytes.truncate(if random.gen_range(0..8) == 0 { random.gen_range(0..bytes.len()) } else { bytes.len() });
        attempt(&bytes);
    }
}

/// 65,000 tables that are each all of the file would be read one after another.
#[test]
fn tables_that_overlap_take_no_time() {
    let good = program();
    let root = tempfile::tempdir().unwrap();
    let site = site(root.path());
    let (sections, count) = (number(&good, 40, 8), 0xfe00);
    let mut bytes = good[..sections].to_vec();
    for index in 0..count {
        let section = good[sections..].chunks_exact(64).nth(index).map_or_else(
            || {
                let mut section = [0; 64];
                // A table of symbols.
                change(&mut section, (4, 4), 2);
                change(&mut section, (32, 8), 4_000_000);
                section.to_vec()
            },
            <[u8]>::to_vec,
        );
        bytes.extend(section);
    }
    change(&mut bytes, (60, 2), count as u64);
    assert!(bytes.len() > 4_000_000);
    assert!(Linkage::of(&site).unwrap().adapted(&site, &bytes).unwrap().is_none());
}

#[test]
fn what_is_patched_is_sound() {
    let good = program();
    let root = tempfile::tempdir().unwrap();
    let site = site(root.path());
    let linkage = Linkage::of(&site).unwrap();
    assert!(linkage.adapted(&site, &library()).unwrap().is_some());
    let grown = linkage.grown.swap(0, Ordering::Relaxed);
    assert!(grown > 0);
    let patched = linkage.adapted(&site, &good).unwrap().unwrap();
    assert!(elf_check::is_sound(&patched));
    assert!(patched.windows(20).any(|text| text == b"/a/place/of/its/own/"));
    assert_eq!(linkage.grown.load(Ordering::Relaxed), (patched.len() - good.len()) as u64);
    linkage.grown.store(MOST_BYTES, Ordering::Relaxed);
    assert!(matches!(linkage.adapted(&site, &good), Err(PatchError::TooMuch)));
    assert!(linkage.turn(LARGE).is_none() && linkage.turn(LARGE + 1).is_some());
}

#[test]
fn a_library_that_needs_what_is_shared_looks_in_the_prefix_too() {
    let root = tempfile::tempdir().unwrap();
    let site = site(root.path());
    let linkage = Linkage::of(&site).unwrap();
    let links = |bytes: &[u8]| {
        let mut file = Cursor::new(bytes);
        let elf = Elf::read(&mut file, PAGE).unwrap();
        let found = Links::read(&elf, &mut file).unwrap().unwrap();
        (found.search.map(|search| search.into_string().unwrap()).unwrap_or_default(), found.has_runpath)
    };
    let other = linkage.adapted_with(&site, &library(), &["libother.so.1"]).unwrap().unwrap();
    assert_eq!(links(&other), ("$ORIGIN".to_owned(), false));
    let shared = ["libother.so.1", "libc.so.6"];
    let adapted = linkage.adapted_with(&site, &library(), &shared).unwrap().unwrap();
    let own = format!("/a/place/of/its/own/usr/lib/{}-linux-gnu:/a/place/of/its/own/usr/lib", std::env::consts::ARCH);
    assert_eq!(links(&adapted), (format!("$ORIGIN:{own}"), false));
    assert!(linkage.adapted_with(&site, &adapted, &shared).unwrap().is_none(), "once is enough");
}
