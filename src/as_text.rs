//! For a type that files have as its text: `serde` reads it by `FromStr` and writes it by `Display`.

macro_rules! as_text {
    ($name:ty) => {
        impl TryFrom<String> for $name {
            type Error = <Self as ::std::str::FromStr>::Err;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}
