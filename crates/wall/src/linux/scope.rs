//! What namespaces of networks do not keep apart: sockets with an abstract name, where the network is the host's.

use rustix::io::Errno;

use super::at::At as _;
use super::system;
use crate::fault::Fault;

/// From now on, this process and all that it starts reach only abstract sockets of their own, and signal only each other
/// (Landlock, Linux 6.12). An older kernel has no such thing.
pub fn close() -> Result<(), Fault> {
    match system::scope() {
        Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL | Errno::TOOBIG) => Ok(()),
        result => result.at(|| "close abstract sockets".to_owned()),
    }
}
