//! The outermost layer of a Debian package (deb(5)): a few members one after another, with short
//! names, in the common format of ar(5). The extensions of that format for long names, which no
//! package uses, are refused: what reads them takes memory as a hostile file says.

use std::io::{self, Read};

const MAGIC: &[u8; 8] = b"!<arch>\n";

pub struct Archive<R> {
    source: R,
    has_begun: bool,
}

/// A member, whose content is read through it.
pub struct Member<'a, R: Read> {
    pub name: String,
    content: io::Take<&'a mut R>,
    /// Members begin at even offsets.
    padding: u64,
}

impl<R: Read> Archive<R> {
    pub const fn new(source: R) -> Self {
        Self { source, has_begun: false }
    }

    /// The next member; `None` at the end. What of the one before was not read has to be passed
    /// over first (`Member::finish`).
    pub fn next(&mut self) -> io::Result<Option<Member<'_, R>>> {
        if !self.has_begun {
            let mut magic = [0; MAGIC.len()];
            self.source.read_exact(&mut magic)?;
            if magic != *MAGIC {
                return Err(bad("it does not begin as one"));
            }
            self.has_begun = true;
        }
        let mut header = Vec::new();
        (&mut self.source).take(60).read_to_end(&mut header)?;
        if header.is_empty() {
            return Ok(None);
        }
        if header.len() < 60 || !header.is_ascii() || !header.ends_with(b"`\n") {
            return Err(bad("the header of a member is broken"));
        }
        let text = |range: std::ops::Range<usize>| String::from_utf8_lossy(&header[range]).trim_end().to_owned();
        let name = text(0..16);
        let name = name.strip_suffix('/').unwrap_or(&name).to_owned();
        if name.is_empty() || name.contains('/') {
            return Err(bad("a member has no plain name"));
        }
        let size: u64 = text(48..58).parse().map_err(|_| bad("a member has no size"))?;
        Ok(Some(Member { name, content: (&mut self.source).take(size), padding: size % 2 }))
    }
}

impl<R: Read> Member<'_, R> {
    /// Passes over what was not read.
    pub fn finish(mut self) -> io::Result<()> {
        io::copy(&mut self.content, &mut io::sink())?;
        if self.content.limit() > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let source = self.content.into_inner();
        // Not every writer pads the last one.
        io::copy(&mut source.take(self.padding), &mut io::sink()).map(drop)
    }
}

impl<R: Read> Read for Member<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer)
    }
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it is not a Debian package: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, size: &str, content: &[u8]) -> Vec<u8> {
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644);
        [header.as_bytes(), content].concat()
    }

    fn listed(bytes: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut archive = Archive::new(bytes);
        let mut members = Vec::new();
        while let Some(mut member) = archive.next()? {
            let mut content = Vec::new();
            // Some of it is left, to be passed over.
            (&mut member).take(2).read_to_end(&mut content)?;
            members.push((member.name.clone(), content));
            member.finish()?;
        }
        Ok(members)
    }

    #[test]
    fn members_follow_one_another() {
        let good = [MAGIC.to_vec(), member("debian-binary", "3", b"abc\n"), member("x/", "2", b"xy")].concat();
        let expected = [("debian-binary", b"ab"), ("x", b"xy")].map(|(name, text)| (name.to_owned(), text.to_vec()));
        assert_eq!(listed(&good).unwrap(), expected);
        for broken in [
            b"no archive".to_vec(),
            good[..good.len() - 1].to_vec(),
            good[..40].to_vec(),
            [MAGIC.to_vec(), member("//", "9999999999", b"")].concat(),
            [MAGIC.to_vec(), member("/5", "1", b"a\n")].concat(),
            [MAGIC.to_vec(), member("#1/99999", "1", b"a\n")].concat(),
            [MAGIC.to_vec(), member("x", "-1", b"")].concat(),
            [MAGIC.to_vec(), member("x", "9999999999", b"a")].concat(),
        ] {
            assert!(listed(&broken).is_err(), "{}", String::from_utf8_lossy(&broken));
        }
    }
}
