//! Small JSON files that know whether they are as they were written.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::StoreError;

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// Of the bytes of the content as they stand in the file.
    crc32c: u32,
    content: Box<RawValue>,
}

/// Writes content with its checksum.
pub(crate) fn sealed_bytes(content: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let failed = |source| StoreError::failed("failed to write a description", source);
    let content = serde_json::value::to_raw_value(content).map_err(failed)?;
    let sealed = Sealed { crc32c: crc32c::crc32c(content.get().as_bytes()), content };
    serde_json::to_vec(&sealed).map_err(failed)
}

/// Reads content back, or says what is wrong with it.
pub(crate) fn read_sealed<Content: DeserializeOwned>(bytes: &[u8]) -> Result<Content, String> {
    let sealed: Sealed = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if crc32c::crc32c(sealed.content.get().as_bytes()) != sealed.crc32c {
        return Err("its checksum does not match".into());
    }
    serde_json::from_str(sealed.content.get()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_wrong_byte_is_found() {
        let bytes = sealed_bytes(&vec!["one", "two"]).unwrap();
        assert_eq!(read_sealed::<Vec<String>>(&bytes).unwrap(), ["one", "two"]);
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            assert!(read_sealed::<Vec<String>>(&wrong).is_err(), "at {at}");
        }
    }
}
