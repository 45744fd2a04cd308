//! Admission: refuses early and clearly, before memory runs out.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::{IN_FLIGHT_BYTES_MAX, IN_FLIGHT_REQUESTS_MAX, UNPACKING_MAX};

/// One permit stands for this many bytes, since a semaphore counts in 32 bits.
const BYTES_PER_PERMIT: usize = 1_024;

/// Why a request was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{IN_FLIGHT_REQUESTS_MAX} requests are being received already")]
    Requests,
    #[error("request bodies of {IN_FLIGHT_BYTES_MAX} bytes are being received already")]
    Bytes,
}

/// The door: counts requests and bytes in flight.
#[derive(Debug, Clone)]
pub struct Admission {
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    unpacking: Arc<Semaphore>,
    requests_max: usize,
    bytes_max: usize,
}

/// The right to unpack one compressed body; given back when dropped.
#[derive(Debug)]
pub struct UnpackTurn(#[expect(dead_code, reason = "held, not read")] Option<OwnedSemaphorePermit>);

impl Default for Admission {
    fn default() -> Self {
        Self::new(IN_FLIGHT_REQUESTS_MAX, IN_FLIGHT_BYTES_MAX)
    }
}

impl Admission {
    pub fn new(requests_max: usize, bytes_max: usize) -> Self {
        Self {
            requests: Arc::new(Semaphore::new(requests_max)),
            bytes: Arc::new(Semaphore::new(bytes_max / BYTES_PER_PERMIT)),
            unpacking: Arc::new(Semaphore::new(UNPACKING_MAX)),
            requests_max,
            bytes_max,
        }
    }

    /// Waits for a turn to unpack a body; the unpacked bytes are claimed before the turn is given back.
    pub async fn unpack_turn(&self) -> UnpackTurn {
        // The semaphore is never closed, and without it a turn is merely not waited for.
        UnpackTurn(Arc::clone(&self.unpacking).acquire_owned().await.ok())
    }

    /// The requests being received, and the bytes claimed for their bodies.
    pub fn in_flight(&self) -> (usize, usize) {
        let requests = self.requests_max.saturating_sub(self.requests.available_permits());
        let permits = self.bytes_max / BYTES_PER_PERMIT;
        (requests, permits.saturating_sub(self.bytes.available_permits()) * BYTES_PER_PERMIT)
    }

    /// Lets one request in; its bytes are claimed as they arrive.
    pub fn admit(&self) -> Result<Permit, Refusal> {
        let request = Arc::clone(&self.requests).try_acquire_owned().map_err(|_| Refusal::Requests)?;
        Ok(Permit { _request: request, bytes: Arc::clone(&self.bytes), claimed: Vec::new(), bytes_unclaimed: 0 })
    }
}

/// A request's place; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    _request: OwnedSemaphorePermit,
    bytes: Arc<Semaphore>,
    claimed: Vec<OwnedSemaphorePermit>,
    /// Claimed beyond what was asked for, left from rounding up.
    bytes_unclaimed: usize,
}

impl Permit {
    /// Claims room for more bytes of this request.
    pub fn claim(&mut self, bytes: usize) -> Result<(), Refusal> {
        if bytes <= self.bytes_unclaimed {
            self.bytes_unclaimed -= bytes;
            return Ok(());
        }
        let permits = (bytes - self.bytes_unclaimed).div_ceil(BYTES_PER_PERMIT);
        let count = u32::try_from(permits).map_err(|_| Refusal::Bytes)?;
        let claimed = Arc::clone(&self.bytes).try_acquire_many_owned(count).map_err(|_| Refusal::Bytes)?;
        self.bytes_unclaimed = self.bytes_unclaimed + permits * BYTES_PER_PERMIT - bytes;
        match self.claimed.first_mut() {
            Some(first) => first.merge(claimed),
            None => self.claimed.push(claimed),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_refuses_and_an_emptied_one_admits() {
        let door = Admission::new(2, 10 * 1_024);
        let mut first = door.admit().unwrap();
        let mut second = door.admit().unwrap();
        assert_eq!(door.admit().unwrap_err(), Refusal::Requests);
        first.claim(8 * 1_024).unwrap();
        assert_eq!(second.claim(3 * 1_024), Err(Refusal::Bytes));
        assert_eq!(door.in_flight(), (2, 8 * 1_024));
        drop(first);
        assert_eq!(door.in_flight(), (1, 0));
        second.claim(10 * 1_024).unwrap();
        assert!(door.admit().is_ok());
    }

    #[test]
    fn claims_of_any_size_add_up() {
        let door = Admission::new(1, 10 * 1_024);
        let mut permit = door.admit().unwrap();
        for bytes in [1, 1_500, 523, 3_000, 1, 5_215] {
            permit.claim(bytes).unwrap();
        }
        assert_eq!(permit.claim(1), Err(Refusal::Bytes), "ten kilobytes are claimed to the byte");
    }

    #[test]
    fn small_claims_share_one_permit() {
        let door = Admission::new(1, 1_024);
        let mut permit = door.admit().unwrap();
        for _ in 0..1_024 {
            permit.claim(1).unwrap();
        }
        assert_eq!(permit.claim(1), Err(Refusal::Bytes));
    }
}
