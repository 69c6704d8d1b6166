//! What a log line may say about the error of a codec: its reason, without the values.
//!
//! The text of such an error may hold what the peer sent, a password for instance. A text of this library, and a text
//! in a form of serde's, is logged after the values in it have been taken out. Any other text comes from a user's code
//! and is not logged. Knows texts. Does not know codecs.

use std::fmt::{self, Display};

/// What stands in place of a value.
const VALUE: &str = "…";

/// Texts that hold no value. Of each, the part that is written here is logged.
const PLAIN: [&str; 30] = [
    "missing field ",
    "duplicate field ",
    "invalid length ",
    "the message ends inside a value",
    "bytes left over after the value",
    "an array, map or enum has the wrong number of elements",
    "arrays, maps and enums nest too deep",
    "options and newtypes nest too deep",
    "the value takes too much memory for the length of its message",
    "the message is longer than 4 GiB",
    "array had incorrect length",
    "depth limit exceeded",
    "numeric cast found out of range",
    "string found to be invalid utf8",
    "IO error while reading marker",
    "IO error while reading data",
    "u128 is not supported",
    "i128 is not supported",
    "data did not match any variant of untagged enum",
    "a list or map announces more elements than the message has bytes",
    "the message is not JSON",
    "JSON has neither NaN nor infinity",
    "key must be a string",
    "a bool or an option is neither 0 nor 1",
    "a number has more bits than its type",
    "a character is not one of Unicode",
    "text is not UTF-8",
    "postcard does not say what a message holds",
    "the number of elements is not known before they are encoded",
    "a field is skipped, and those after it would be taken for it",
];

/// Kinds of values, as serde names them before the value itself.
const KINDS: [&str; 17] = [
    "boolean",
    "integer",
    "floating point",
    "character",
    "string",
    "byte array",
    "unit value",
    "Option value",
    "newtype struct",
    "sequence",
    "map",
    "enum",
    "unit variant",
    "newtype variant",
    "tuple variant",
    "struct variant",
    "null",
];

/// The reason that `error` gives, without values.
pub(crate) fn told(error: &dyn Display) -> Told {
    // A user's `Display` is stopped when it has written more than is looked at.
    let text = super::line::line(format_args!("{error}"), super::line::LONGEST);
    Told(
        reason(&text)
            .unwrap_or_else(|| "for a reason that is not told, since it may hold values".into()),
    )
}

/// A reason that may be logged.
pub(crate) struct Told(String);

impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn reason(text: &str) -> Option<String> {
    let text = without_place(text);
    for form in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = text.strip_prefix(form) {
            let kind = KINDS.iter().find(|kind| rest.starts_with(**kind))?;
            return Some(format!("{form}{kind}{}", expected(rest.strip_prefix(kind)?)));
        }
    }
    for form in ["unknown variant ", "unknown field "] {
        if let Some(rest) = text.strip_prefix(form) {
            let without = form.trim_end();
            return Some(format!("{without}{}", expected(rest)));
        }
    }
    if let Some(marker) = text.strip_prefix("wrong msgpack marker ") {
        // Small numbers are part of their marker.
        let name: String = marker.chars().take_while(char::is_ascii_alphabetic).collect();
        return Some(format!("wrong msgpack marker {name}"));
    }
    let plain = PLAIN.iter().find(|plain| text.starts_with(**plain))?;
    let named = plain.ends_with("field ").then(|| quoted(text.strip_prefix(plain)?)).flatten();
    Some(format!(
        "{}{}",
        plain.trim_end(),
        named.map(|name| format!(" `{name}`")).unwrap_or_default()
    ))
}

/// The text without the place that `serde_json` puts behind it: ` at line 1 column 9`. Rules that look at the end of a
/// text must see the end of serde's part.
fn without_place(text: &str) -> &str {
    let place = text.rsplit_once(" at line ").filter(|(_, place)| {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        place.split_once(" column ").is_some_and(|(line, column)| number(line) && number(column))
    });
    place.map_or(text, |(text, _)| text)
}

/// A name in back quotes, as serde writes the names of a type's own fields.
fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('`')?.split_once('`').map(|(name, _)| name)
}

/// The part that says what the type expects. It stands behind the value, and the last such words count, since a value
/// may contain them too.
fn expected(rest: &str) -> String {
    // If the text has no such part, or was cut, the words found would be part of the value.
    let without = ["there are no variants", "there are no fields", VALUE];
    match rest.rsplit_once(", expected ") {
        Some((_, expected)) if !without.iter().any(|end| rest.ends_with(end)) => {
            format!(" {VALUE}, expected {expected}")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::value::Error;
    use serde::de::{Error as _, Unexpected};

    fn of(error: &Error) -> String {
        told(error).to_string()
    }

    #[test]
    fn the_forms_of_serde_are_told_without_their_values() {
        let secret = "hunter2, expected `x";
        for (error, expected) in [
            (
                Error::invalid_type(Unexpected::Str(secret), &"u64"),
                "invalid type: string …, expected u64",
            ),
            (
                Error::invalid_value(Unexpected::Signed(-4711), &"a port"),
                "invalid value: integer …, expected a port",
            ),
            (
                Error::unknown_variant(secret, &["Red", "Green"]),
                "unknown variant …, expected `Red` or `Green`",
            ),
            (Error::unknown_field(secret, &["key"]), "unknown field …, expected `key`"),
            (Error::missing_field("key"), "missing field `key`"),
            (Error::duplicate_field("key"), "duplicate field `key`"),
            (Error::invalid_length(4711, &"two"), "invalid length"),
            (Error::unknown_variant(secret, &[]), "unknown variant"),
            (
                Error::invalid_type(Unexpected::Str(&secret.repeat(999)), &"u64"),
                "invalid type: string",
            ),
        ] {
            assert_eq!(of(&error), expected);
        }
    }

    #[test]
    fn the_errors_of_every_codec_are_told_without_their_values() {
        use razor_rpc_codec::{Codec, JsonCodec, PostcardCodec};
        use serde::Deserialize;

        #[derive(Debug, Deserialize)]
        enum Nothing {}
        #[derive(Debug, Deserialize)]
        struct Login {
            #[expect(dead_code, reason = "never decoded")]
            name: u64,
        }
        fn json<T: for<'de> Deserialize<'de>>(text: &str) -> String {
            told(&JsonCodec.decode::<T>(text.as_bytes()).err().expect("an error")).to_string()
        }
        fn postcard<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> String {
            told(&PostcardCodec.decode::<T>(bytes).err().expect("an error")).to_string()
        }
        let secret = "hunter2, expected `x";
        assert_eq!(json::<Nothing>(&format!("\"{secret}\"")), "unknown variant");
        assert_eq!(json::<Login>("{}"), "missing field `name`");
        let wrong = json::<Login>(&format!("{{\"name\":\"{secret} at line 1 column 2\"}}"));
        assert_eq!(wrong, "invalid type: string …, expected u64");
        assert_eq!(json::<Login>(&format!("{{{secret}")), "the message is not JSON");
        assert_eq!(json::<Login>("{\"name\":"), "the message ends inside a value");
        assert_eq!(json::<u8>("1 2"), "bytes left over after the value");
        let endless = &[0xff, 0xff, 0x7f];
        let many = "a list or map announces more elements than the message has bytes";
        assert_eq!(postcard::<Vec<()>>(endless), many);
        assert_eq!(postcard::<Login>(&[0xff; 11]), "a number has more bits than its type");
        assert_eq!(postcard::<Login>(&[1, 2]), "bytes left over after the value");
        assert_eq!(postcard::<String>(&[1, 0xff]), "text is not UTF-8");
        assert_eq!(postcard::<bool>(&[2]), "a bool or an option is neither 0 nor 1");
        let variant = postcard::<Nothing>(&[7]);
        assert!(!variant.contains('7'), "{variant}");
    }

    #[test]
    fn a_text_of_a_user_is_not_told() {
        for text in ["no such user: hunter2", "invalid type: hunter2", "hunter2", ""] {
            let told = of(&Error::custom(text));
            assert!(!told.contains("hunter2") && told.starts_with("for a reason"), "{told}");
        }
    }
    #[test]
    fn the_marker_of_a_number_is_told_without_the_number() {
        let error = Error::custom("wrong msgpack marker FixPos(47)");
        assert_eq!(of(&error), "wrong msgpack marker FixPos");
    }
}
