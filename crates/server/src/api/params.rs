//! Query parameters whose mistakes are answered as problems.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;
use store::with_causes;

use crate::problem::Problem;

/// The query parameters of a request.
pub(crate) struct Params<T>(pub T);

impl<T, S> FromRequestParts<S> for Params<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parsed = Query::<T>::from_request_parts(parts, state).await;
        parsed.map(|Query(params)| Self(params)).map_err(|error| Problem::bad_request("invalid-parameter", with_causes(&error)))
    }
}
