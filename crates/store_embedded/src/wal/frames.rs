//! Where the records of a file begin and end.
//!
//! A record stands between its frame and an empty one, which tells that all of it was written: what lacks that is what a crash leaves and
//! was never acknowledged, what has it and is not as its checksum says was harmed. So both can be told apart in a file whose length says
//! nothing. They are told wrongly where power fails and a disk has written the end of a record before its middle: that is harm, for
//! nobody can know; and where the end of the very last record is lost on disk: that is a record cut off.

use std::hash::{BuildHasher, RandomState};

use memchr::memmem;

/// Length of the payload, its checksum, checksum of all before: what a frame has behind its mark.
const FIELDS_BYTES: usize = 12;
const MARK_COMMON: &[u8; 4] = b"clwr";
/// Of files of today.
pub(super) const MARK_BYTES: usize = 8;
pub(super) const FRAME_BYTES: usize = MARK_BYTES + FIELDS_BYTES;

/// What the frames of a file begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// In the first two formats, which had no empty frames either: a file ended with its last record.
    Common,
    /// Known to nobody before the file is written, so that neither what it held before nor what was sent is ever taken for a record.
    Own([u8; MARK_BYTES]),
}

impl Mark {
    /// Makes one that stands nowhere yet.
    pub(super) fn new(number: u64) -> Self {
        Self::Own(RandomState::new().hash_one(number).to_le_bytes())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Common => MARK_COMMON,
            Self::Own(bytes) => bytes,
        }
    }

    /// Writes the frame of a payload into its place in front of it.
    pub(super) fn write_frame(&self, frame: &mut [u8], payload: &[u8]) {
        let at = self.bytes().len();
        frame[..at].copy_from_slice(self.bytes());
        frame[at..at + 4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        frame[at + 4..at + 8].copy_from_slice(&crc32c::crc32c(payload).to_le_bytes());
        let checksum = crc32c::crc32c(&frame[..at + 8]);
        frame[at + 8..].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// Why bytes are not what was written.
pub(super) type Damage = String;

/// What stands behind the last record that is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// No record was begun there.
    Blank,
    /// What a crash leaves of a record that was being written.
    Unfinished,
    /// A record that is not as it was written.
    Harmed,
}

/// The bytes of a file, and by what its frames are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frames<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) mark: Mark,
}

impl<'a> Frames<'a> {
    /// Takes the payload of the record that begins at an offset, if all of it is there and unharmed; that of an empty frame is empty.
    pub(super) fn payload_at(&self, offset: usize) -> Result<&'a [u8], Damage> {
        let frame = self.bytes.get(offset..offset + self.frame_bytes()).ok_or("the frame is cut off")?;
        let (length, checksum) = self.fields(frame).ok_or("the frame is no frame")?;
        let begin = offset + frame.len();
        let payload = self.bytes.get(begin..begin + length).ok_or("the record is cut off")?;
        if crc32c::crc32c(payload) != checksum {
            return Err("the checksum does not match".into());
        }
        Ok(payload)
    }

    pub(super) fn frame_bytes(&self) -> usize {
        self.mark.bytes().len() + FIELDS_BYTES
    }

    /// Returns the length and the checksum that an unharmed frame tells.
    fn fields(&self, frame: &[u8]) -> Option<(usize, u32)> {
        let (told, checksum) = frame.split_at(frame.len() - 4);
        let is_right = told.starts_with(self.mark.bytes()) && crc32c::crc32c(told) == u32_at(checksum, 0);
        let at = self.mark.bytes().len();
        is_right.then(|| (u32_at(told, at) as usize, u32_at(told, at + 4)))
    }

    /// Where the record ends that begins at an offset, by its frame; None where the frame is harmed.
    pub(super) fn end_of(&self, offset: usize) -> Option<usize> {
        let frame = self.bytes.get(offset..offset + self.frame_bytes())?;
        Some(offset + frame.len() + self.fields(frame)?.0)
    }

    /// Looks for the next unharmed record or empty frame behind one that is not.
    pub(super) fn next_behind(&self, offset: usize) -> Option<usize> {
        match self.mark {
            Mark::Own(_) => self.first_from(offset + 1),
            // What lies inside of a record was sent by somebody, and may look like one: a frame that is whole tells where its record ends.
            Mark::Common => self.end_of(offset).or_else(|| self.first_from(offset + 1)).filter(|next| *next < self.bytes.len()),
        }
    }

    /// Looks for an unharmed record or empty frame at an offset or behind it.
    pub(super) fn first_from(&self, offset: usize) -> Option<usize> {
        let bytes = self.bytes.get(offset..)?;
        memmem::find_iter(bytes, self.mark.bytes()).map(|at| offset + at).find(|&at| self.payload_at(at).is_ok())
    }

    /// What the rest of a file is in which no other record follows.
    pub(super) fn rest_from(&self, offset: usize) -> Rest {
        match (self.mark, self.end_of(offset)) {
            (Mark::Own(_), Some(_)) => Rest::Unfinished,
            (Mark::Own(_), None) => Rest::Blank,
            (Mark::Common, Some(end)) if end > self.bytes.len() => Rest::Unfinished,
            (Mark::Common, Some(_)) => Rest::Harmed,
            (Mark::Common, None) => {
                let rest = &self.bytes[offset..];
                // The beginning of a frame, or room for one.
                let is_begun = rest.len() < self.frame_bytes() || rest.iter().all(|byte| *byte == 0);
                if is_begun { Rest::Unfinished } else { Rest::Harmed }
            }
        }
    }
}

fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("the slice has four bytes"))
}
