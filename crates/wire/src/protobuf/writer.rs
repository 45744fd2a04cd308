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
        self.tag(number, 2);
        self.bytes.push(0);
        Open { length_at: self.bytes.len() - 1 }
    }

    /// Closes what `begin` opened. One byte was kept for the length; a longer one moves the content, which is rare and cheap.
    pub(crate) fn end(&mut self, open: Open) {
        let start = open.length_at + 1;
        let length = self.bytes.len() - start;
        if length < 0x80 {
            self.bytes[open.length_at] = length as u8;
            return;
        }
        let mut encoded = Writer::new();
        encoded.untagged_varint(length as u64);
        self.bytes.splice(open.length_at..start, encoded.bytes);
    }

    /// Writes a message inside this one.
    pub(crate) fn message(&mut self, number: u32, write: impl FnOnce(&mut Self)) {
        let open = self.begin(number);
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
        for (length, prefix) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (3_000_000, 4)] {
            let mut writer = Writer::new();
            writer.message(2, |inner| inner.encoded(&vec![7; length]));
            writer.varint(1, 5);
            assert_eq!(writer.as_bytes().len(), 1 + prefix + length + 2);
            let mut reader = Reader::new(writer.as_bytes());
            assert_eq!(reader.next().unwrap().unwrap().bytes().unwrap(), vec![7; length]);
            assert_eq!(reader.next().unwrap().unwrap().wire, Wire::Varint(5));
        }
    }
}
