//! What a user's own settings say about walls. They can only tighten what a project gets.

use crate::cli::Context;
use crate::cli::failure::Failure;
use crate::manifest::{Network, Sandbox};
use crate::registry;
use crate::road::RoadError;

/// A project's wishes, as far as the user agrees.
pub struct Tightened {
    pub sandbox: Sandbox,
    /// What of the network there is at most.
    pub most: Network,
}

pub fn tightened(cx: &Context, mut sandbox: Sandbox) -> Result<Tightened, Failure> {
    let limits = registry::limits_of_user(&cx.host);
    let limits = limits.map_err(|error| RoadError::Resolve(vec![error.into()]))?;
    sandbox.deny.extend(limits.deny);
    if limits.protect {
        sandbox.protect = Some(true);
    }
    Ok(Tightened { sandbox, most: limits.net })
}
