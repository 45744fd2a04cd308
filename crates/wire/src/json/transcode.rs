//! Rewrites one JSON message as protobuf while it is parsed, led by the schema.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::number::Scalar;
use crate::protobuf::Writer;
use crate::rejection::{Reason, RecordError};
use crate::schema::{Field, Kind, Message, Presence};

/// Appends a JSON object as the fields of a message. On an error the writer holds what came before it.
pub(super) fn transcode(message: &'static Message, json: &str, depth_max: usize, writer: &mut Writer) -> Result<(), RecordError> {
    run(json, depth_max, writer, |target| Target::Message(target, message))
}

/// Appends the JSON value of one field.
pub(super) fn transcode_field(field: &'static Field, json: &str, depth_max: usize, writer: &mut Writer) -> Result<(), RecordError> {
    run(json, depth_max, writer, |target| Target::Field(target, field))
}

fn run(
    json: &str,
    depth_left: usize,
    writer: &mut Writer,
    target: impl for<'t, 'w> FnOnce(&'t mut State<'w>) -> Target<'t, 'w>,
) -> Result<(), RecordError> {
    let mut state = State { writer, depth_left, failure: None };
    let outcome = target(&mut state).deserialize(&mut serde_json::Deserializer::from_str(json));
    match (outcome, state.failure) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(failure)) => Err(failure),
        (Err(_), None) => Err(RecordError::new(Reason::Malformed, "JSON does not follow the schema")),
    }
}

/// How deep values may nest before a new parser takes over. One value may stand four JSON levels inside the other, and the parser
/// stops at 128 levels.
const DEPTH_OF_ONE_PARSER: usize = 16;

/// Where the rewriting has got to.
struct State<'w> {
    writer: &'w mut Writer,
    /// How many values may still stand inside each other here.
    depth_left: usize,
    /// What went wrong; the parser's errors cannot carry it.
    failure: Option<RecordError>,
}

impl State<'_> {
    fn fail<E: serde::de::Error>(&mut self, reason: Reason, detail: impl Into<String>) -> E {
        self.failure.get_or_insert_with(|| RecordError::new(reason, detail));
        E::custom("see failure")
    }
}

/// What the next JSON value is read as.
enum Target<'t, 'w> {
    Message(&'t mut State<'w>, &'static Message),
    /// A field's value: null, or a list where the field is repeated.
    Field(&'t mut State<'w>, &'static Field),
    /// One value of a field, to be written with its tag.
    One(&'t mut State<'w>, &'static Field),
    /// One number of a packed list.
    Packed(&'t mut State<'w>, &'static Field),
}

impl<'de> DeserializeSeed<'de> for Target<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Self::Message(state, message) => deserializer.deserialize_map(Fields { state, message }),
            Self::Field(state, field) => {
                let outcome = deserializer.deserialize_option(Nullable { state: &mut *state, field });
                outcome.map_err(|_| state.fail(Reason::Malformed, format!("`{}` does not follow the schema", field.name)))
            }
            Self::One(state, field) => write_one(state, field, deserializer),
            Self::Packed(state, field) => {
                let scalar = read_scalar(state, field, deserializer)?;
                scalar.write_packed(state.writer);
                Ok(())
            }
        }
    }
}

fn write_one<'de, D: Deserializer<'de>>(state: &mut State<'_>, field: &'static Field, deserializer: D) -> Result<(), D::Error> {
    match field.kind {
        Kind::Text => deserializer.deserialize_bytes(Text { state, field }),
        Kind::Bytes => {
            let text = String::deserialize(deserializer)?;
            let bytes = base64_bytes(&text).ok_or_else(|| state.fail(Reason::InvalidValue, format!("`{}` is not base64", field.name)))?;
            write_bytes(state, field, &bytes);
            Ok(())
        }
        Kind::Hex(reason) => {
            let text = String::deserialize(deserializer)?;
            match (hex_bytes(&text), reason) {
                (Some(bytes), _) => write_bytes(state, field, &bytes),
                (None, Some(reason)) => return Err(state.fail(reason, format!("`{}` is not hex", field.name))),
                (None, None) => {}
            }
            Ok(())
        }
        Kind::Message(message) if message.is_any_value() => write_value(state, field, message, deserializer),
        Kind::Message(message) => write_message(state, field, message, deserializer),
        _ => {
            let scalar = read_scalar(state, field, deserializer)?;
            if field.presence != Presence::Implicit || !scalar.is_default() {
                scalar.write(field.number, state.writer);
            }
            Ok(())
        }
    }
}

fn write_message<'de, D: Deserializer<'de>>(
    state: &mut State<'_>,
    field: &'static Field,
    message: &'static Message,
    deserializer: D,
) -> Result<(), D::Error> {
    let open = state.writer.begin(field.number);
    Target::Message(&mut *state, message).deserialize(deserializer)?;
    state.writer.end(open);
    Ok(())
}

/// Writes a message that may contain itself.
fn write_value<'de, D: Deserializer<'de>>(
    state: &mut State<'_>,
    field: &'static Field,
    message: &'static Message,
    deserializer: D,
) -> Result<(), D::Error> {
    let depth_left = state.depth_left;
    state.depth_left = depth_left.checked_sub(1).ok_or_else(|| state.fail(Reason::TooDeep, "value is nested too deep"))?;
    if depth_left.is_multiple_of(DEPTH_OF_ONE_PARSER) {
        let json = <&RawValue>::deserialize(deserializer)?;
        let mut parser = serde_json::Deserializer::from_str(json.get());
        write_message(state, field, message, &mut parser).map_err(D::Error::custom)?;
    } else {
        write_message(state, field, message, deserializer)?;
    }
    state.depth_left = depth_left;
    Ok(())
}

fn read_scalar<'de, D: Deserializer<'de>>(state: &mut State<'_>, field: &'static Field, deserializer: D) -> Result<Scalar, D::Error> {
    let json = <&RawValue>::deserialize(deserializer)?;
    Scalar::read(field.kind, json.get())
        .ok_or_else(|| state.fail(Reason::InvalidValue, format!("`{}` does not hold a value that fits", field.name)))
}

fn write_bytes(state: &mut State<'_>, field: &Field, bytes: &[u8]) {
    if field.presence != Presence::Implicit || !bytes.is_empty() {
        state.writer.bytes(field.number, bytes);
    }
}

/// Standard or URL-safe alphabet, padded or not: proto3 JSON accepts all four.
fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(hex_digit(pair[0])? << 4 | hex_digit(pair[1])?)).collect()
}

fn hex_digit(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|value| value as u8)
}

/// The fields of a JSON object.
struct Fields<'t, 'w> {
    state: &'t mut State<'w>,
    message: &'static Message,
}

impl<'de> Visitor<'de> for Fields<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(field) = fields.next_key_seed(FieldName(self.message))? {
            match field {
                Some(field) => fields.next_value_seed(Target::Field(&mut *self.state, field))?,
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A key of a JSON object, looked up without keeping it.
struct FieldName(&'static Message);

impl<'de> DeserializeSeed<'de> for FieldName {
    type Value = Option<&'static Field>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<&'static Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.field_named(name))
    }
}

/// The value of a field: absent as null, one, or many.
struct Nullable<'t, 'w> {
    state: &'t mut State<'w>,
    field: &'static Field,
}

impl<'de> Visitor<'de> for Nullable<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.field.presence == Presence::Repeated {
            return deserializer.deserialize_seq(Elements { state: self.state, field: self.field });
        }
        write_one(self.state, self.field, deserializer)
    }
}

/// The elements of a repeated field. Numbers are packed into one field.
struct Elements<'t, 'w> {
    state: &'t mut State<'w>,
    field: &'static Field,
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let (state, field) = (self.state, self.field);
        if matches!(field.kind, Kind::Text | Kind::Bytes | Kind::Hex(_) | Kind::Message(_)) {
            while elements.next_element_seed(Target::One(&mut *state, field))?.is_some() {}
            return Ok(());
        }
        let open = state.writer.begin(field.number);
        while elements.next_element_seed(Target::Packed(&mut *state, field))?.is_some() {}
        state.writer.end(open);
        Ok(())
    }
}

/// A text. Taken as bytes, since half an emoji (`"\ud83d"`) is legal JSON and no Rust text; the protobuf reader mends it.
struct Text<'t, 'w> {
    state: &'t mut State<'w>,
    field: &'static Field,
}

impl Visitor<'_> for Text<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<(), E> {
        write_bytes(self.state, self.field, text);
        Ok(())
    }
}
