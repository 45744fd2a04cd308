//! Small compressed bodies that unpack to very large ones.

/// Zstandard: every 4 bytes unpack to 128 KiB, by blocks that say "this byte, so many times" (RFC 8878, 3.1.1.2).
pub(crate) fn zstd_bomb(unpacked_bytes: u64) -> Vec<u8> {
    const BLOCK_BYTES: u64 = 128 * 1024;
    // Magic number; no content size, no checksum; a window of 128 KiB: exponent 7 over 1 KiB.
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, 7 << 3];
    let blocks = unpacked_bytes / BLOCK_BYTES;
    for index in 0..blocks {
        let last = u64::from(index + 1 == blocks);
        let header = BLOCK_BYTES << 3 | 1 << 1 | last;
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(0);
    }
    frame
}

/// Gzip: every 13 bits unpack to 258 zeros, by the longest match at distance one in the fixed code (RFC 1951, 3.2.6).
pub(crate) fn gzip_bomb(unpacked_bytes: u64) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255], ..Bits::default() };
    bits.push(0b1, 1); // The last block,
    bits.push(0b01, 2); // in the fixed code.
    bits.push_code(0b0011_0000, 8); // The literal 0.
    for _ in 0..unpacked_bytes / 258 {
        bits.push_code(0b1100_0101, 8); // Length 258,
        bits.push_code(0, 5); // distance 1.
    }
    bits.push_code(0, 7); // End of block.
    bits.push(0, 7); // Fill the last byte.
    // The trailer (checksum and size) is wrong on purpose: who reads that far has unpacked too much.
    bits.bytes.extend([0; 8]);
    bits.bytes
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    open: u32,
    open_bits: u32,
}

impl Bits {
    /// Adds a number, lowest bit first.
    fn push(&mut self, value: u32, count: u32) {
        self.open |= value << self.open_bits;
        self.open_bits += count;
        while self.open_bits >= 8 {
            self.bytes.push(self.open.to_le_bytes()[0]);
            self.open >>= 8;
            self.open_bits -= 8;
        }
    }

    /// Adds a Huffman code, highest bit first.
    fn push_code(&mut self, code: u32, count: u32) {
        self.push(code.reverse_bits() >> (32 - count), count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_small() {
        assert!(zstd_bomb(1 << 30).len() < 64 * 1024);
        assert!(gzip_bomb(1 << 30).len() < 8 * 1024 * 1024);
    }

    #[test]
    fn a_gzip_bomb_is_a_true_deflate_stream() {
        // Python's zlib reads 1 + 3 * 258 zeros out of these bytes (and then misses the checksum).
        assert_eq!(gzip_bomb(774)[10..], [0x63, 0x18, 0x05, 0xA3, 0x60, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
