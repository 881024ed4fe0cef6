//! What a program prints, in lines. A line is a text of any bytes without its line break; one that is too long comes in
//! pieces, so that a program that prints none needs no memory without bounds.

use memchr::memchr;

/// So many bytes come at once.
pub const LONGEST: usize = 64 << 10;

/// The beginning of a line whose end has not come.
#[derive(Debug, Default)]
pub struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    pub fn feed(&mut self, mut bytes: &[u8], mut hear: impl FnMut(&[u8])) {
        while let Some(end) = memchr(b'\n', bytes) {
            self.add(&bytes[..end], &mut hear);
            hear(&self.begun);
            self.begun.clear();
            bytes = &bytes[end + 1..];
        }
        self.add(bytes, &mut hear);
    }

    /// Adds to the line. A piece is handed on only when more follows, so that no line ends with an empty one.
    fn add(&mut self, mut bytes: &[u8], hear: &mut impl FnMut(&[u8])) {
        while self.begun.len() + bytes.len() > LONGEST {
            let (fitting, rest) = bytes.split_at(LONGEST - self.begun.len());
            self.begun.extend_from_slice(fitting);
            hear(&self.begun);
            self.begun.clear();
            bytes = rest;
        }
        self.begun.extend_from_slice(bytes);
    }

    /// Hands on a last line that has no line break.
    pub fn finish(&mut self, mut hear: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            hear(&self.begun);
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], at_once: usize) -> Vec<Vec<u8>> {
        let (mut heard, mut lines) = (Vec::new(), Lines::default());
        for bytes in text.chunks(at_once) {
            lines.feed(bytes, |line| heard.push(line.to_owned()));
        }
        lines.finish(|line| heard.push(line.to_owned()));
        heard
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let long = |length: usize| vec![b'x'; length];
        for (text, expected) in [
            (b"".to_vec(), vec![]),
            (b"a\n\n\xff b\r\n".to_vec(), vec![b"a".to_vec(), b"".to_vec(), b"\xff b\r".to_vec()]),
            (b"a\nb".to_vec(), vec![b"a".to_vec(), b"b".to_vec()]),
            ([long(LONGEST), b"\na".to_vec()].concat(), vec![long(LONGEST), b"a".to_vec()]),
            ([long(LONGEST + 1), b"\n".to_vec()].concat(), vec![long(LONGEST), long(1)]),
            (long(2 * LONGEST), vec![long(LONGEST), long(LONGEST)]),
            (
                [long(3 * LONGEST - 1), b"\n\n".to_vec()].concat(),
                vec![long(LONGEST), long(LONGEST), long(LONGEST - 1), vec![]],
            ),
        ] {
            for at_once in [1, 3, 1000, LONGEST - 1, LONGEST, LONGEST + 1, 10 * LONGEST] {
                assert!(lines(&text, at_once) == expected, "{} bytes, {at_once} at once", text.len());
            }
        }
    }
}
