//! What the first process inside tells the one outside, and the orders that it takes. Each is one write to a pipe, which
//! is never torn (pipe(7), `PIPE_BUF`).

use std::io::{self, Read, Write};

use crate::ending::Ending;
use crate::fault::Fault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// What the process was to begin with is done.
    Begun,
    /// The command has stopped, as by `suspend`.
    Stopped,
    Ended(Ending),
    Failed(Fault),
}

/// The order to begin: the process has its users.
pub const BEGIN: u8 = 0;
/// The order to let the command go on, with the terminal. All other orders are signals for the command, by number.
pub const GO_ON: u8 = u8::MAX;

const LONGEST_STEP: usize = 1024;

impl Message {
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, number, text) = match self {
            Self::Stopped => (0_u8, 0, ""),
            Self::Ended(Ending::Exited(status)) => (1, i32::from(*status), ""),
            Self::Ended(Ending::Signalled(signal)) => (2, *signal, ""),
            Self::Ended(Ending::NotStarted(number)) => (4, *number, ""),
            Self::Begun => (5, 0, ""),
            Self::Failed(fault) => (3, fault.number, fault.step.as_str()),
        };
        let text = &text.as_bytes()[..text.len().min(LONGEST_STEP)];
        let length = u16::try_from(text.len()).unwrap_or(0);
        [&[kind][..], &number.to_ne_bytes(), &length.to_ne_bytes(), text].concat()
    }

    /// If it cannot be said, there is no one who would hear it.
    pub fn send(&self, to: &mut impl Write) {
        let _ = to.write_all(&self.to_bytes());
    }

    /// The next one, or nothing once the process inside has ended.
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; 7];
        if let Err(error) = from.read_exact(&mut head) {
            return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
        }
        let [kind, a, b, c, d, length @ ..] = head;
        let number = i32::from_ne_bytes([a, b, c, d]);
        let mut text = vec![0; u16::from_ne_bytes(length).into()];
        from.read_exact(&mut text)?;
        Ok(Some(match kind {
            0 => Self::Stopped,
            1 => Self::Ended(Ending::Exited(u8::try_from(number).unwrap_or(u8::MAX))),
            2 => Self::Ended(Ending::Signalled(number)),
            4 => Self::Ended(Ending::NotStarted(number)),
            5 => Self::Begun,
            _ => Self::Failed(Fault { step: String::from_utf8_lossy(&text).into_owned(), number }),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_as_they_were_sent() {
        let messages = [
            Message::Begun,
            Message::Stopped,
            Message::Failed(Fault { step: "mount `/dev`".to_owned(), number: 12 }),
            Message::Ended(Ending::Signalled(9)),
            Message::Ended(Ending::NotStarted(7)),
            Message::Ended(Ending::Exited(255)),
        ];
        let bytes: Vec<u8> = messages.iter().flat_map(Message::to_bytes).collect();
        let mut read = bytes.as_slice();
        for message in messages {
            assert_eq!(Message::read(&mut read).unwrap(), Some(message));
        }
        assert_eq!(Message::read(&mut read).unwrap(), None);
    }
}
