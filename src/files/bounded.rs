//! Reading with a bound. A file is opened once and without waiting, it must be a plain file, and no more than
//! the caller allows is read, whatever size the file claims. Refuses pipes, devices and files that are too large.
//! How much each kind of file may hold is in `most.rs`.

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs_err::os::unix::fs::OpenOptionsExt as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("`{}` is not a plain file", .0.display())]
    NotPlain(PathBuf),
    #[error("`{}` has {size} bytes, more than the {} that devshell reads", path.display(), amount(*most))]
    Larger { path: PathBuf, size: u64, most: u64 },
    /// A file that says nothing true about its size, as those of /proc do.
    #[error("`{}` has more than the {} that devshell reads", path.display(), amount(*most))]
    Endless { path: PathBuf, most: u64 },
    #[error("`{}` is not UTF-8", .0.display())]
    NotText(PathBuf),
    #[error("`{}` is a pipe, and the program at its other end wrote nothing for {} s", path.display(), patience.as_secs())]
    Silent { path: PathBuf, patience: Duration },
    #[error("more than {} of content", amount(*.0))]
    Stream(u64),
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        let kind = match &refused {
            Refused::NotPlain(path) if path.is_dir() => io::ErrorKind::IsADirectory,
            Refused::NotPlain(_) => io::ErrorKind::InvalidInput,
            Refused::Larger { .. } | Refused::Endless { .. } | Refused::Stream(_) => io::ErrorKind::FileTooLarge,
            Refused::NotText(_) => io::ErrorKind::InvalidData,
            Refused::Silent { .. } => io::ErrorKind::TimedOut,
        };
        Self::new(kind, refused)
    }
}

/// So long the program at the other end of a pipe may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// A plain file, opened. What is asked about it and what is read are of one file, whatever happens to its path.
#[derive(Debug)]
pub struct Opened {
    file: fs_err::File,
    metadata: Metadata,
}

/// Opens a plain file, or what is linked to the null device. A pipe is refused without waiting for its other end.
pub fn open(path: &Path) -> io::Result<Opened> {
    open_any(path)?.refuse_unless(Opened::is_plain)
}

/// Opens a plain file or a pipe, as password managers make one in the place of an env file.
pub fn open_or_pipe(path: &Path) -> io::Result<Opened> {
    open_any(path)?.refuse_unless(|opened| opened.is_plain() || opened.is_pipe())
}

fn open_any(path: &Path) -> io::Result<Opened> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let file = fs_err::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    Ok(Opened { file, metadata })
}

/// The null device, to which people link the settings that they do not want to have.
fn is_null(metadata: &Metadata) -> bool {
    metadata.file_type().is_char_device()
        && fs_err::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

impl Opened {
    fn refuse_unless(self, is_fine: impl Fn(&Self) -> bool) -> io::Result<Self> {
        if is_fine(&self) { Ok(self) } else { Err(Refused::NotPlain(self.file.path().to_owned()).into()) }
    }

    fn is_plain(&self) -> bool {
        self.metadata.is_file() || is_null(&self.metadata)
    }

    /// Whether it is a pipe with a name. Its content is there once for each reader, and it has no time of its own.
    pub fn is_pipe(&self) -> bool {
        self.metadata.file_type().is_fifo()
    }

    /// What the open file is, not what its path leads to by now.
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// All of the file's bytes.
    ///
    /// # Errors
    /// With `FileTooLarge` for a file of more than `most` bytes. Of one that says its size, none is read then. With
    /// `TimedOut` for a pipe that gives nothing for ten seconds.
    pub fn read(&self, most: u64) -> io::Result<Vec<u8>> {
        if self.is_pipe() {
            let bytes = content(Patient(&self.file), 0, most)?;
            return bytes.ok_or_else(|| Refused::Endless { path: self.file.path().to_owned(), most }.into());
        }
        let (path, size) = (|| self.file.path().to_owned(), self.metadata.len());
        if size > most {
            return Err(Refused::Larger { path: path(), size, most }.into());
        }
        content(&self.file, size, most)?.ok_or_else(|| Refused::Endless { path: path(), most }.into())
    }

    /// All bytes of a file that was renamed into its place, as devshell does it, and so has the size it states. One
    /// call of the system reads it, where `read` needs another one to see the end.
    pub fn read_finished(&self, most: u64) -> io::Result<Vec<u8>> {
        let size = self.metadata.len();
        if size > most {
            return Err(Refused::Larger { path: self.file.path().to_owned(), size, most }.into());
        }
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        (&self.file).read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// All of the file's bytes, piece by piece, for what may be too large to be kept in memory.
    pub fn each_piece(&self, mut work: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        const MOST: u64 = 64 << 10;
        let mut piece = vec![0; usize::try_from(self.metadata.len().clamp(4 << 10, MOST)).unwrap_or_default()];
        loop {
            match (&self.file).read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(read) => work(&piece[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The same as `read` of a file that must be UTF-8.
    ///
    /// # Errors
    /// As `read`, and with `InvalidData` for one that is not.
    pub fn read_text(&self, most: u64) -> io::Result<String> {
        into_text(self.read(most)?, self.file.path())
    }
}

/// A pipe that is read until its other end is closed, and waits when there is nothing to read yet.
struct Patient<'a>(&'a fs_err::File);

impl io::Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            let mut ready = [PollFd::new(self.0, PollFlags::IN)];
            match poll(&mut ready, Some(&timeout)) {
                Ok(0) => return Err(Refused::Silent { path: self.0.path().to_owned(), patience: PATIENCE }.into()),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
        }
    }
}

/// All bytes of a plain file, of which it has at most `most`.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    open(path)?.read(most)
}

/// The text of a plain file of at most `most` bytes.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    open(path)?.read_text(most)
}

/// The text of a file that the user names by hand or by a variable, which may be a pipe or the null device. It waits
/// for a pipe, as every program does that is given one.
pub fn read_named(path: &Path, most: u64) -> io::Result<String> {
    let file = fs_err::File::open(path)?;
    let bytes = content(&file, file.metadata()?.len().min(most), most)?;
    let bytes = bytes.ok_or_else(|| Refused::Endless { path: path.to_owned(), most })?;
    into_text(bytes, path)
}

fn into_text(bytes: Vec<u8>, path: &Path) -> io::Result<String> {
    String::from_utf8(utf8(bytes)).map_err(|_| Refused::NotText(path.to_owned()).into())
}

/// The bytes of a text in UTF-8 and without a byte order mark, as other programs may have written it with one: editors
/// in UTF-8, and `>` of Windows PowerShell in UTF-16. Other bytes stay as they are.
pub fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    let decoded = |units: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks();
        String::from_utf16(&pairs.iter().copied().map(units).collect::<Vec<_>>()).ok().filter(|_| rest.is_empty())
    };
    match *bytes {
        [0xef, 0xbb, 0xbf, ..] => bytes[3..].to_vec(),
        [0xff, 0xfe, ..] => decoded(u16::from_le_bytes).map_or(bytes, String::into_bytes),
        [0xfe, 0xff, ..] => decoded(u16::from_be_bytes).map_or(bytes, String::into_bytes),
        _ => bytes,
    }
}

/// The first bytes of a plain file, at most `most`.
pub fn head(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    open(path)?.file.take(most).read_to_end(&mut start)?;
    Ok(start)
}

/// All that a reader gives.
///
/// # Errors
/// With `FileTooLarge` when that is more than `most` bytes.
pub fn all(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    content(from, 0, most)?.ok_or_else(|| Refused::Stream(most).into())
}

/// What is left of a reader that is expected to give `size` bytes; `None` when it gives more than `most`.
fn content(mut from: impl Read, size: u64, most: u64) -> io::Result<Option<Vec<u8>>> {
    const LEAST: usize = 4 << 10;
    let limit = usize::try_from(most).unwrap_or(usize::MAX).saturating_add(1);
    // One byte more than expected, so that the end is found without growing.
    let mut next = usize::try_from(size).unwrap_or(limit).saturating_add(1).max(LEAST).min(limit);
    let (mut bytes, mut filled) = (Vec::new(), 0);
    loop {
        if filled == bytes.len() {
            if filled == limit {
                return Ok(None);
            }
            bytes.try_reserve_exact(next - filled)?;
            bytes.resize(next, 0);
            next = next.saturating_mul(2).min(limit);
        }
        match from.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(Some(bytes))
}

/// A bound as people say it. Each is a power of two or a few of them.
fn amount(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 && bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes >= 1 << 10 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_read_whole() {
        let scratch = tempfile::tempdir().unwrap();
        for size in [0, 1, 4095, 4096, 4097, 9000] {
            let path = scratch.path().join(size.to_string());
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            fs_err::write(&path, &bytes).unwrap();
            let size = size as u64;
            assert_eq!(read(&path, size).unwrap(), bytes, "{size} of {size}");
            assert_eq!(open(&path).unwrap().read_finished(size).unwrap(), bytes, "{size} in its place");
            assert_eq!(read(&path, size + 1).unwrap(), bytes, "{size} of one more");
            assert_eq!(read(&path, u64::MAX).unwrap(), bytes, "{size} of all there are");
            assert_eq!(all(&*bytes, size).unwrap(), bytes, "{size} as a stream");
            assert_eq!(head(&path, 3).unwrap(), &bytes[..bytes.len().min(3)]);
            if let Some(less) = size.checked_sub(1) {
                let error = read(&path, less).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
                assert!(open(&path).unwrap().read_finished(less).is_err());
                let said = format!("has {size} bytes, more than the ");
                assert!(error.to_string().contains(&said), "{error}");
                assert_eq!(all(&*bytes, less).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
            }
        }
    }

    #[test]
    fn what_is_no_plain_file_or_no_text_is_refused() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |name: &str| scratch.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, path("pipe"), rustix::fs::Mode::RUSR).unwrap();
        fs_err::write(path("bytes"), [0xff]).unwrap();
        for (path, kind) in [
            (path("pipe"), io::ErrorKind::InvalidInput),
            (PathBuf::from("/dev/zero"), io::ErrorKind::InvalidInput),
            (scratch.path().to_owned(), io::ErrorKind::IsADirectory),
            (path("bytes"), io::ErrorKind::InvalidData),
            (path("absent"), io::ErrorKind::NotFound),
        ] {
            let error = read_text(&path, 10).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }

    /// Files of /proc are plain, say that they have no bytes, and give some all the same.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_size_that_is_not_true_is_not_believed() {
        let status = Path::new("/proc/self/status");
        let error = read(status, 100).unwrap_err();
        assert_eq!(error.to_string(), "`/proc/self/status` has more than the 100 bytes that devshell reads");
        assert!(read(status, 1 << 20).unwrap().len() > 100);
        // 256 TiB of it could be read.
        read(Path::new("/proc/self/pagemap"), 1 << 20).unwrap_err();
        let error = read_named(Path::new("/dev/zero"), 3 << 10).unwrap_err();
        assert_eq!(error.to_string(), "`/dev/zero` has more than the 3 KiB that devshell reads");
        for read in [read_text, read_named] {
            assert_eq!(read(Path::new("/dev/null"), 0).unwrap(), "");
        }
    }

    #[test]
    fn a_text_is_the_same_however_it_is_encoded() {
        let text = "ä = \u{1f600}\r\n";
        let utf16 = |mark: u16, bytes: fn(u16) -> [u8; 2]| {
            std::iter::once(mark).chain(text.encode_utf16()).flat_map(bytes).collect::<Vec<_>>()
        };
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("text");
        for bytes in [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            utf16(0xfeff, u16::to_le_bytes),
            utf16(0xfeff, u16::to_be_bytes),
        ] {
            fs_err::write(&path, bytes).unwrap();
            assert_eq!(read_text(&path, 100).unwrap(), text);
            assert_eq!(read_named(&path, 100).unwrap(), text);
        }
        for broken in [&[0xff, 0xfe, 0x41][..], &[0xff, 0xfe, 0x00, 0xd8], &[0xff], &[0xef, 0xbb]] {
            assert_eq!(utf8(broken.to_vec()), broken);
        }
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
        // More than a pipe has room for, so that the reader has to wait for the writer and it for the reader.
        let bytes: Vec<u8> = (0..=250).cycle().take(200_000).collect();
        std::thread::scope(|scope| {
            let opened = open_or_pipe(&path).unwrap();
            assert!(opened.is_pipe());
            scope.spawn(|| fs_err::write(&path, &bytes).unwrap());
            assert_eq!(opened.read(1 << 20).unwrap(), bytes);
        });
    }
}
