//! The schemas of words and keys out of lists that the code holds elsewhere.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::archive::Format;
use crate::manifest::url_tool::RENAMED;
use crate::manifest::{Profile, PythonOrigin};
use crate::platform::Platform;

/// Words out of a list that the code holds elsewhere.
macro_rules! words {
    ($name:ident, $text:literal, $words:expr) => {
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "description": $text, "type": "string", "enum": $words })
            }
        }
    };
}

words!(OriginEntry, "Where an interpreter comes from.", PythonOrigin::ALL.map(PythonOrigin::name));
words!(ProfileEntry, "The components that a Rust toolchain begins with.", Profile::ALL.map(Profile::name));
words!(PlatformEntry, "A platform.", Platform::ALL.map(Platform::name));
words!(LibcName, "A C library.", RENAMED[2].1);
words!(FormatEntry, "A kind of file.", Format::ALL.map(Format::name));

/// An object whose keys are out of a list that the code holds elsewhere.
macro_rules! texts_by {
    ($name:ident, $text:literal, $keys:expr) => {
        pub struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let text = || serde_json::json!({ "type": "string" });
                let properties: serde_json::Map<String, serde_json::Value> =
                    $keys.iter().map(|key| ((*key).to_owned(), text())).collect();
                json_schema!({
                    "description": $text,
                    "type": "object",
                    "properties": properties,
                    "additionalProperties": false,
                })
            }
        }
    };
}

texts_by!(ByPlatform, "A text for each platform.", Platform::ALL.map(Platform::name));
texts_by!(OsWords, "Words for systems.", RENAMED[0].1);
texts_by!(ArchWords, "Words for architectures.", RENAMED[1].1);
texts_by!(LibcWords, "Words for C libraries.", RENAMED[2].1);
