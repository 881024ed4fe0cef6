//! What a wall lets through to the network, by name.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

/// Where the server is that answers for names inside a wall with [`Network::Gated`](crate::Network).
pub const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// Decides what passes. It is asked in a process of its own, outside of the wall, and by several threads.
pub trait Gate: Sync {
    /// The ports at which a host can be reached that has this name, in small letters. Without one, there is no such name.
    fn ports(&self, name: &str) -> Vec<u16>;

    /// A name without ports was asked for.
    fn refused(&self, name: &str);

    /// Addresses, as they are called inside, that are there from the beginning.
    fn addresses(&self) -> Vec<SocketAddr>;

    /// Connects with a host, by its name or one of those addresses.
    fn connect(&self, host: &str, port: u16) -> io::Result<TcpStream>;

    /// What the caller of the wall is told at the end.
    fn report(&self) -> Vec<u8>;
}
