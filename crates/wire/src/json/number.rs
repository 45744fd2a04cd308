//! Numbers, booleans and enums as senders write them in JSON, and how each stands in protobuf.

use crate::protobuf::{Writer, signed};
use crate::schema::Kind;

/// A scalar as protobuf carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
}

impl Scalar {
    /// Reads the JSON text of a scalar, with or without quotes; None where it does not fit the kind.
    pub(super) fn read(kind: Kind, json: &str) -> Option<Self> {
        let text = json.trim_matches('"').trim();
        Some(match kind {
            Kind::Bool => Self::Varint(u64::from(text.parse::<bool>().ok()?)),
            Kind::Int64 => Self::Varint(i64::try_from(integer(text)?).ok()? as u64),
            Kind::Uint64 => Self::Varint(u64::try_from(integer(text)?).ok()?),
            Kind::Uint32 => Self::Varint(u64::from(u32::try_from(integer(text)?).ok()?)),
            Kind::Sint32 => Self::Varint(zigzag(i32::try_from(integer(text)?).ok()?)),
            Kind::Enum { prefix, words } => Self::Varint(signed(enum_number(text, prefix, words)?)),
            Kind::Fixed64 => Self::Fixed64(u64::try_from(integer(text)?).ok()?),
            Kind::Sfixed64 => Self::Fixed64(i64::try_from(integer(text)?).ok()? as u64),
            Kind::Fixed32 => Self::Fixed32(u32::try_from(integer(text)?).ok()?),
            Kind::Double => Self::Fixed64(double(text)?.to_bits()),
            Kind::Text | Kind::Bytes | Kind::Hex(_) | Kind::Message(_) => return None,
        })
    }

    /// Whether this is what an absent field means.
    pub(super) fn is_default(self) -> bool {
        matches!(self, Self::Varint(0) | Self::Fixed64(0) | Self::Fixed32(0))
    }

    pub(super) fn write(self, number: u32, writer: &mut Writer) {
        match self {
            Self::Varint(value) => writer.varint(number, value),
            Self::Fixed64(bits) => writer.fixed64(number, bits),
            Self::Fixed32(bits) => writer.fixed32(number, bits),
        }
    }

    /// Writes it as one element of a packed list.
    pub(super) fn write_packed(self, writer: &mut Writer) {
        match self {
            Self::Varint(value) => writer.untagged_varint(value),
            Self::Fixed64(bits) => writer.encoded(&bits.to_le_bytes()),
            Self::Fixed32(bits) => writer.encoded(&bits.to_le_bytes()),
        }
    }
}

/// Reads a whole number. Wider than any field, so that the range is checked where the field is known.
/// `60.0` and `6e1` are whole numbers too: some languages know no others.
fn integer(text: &str) -> Option<i128> {
    if let Ok(number) = text.parse::<i128>() {
        return Some(number);
    }
    let number = text.parse::<f64>().ok()?;
    let is_whole = number.fract() == 0.0 && number.abs() < 1e20;
    is_whole.then_some(number as i128)
}

/// Reads a double to the nearest one. A number too large for any is refused rather than made infinite.
fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => text.parse::<f64>().ok().filter(|number| number.is_finite()),
    }
}

/// Reads an enum by number or by name; a name from the future says as much as none.
fn enum_number(text: &str, prefix: &str, words: &[&str]) -> Option<i32> {
    if let Some(number) = integer(text) {
        return i32::try_from(number).ok();
    }
    let word = text.strip_prefix(prefix).unwrap_or(text);
    let position = words.iter().position(|known| *known == word).unwrap_or(0);
    i32::try_from(position).ok()
}

/// How a `sint32` stands on the wire (protobuf encoding, "Signed Integers").
fn zigzag(value: i32) -> u64 {
    u64::from(((value << 1) ^ (value >> 31)) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, json: &str, expected: Option<Scalar>) {
        assert_eq!(Scalar::read(kind, json), expected, "{json}");
    }

    #[test]
    fn integers_are_exact_to_the_last_digit_as_text_and_as_number() {
        for json in ["9223372036854775807", "\"9223372036854775807\""] {
            check(Kind::Int64, json, Some(Scalar::Varint(i64::MAX as u64)));
        }
        check(Kind::Int64, "-9223372036854775808", Some(Scalar::Varint(i64::MIN as u64)));
        check(Kind::Int64, "9223372036854775808", None);
        check(Kind::Fixed64, "\"18446744073709551615\"", Some(Scalar::Fixed64(u64::MAX)));
        check(Kind::Fixed64, "18446744073709551616", None);
        check(Kind::Fixed64, "-1", None);
        check(Kind::Uint32, "4294967295", Some(Scalar::Varint(u64::from(u32::MAX))));
        check(Kind::Uint32, "4294967296", None);
        check(Kind::Sint32, "-1", Some(Scalar::Varint(1)));
        check(Kind::Int64, "60.0", Some(Scalar::Varint(60)));
        check(Kind::Int64, "6e1", Some(Scalar::Varint(60)));
        check(Kind::Int64, "-0", Some(Scalar::Varint(0)));
        for json in ["1.5", "1e300", "\"\"", "\"ten\"", "true", "{}", "[]", "\"NaN\""] {
            check(Kind::Int64, json, None);
        }
    }

    #[test]
    fn doubles_are_read_to_the_nearest() {
        for (json, expected) in
            [("0.1", 0.1), ("\"1.5\"", 1.5), ("-0.0", -0.0), ("5e-324", 5e-324), ("123456789.12345679", 123456789.12345679)]
        {
            check(Kind::Double, json, Some(Scalar::Fixed64(f64::to_bits(expected))));
        }
        check(Kind::Double, "\"-Infinity\"", Some(Scalar::Fixed64(f64::NEG_INFINITY.to_bits())));
        check(Kind::Double, "\"NaN\"", Some(Scalar::Fixed64(f64::NAN.to_bits())));
        check(Kind::Double, "1e999", None);
    }

    #[test]
    fn enums_are_numbers_or_names() {
        let kind = Kind::Enum { prefix: "SPAN_KIND_", words: &["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT"] };
        for json in ["3", "\"3\"", "\"SPAN_KIND_CLIENT\"", "\"CLIENT\""] {
            check(kind, json, Some(Scalar::Varint(3)));
        }
        check(kind, "\"SPAN_KIND_FROM_THE_FUTURE\"", Some(Scalar::Varint(0)));
        check(kind, "-1", Some(Scalar::Varint(u64::MAX)));
    }
}
