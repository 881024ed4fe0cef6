//! Why no file of a vendor can be locked.

use crate::archive::UnknownFormat;
use crate::hint::Hint;
use crate::name::ToolName;

/// Why no file of a vendor can be locked.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    #[error("the vendor's server has no index of `{tool}` at `{path}`")]
    NoIndex { tool: ToolName, path: String },
    #[error("the vendor's index lists no version of `{tool}`")]
    NoVersions { tool: ToolName },
    #[error("`{tool}` {version} has no file with a published hash for a platform that devshell knows")]
    NoFile { tool: ToolName, version: String },
    #[error("`{file}` of `{tool}` {version} cannot be unpacked")]
    Format { tool: ToolName, version: String, file: String, source: UnknownFormat },
}

impl Hint for VendorError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoIndex { tool, .. } | Self::NoVersions { tool } => format!(
                "if `registries` names a mirror for it, check the address; if its vendor changed the index, `devshell \
                 add url:{}@VERSION --url ADDRESS` takes a file from its address",
                tool.short()
            ),
            Self::NoFile { .. } | Self::Format { .. } => {
                "another version may have files; name it in the manifest".to_owned()
            }
        })
    }
}
