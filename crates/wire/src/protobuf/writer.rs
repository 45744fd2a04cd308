//! Writes a message field by field, in one buffer.

/// A message being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Appends what is already encoded.
    pub(crate) fn encoded(&mut self, fields: &[u8]) {
        self.bytes.extend_from_slice(fields);
    }

    pub(crate) fn varint(&mut self, number: u32, value: u64) {
        self.tag(number, 0);
        self.untagged_varint(value);
    }

    pub(crate) fn fixed64(&mut self, number: u32, bits: u64) {
        self.tag(number, 1);
        self.bytes.extend_from_slice(&bits.to_le_bytes());
    }

    pub(crate) fn fixed32(&mut self, number: u32, bits: u32) {
        self.tag(number, 5);
        self.bytes.extend_from_slice(&bits.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, number: u32, content: &[u8]) {
        self.tag(number, 2);
        self.untagged_varint(content.len() as u64);
        self.bytes.extend_from_slice(content);
    }

    /// Opens a message inside this one; what is written until `end` belongs to it.
    pub(crate) fn begin(&mut self, number: u32) -> Open {
        self.begin_about(number, 0)
    }

    /// Opens a message of which it is known about how long it is.
    fn begin_about(&mut self, number: u32, expected: usize) -> Open {
        self.tag(number, 2);
        let length_at = self.bytes.len();
        self.bytes.resize(length_at + length_of_varint(expected as u64), 0);
        Open { length_at, start: self.bytes.len() }
    }

    /// Closes what `begin` opened. A length that needs other room than was kept for it moves the content.
    pub(crate) fn end(&mut self, open: Open) {
        let Open { length_at, start } = open;
        let length = self.bytes.len() - start;
        let content_at = length_at + length_of_varint(length as u64);
        if content_at != start {
            self.bytes.resize(self.bytes.len().max(content_at + length), 0);
            self.bytes.copy_within(start..start + length, content_at);
            self.bytes.truncate(content_at + length);
        }
        let mut left = length;
        for byte in &mut self.bytes[length_at..content_at] {
            *byte = left as u8 | 0x80;
            left >>= 7;
        }
        self.bytes[content_at - 1] &= 0x7f;
    }

    /// Writes a message inside this one.
    pub(crate) fn message(&mut self, number: u32, write: impl FnOnce(&mut Self)) {
        self.message_about(number, 0, write);
    }

    /// Writes a message of which it is known about how long it is, so that its content need not move.
    pub(crate) fn message_about(&mut self, number: u32, expected: usize, write: impl FnOnce(&mut Self)) {
        let open = self.begin_about(number, expected);
        write(self);
        self.end(open);
    }

    pub(crate) fn untagged_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    // Fields of proto3 without presence: their default is not written, and is what an absent field means.

    pub(crate) fn text_unless_empty(&mut self, number: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(number, text.as_bytes());
        }
    }

    pub(crate) fn varint_unless_zero(&mut self, number: u32, value: u64) {
        if value != 0 {
            self.varint(number, value);
        }
    }

    pub(crate) fn fixed64_unless_zero(&mut self, number: u32, bits: u64) {
        if bits != 0 {
            self.fixed64(number, bits);
        }
    }

    pub(crate) fn fixed32_unless_zero(&mut self, number: u32, bits: u32) {
        if bits != 0 {
            self.fixed32(number, bits);
        }
    }

    fn tag(&mut self, number: u32, wire_type: u64) {
        self.untagged_varint(u64::from(number) << 3 | wire_type);
    }
}

/// A message whose end is not written yet.
#[derive(Debug)]
#[must_use]
pub(crate) struct Open {
    length_at: usize,
    /// Where its content begins.
    start: usize,
}

/// How many bytes a number takes as a varint.
pub(crate) fn length_of_varint(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// How an `int32` or enum stands on the wire: negative ones as 64 bits.
pub(crate) fn signed(value: i32) -> u64 {
    i64::from(value) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::{Reader, Wire};

    #[test]
    fn a_message_of_any_length_has_the_shortest_length_prefix() {
        let lengths = [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (3_000_000, 4)];
        // Right or wrong, what is expected changes nothing.
        let expected = [0, 128, 16_384, usize::MAX];
        for ((length, prefix), expected) in lengths.into_iter().flat_map(|length| expected.map(|expected| (length, expected))) {
            let mut writer = Writer::new();
            writer.message_about(2, expected, |inner| inner.encoded(&vec![7; length]));
            writer.varint(1, 5);
            assert_eq!(writer.as_bytes().len(), 1 + prefix + length + 2);
            let mut reader = Reader::new(writer.as_bytes());
            assert_eq!(reader.next().unwrap().unwrap().bytes().unwrap(), vec![7; length]);
            assert_eq!(reader.next().unwrap().unwrap().wire, Wire::Varint(5));
        }
    }
}
