//! Reads a message field by field. Borrows everything, allocates nothing.

use crate::rejection::{Reason, RecordError};

/// Why bytes are not a protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct ReadError {
    pub(crate) what: &'static str,
}

impl From<ReadError> for RecordError {
    fn from(error: ReadError) -> Self {
        RecordError::new(Reason::Malformed, error.what)
    }
}

const CUT_SHORT: ReadError = ReadError { what: "message ends in the middle of a field" };
const VARINT_TOO_LONG: ReadError = ReadError { what: "number of more than ten bytes" };
const BAD_TAG: ReadError = ReadError { what: "field tag is not valid" };
const BAD_GROUP: ReadError = ReadError { what: "group is not closed" };
const WRONG_TYPE: ReadError = ReadError { what: "field has another wire type than its schema says" };

/// A value as far as the wire tells; the schema knows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    /// Deprecated in protobuf and never used by OTLP; skipped whole.
    Group,
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) wire: Wire<'a>,
    /// The field with its tag, as it stands in the message.
    pub(crate) whole: &'a [u8],
}

/// Walks over the fields of one message.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Returns the next field, None at the end of the message.
    pub(crate) fn next(&mut self) -> Result<Option<Field<'a>>, ReadError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let start = self.rest;
        let (number, wire_type) = self.tag()?;
        let wire = match wire_type {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => Wire::Bytes(self.delimited()?),
            3 => self.skip_group(number)?,
            5 => Wire::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(BAD_TAG),
        };
        Ok(Some(Field { number, wire, whole: &start[..start.len() - self.rest.len()] }))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn varint(&mut self) -> Result<u64, ReadError> {
        let mut number = 0u64;
        for position in 0..10 {
            let (&byte, rest) = self.rest.split_first().ok_or(CUT_SHORT)?;
            self.rest = rest;
            // Bits beyond the 64th are dropped, as all decoders do.
            number |= u64::from(byte & 0x7f) << (7 * position);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(VARINT_TOO_LONG)
    }

    pub(crate) fn array<const BYTES: usize>(&mut self) -> Result<[u8; BYTES], ReadError> {
        let (head, rest) = self.rest.split_first_chunk::<BYTES>().ok_or(CUT_SHORT)?;
        self.rest = rest;
        Ok(*head)
    }

    fn tag(&mut self) -> Result<(u32, u8), ReadError> {
        let tag = u32::try_from(self.varint()?).map_err(|_| BAD_TAG)?;
        match (tag >> 3, tag as u8 & 7) {
            (0, _) => Err(BAD_TAG),
            found => Ok(found),
        }
    }

    fn delimited(&mut self) -> Result<&'a [u8], ReadError> {
        let length = usize::try_from(self.varint()?).map_err(|_| CUT_SHORT)?;
        let (content, rest) = self.rest.split_at_checked(length).ok_or(CUT_SHORT)?;
        self.rest = rest;
        Ok(content)
    }

    /// Skips to the end of a group, groups inside it included. A counter stands for the stack, so that no depth can exhaust it;
    /// that the inner numbers match is not checked.
    fn skip_group(&mut self, number: u32) -> Result<Wire<'a>, ReadError> {
        let mut open = 1usize;
        loop {
            if self.rest.is_empty() {
                return Err(BAD_GROUP);
            }
            let (inner, wire_type) = self.tag()?;
            match wire_type {
                0 => drop(self.varint()?),
                1 => drop(self.array::<8>()?),
                2 => drop(self.delimited()?),
                3 => open += 1,
                4 => open -= 1,
                5 => drop(self.array::<4>()?),
                _ => return Err(BAD_TAG),
            }
            if open == 0 {
                return if inner == number { Ok(Wire::Group) } else { Err(BAD_GROUP) };
            }
        }
    }
}

impl<'a> Field<'a> {
    /// Returns the content of a message, text or bytes field.
    pub(crate) fn bytes(&self) -> Result<&'a [u8], ReadError> {
        match self.wire {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(WRONG_TYPE),
        }
    }

    pub(crate) fn varint(&self) -> Result<u64, ReadError> {
        match self.wire {
            Wire::Varint(number) => Ok(number),
            _ => Err(WRONG_TYPE),
        }
    }

    /// Returns a `uint32`; wider numbers lose their upper bits, as all decoders do.
    pub(crate) fn u32(&self) -> Result<u32, ReadError> {
        Ok(self.varint()? as u32)
    }

    /// Returns an `int32` or an enum; negative ones stand as 64 bits on the wire.
    pub(crate) fn i32(&self) -> Result<i32, ReadError> {
        Ok(self.varint()? as i32)
    }

    pub(crate) fn fixed64(&self) -> Result<u64, ReadError> {
        match self.wire {
            Wire::Fixed64(bits) => Ok(bits),
            _ => Err(WRONG_TYPE),
        }
    }

    pub(crate) fn fixed32(&self) -> Result<u32, ReadError> {
        match self.wire {
            Wire::Fixed32(bits) => Ok(bits),
            _ => Err(WRONG_TYPE),
        }
    }

    /// Returns a text.
    ///
    /// JavaScript can cut a text in the middle of an emoji, and its protobuf writers then send half a surrogate pair, which is not UTF-8.
    /// That half is nothing anybody could show: it becomes U+FFFD, as it does when JavaScript itself makes UTF-8. Anything else that is
    /// not UTF-8 is refused.
    pub(crate) fn text(&self) -> Result<String, RecordError> {
        let bytes = self.bytes()?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => {
                String::from_utf8(with_halves_replaced(bytes)).map_err(|_| RecordError::new(Reason::InvalidUtf8, "text is not UTF-8"))
            }
        }
    }
}

/// Returns a text field of a message that may be damaged.
pub(crate) fn text_of(message: &[u8], number: u32) -> Option<&str> {
    let mut fields = Reader::new(message);
    while let Ok(Some(field)) = fields.next() {
        if field.number == number {
            return std::str::from_utf8(field.bytes().ok()?).ok().filter(|text| !text.is_empty());
        }
    }
    None
}

/// Replaces each encoded surrogate (`ED A0..BF xx`) by U+FFFD, which is three bytes as well.
fn with_halves_replaced(bytes: &[u8]) -> Vec<u8> {
    let mut mended = bytes.to_vec();
    let mut at = 0;
    while at + 3 <= mended.len() {
        if let [0xed, 0xa0..=0xbf, 0x80..=0xbf] = mended[at..at + 3] {
            mended[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
            at += 3;
        } else {
            at += 1;
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(message: &[u8]) -> Result<Vec<(u32, Wire<'_>)>, ReadError> {
        let mut reader = Reader::new(message);
        let mut found = Vec::new();
        while let Some(field) = reader.next()? {
            found.push((field.number, field.wire));
        }
        Ok(found)
    }

    #[test]
    fn each_wire_type_is_read() {
        let message = b"\x08\x96\x01\x11\x01\0\0\0\0\0\0\0\x1a\x02hi\x25\x02\0\0\0";
        let expected = vec![(1, Wire::Varint(150)), (2, Wire::Fixed64(1)), (3, Wire::Bytes(b"hi")), (4, Wire::Fixed32(2))];
        assert_eq!(fields(message), Ok(expected));
    }

    #[test]
    fn groups_are_skipped_however_deep() {
        let mut message = vec![0x0b; 1_000_000];
        message.extend(vec![0x0c; 1_000_000]);
        message.extend(b"\x10\x01");
        assert_eq!(fields(&message), Ok(vec![(1, Wire::Group), (2, Wire::Varint(1))]));
        assert_eq!(fields(&message[..1_500_000]), Err(BAD_GROUP));
        assert_eq!(fields(b"\x0c"), Err(BAD_TAG));
    }

    #[test]
    fn broken_bytes_are_errors() {
        assert_eq!(fields(b"\x08"), Err(CUT_SHORT));
        assert_eq!(fields(b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), Err(VARINT_TOO_LONG));
        assert_eq!(fields(b"\x0a\x05hi"), Err(CUT_SHORT));
        assert_eq!(fields(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01hi"), Err(CUT_SHORT));
        assert_eq!(fields(b"\x00\x01"), Err(BAD_TAG));
        assert_eq!(fields(b"\x0f\x01"), Err(BAD_TAG));
    }

    #[test]
    fn half_an_emoji_is_mended_and_other_invalid_text_is_not() {
        let text = |bytes: &'static [u8]| Field { number: 1, wire: Wire::Bytes(bytes), whole: bytes }.text();
        assert_eq!(text(b"cut \xed\xa0\xbd").unwrap(), "cut \u{fffd}");
        assert_eq!(text("한 whole 🎉".as_bytes()).unwrap(), "한 whole 🎉");
        assert_eq!(text(b"\xff").unwrap_err().reason, Reason::InvalidUtf8);
        assert_eq!(text(b"\xed\xa0").unwrap_err().reason, Reason::InvalidUtf8);
    }
}
