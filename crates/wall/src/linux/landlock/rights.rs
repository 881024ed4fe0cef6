//! What a process may do to files, in Landlock's terms.

const EXECUTE: u64 = 1;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_BLOCK: u64 = 1 << 11;
const TRUNCATE: u64 = 1 << 14;
const IOCTL_DEV: u64 = 1 << 15;

/// Those that a file can have. The others are of directories.
const OF_FILES: u64 = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;

/// From less to more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    Nothing,
    /// The names in directories.
    List,
    /// Also what is in files, and to run them.
    Read,
    /// Also to change, make, move and remove them.
    Write,
    /// To use a device that is there.
    Device,
}

impl Right {
    pub fn bits(self, version: u32, is_directory: bool) -> u64 {
        let read = EXECUTE | READ_FILE | READ_DIR;
        let bits = match self {
            Self::Nothing => 0,
            Self::List => READ_DIR,
            Self::Read => read,
            Self::Write => handled(version) & !(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV),
            Self::Device => (READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV) & handled(version),
        };
        if is_directory { bits } else { bits & OF_FILES }
    }
}

/// All rights that a version knows, which are those that a process gives up.
pub fn handled(version: u32) -> u64 {
    let first = (1 << 13) - 1;
    let later = [(2, 1 << 13), (3, TRUNCATE), (5, IOCTL_DEV)];
    later.iter().filter(|(since, _)| version >= *since).fold(first, |bits, (_, bit)| bits | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_for_what_it_knows() {
        assert_eq!([1, 2, 3, 4, 5, 7].map(handled), [0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff]);
        for version in [3, 7] {
            for right in [Right::List, Right::Read, Right::Write, Right::Device] {
                assert_eq!(right.bits(version, true) & !handled(version), 0, "{right:?} {version}");
            }
        }
        assert_eq!(Right::Read.bits(7, false), EXECUTE | READ_FILE);
        assert_eq!(Right::Write.bits(7, true) & (MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV), 0);
    }
}
