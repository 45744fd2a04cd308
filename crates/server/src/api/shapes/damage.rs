//! Stored data that is not as it was written.

use serde::Serialize;
use store::Damage;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DamageShape {
    /// The file or folder, relative to the data directory.
    name: String,
    reason: String,
}

impl From<Damage> for DamageShape {
    fn from(Damage { name, reason }: Damage) -> Self {
        Self { name, reason }
    }
}
