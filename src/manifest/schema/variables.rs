//! What the schemas say about the names of variables: which there can be, and which are devshell's own to set, as
//! [`VarName`](crate::name::VarName) decides it for the parser.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// The names that devshell keeps for itself: what begins like this, the second in whatever case.
const RESERVED: [&str; 2] = ["^DEVSHELL_", "^__[Dd][Ee][Vv][Ss][Hh][Ee][Ll][Ll]_"];

fn are_reserved() -> Vec<Value> {
    RESERVED.map(|pattern| json!({ "pattern": pattern })).to_vec()
}

/// Values by the names of variables.
pub struct Variables<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Variables<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Variables_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": { "anyOf": are_reserved() } },
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

/// A variable, or with a `*` at the end all that begin like it.
pub struct Pattern;

impl JsonSchema for Pattern {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*\\*?$",
            "not": { "anyOf": are_reserved() },
        })
    }
}
