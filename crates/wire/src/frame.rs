//! The frame of a request: records grouped by resource, and within that by scope.
//!
//! All three signals use the same numbers: 1 the resource or scope, 2 the groups or records in it, 3 the schema URL.
//! Any order of fields is allowed, so a group's head is read before any of its children is looked at.

use std::sync::Arc;

use model::{Resource, Scope};

use crate::error::DecodeError;
use crate::incoming::Shared;
use crate::intake::Intake;
use crate::otlp::Budget;
use crate::otlp::resource::{read_resource, read_scope};
use crate::protobuf::{Field, ReadError, Reader};
use crate::rejection::RecordError;

impl From<ReadError> for DecodeError {
    fn from(error: ReadError) -> Self {
        Self::Protobuf { what: error.what }
    }
}

/// Reads an `Export*ServiceRequest`.
pub(crate) fn read_request(body: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let mut fields = Reader::new(body);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            read_resource_group(field.bytes()?, intake)?;
        }
    }
    Ok(())
}

fn read_resource_group(message: &[u8], intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let head = Head::of(message)?;
    if !head.has_children {
        return Ok(());
    }
    let resource = head.resource(intake.budget()).map(Arc::new);
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 2 {
            read_scope_group(field.bytes()?, &resource, intake)?;
        }
    }
    Ok(())
}

fn read_scope_group(message: &[u8], resource: &Shared<Resource>, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
    let head = Head::of(message)?;
    if !head.has_children {
        return Ok(());
    }
    let scope = head.scope(intake.budget()).map(Arc::new);
    let mut fields = Reader::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 2 {
            intake.take(field.bytes()?, resource, &scope)?;
        }
    }
    Ok(())
}

/// What a group says about all of its children.
pub(crate) struct Head<'a> {
    about: &'a [u8],
    schema_url: Option<Field<'a>>,
    has_children: bool,
}

impl<'a> Head<'a> {
    /// Finds the head of a group, wherever in it it stands.
    pub(crate) fn of(message: &'a [u8]) -> Result<Self, ReadError> {
        let mut head = Self { about: &[], schema_url: None, has_children: false };
        let mut fields = Reader::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => head.about = field.bytes()?,
                2 => head.has_children = true,
                3 => head.schema_url = Some(field),
                _ => {}
            }
        }
        Ok(head)
    }

    pub(crate) fn resource(&self, budget: &mut Budget<'_>) -> Result<Resource, RecordError> {
        self.schema_url().and_then(|url| read_resource(self.about, url, budget)).map_err(|error| error.within("resource"))
    }

    pub(crate) fn scope(&self, budget: &mut Budget<'_>) -> Result<Scope, RecordError> {
        self.schema_url().and_then(|url| read_scope(self.about, url, budget)).map_err(|error| error.within("scope"))
    }

    fn schema_url(&self) -> Result<String, RecordError> {
        self.schema_url.map_or(Ok(String::new()), |field| field.text())
    }
}
