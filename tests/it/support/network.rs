//! What says that the network was at fault, and not devshell.

/// Whether devshell's words name the network.
pub fn is_network_fault(errors: &str) -> bool {
    ["cannot be reached", "was interrupted", " answers 5", " answers 429", "Request failed after"]
        .iter()
        .any(|sign| errors.contains(sign))
}
