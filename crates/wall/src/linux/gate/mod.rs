//! The network of a wall that lets names through: the first process inside opens sockets, and hands them to a process
//! outside, the gate. That one answers for names, takes connections, and connects with the real hosts. So nothing
//! inside needs to know of it, and if it ends, nothing passes.

mod addresses;
mod channel;
mod inside;
mod names;
mod pair;
mod process;
mod question;
mod relay;

pub use channel::Channel;
pub use inside::Inside;
pub use process::Process;
