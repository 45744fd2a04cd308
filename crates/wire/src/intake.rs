//! Takes the records of a request one by one, and sorts the good from the bad.

use bytes::Bytes;
use model::{Resource, Scope};

use crate::error::DecodeError;
use crate::incoming::{Incoming, Shared};
use crate::limits::Limits;
use crate::otlp::{Budget, log, metric, span};
use crate::rejection::RecordError;
use crate::signal::Signal;

/// Takes record by record, as protobuf bytes, and sorts the good from the bad.
pub(crate) struct Intake<'a> {
    signal: Signal,
    limits: &'a Limits,
    budget: Budget<'a>,
    /// How many records were seen, to name them by number.
    records: usize,
    incoming: Incoming,
}

impl<'a> Intake<'a> {
    /// Records lie in `body`, or are copied.
    pub(crate) fn new(signal: Signal, body: Bytes, limits: &'a Limits) -> Self {
        Self { signal, limits, budget: Budget::sharing(body, limits), records: 0, incoming: Incoming::default() }
    }

    pub(crate) fn signal(&self) -> Signal {
        self.signal
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    pub(crate) fn budget(&mut self) -> &mut Budget<'a> {
        &mut self.budget
    }

    pub(crate) fn finish(self) -> Incoming {
        self.incoming
    }

    /// Takes one span, log record or metric.
    pub(crate) fn take(&mut self, record: &[u8], resource: &Shared<Resource>, scope: &Shared<Scope>) -> Result<(), DecodeError> {
        self.records += 1;
        if self.signal == Signal::Metrics {
            metric::read_metric(record, resource, scope, &mut self.budget, &mut self.incoming)?;
        } else if let Err(error) = self.read_record(record, resource, scope) {
            self.reject(error, record);
        }
        self.check_count()
    }

    /// Notes a record that cannot be read; `record` is what there is of it in protobuf, to find its name.
    pub(crate) fn refuse(&mut self, error: RecordError, record: &[u8]) -> Result<(), DecodeError> {
        self.records += 1;
        self.reject(error, record);
        self.check_count()
    }

    /// Notes a data point that cannot be read; `metric` is what there is of its metric in protobuf.
    pub(crate) fn refuse_point(&mut self, error: RecordError, metric: &[u8]) -> Result<(), DecodeError> {
        self.incoming.rejected.push(error.reject("data point of", metric::name_of(metric)));
        self.check_count()
    }

    fn read_record(&mut self, record: &[u8], resource: &Shared<Resource>, scope: &Shared<Scope>) -> Result<(), RecordError> {
        let (resource, scope) = (resource.clone()?, scope.clone()?);
        self.budget.start_record();
        match self.signal {
            Signal::Traces => self.incoming.spans.push(span::read_span(record, resource, scope, &mut self.budget)?),
            Signal::Logs => self.incoming.logs.push(log::read_log(record, resource, scope, &mut self.budget)?),
            Signal::Metrics => unreachable!("metrics hold many points and are read by `metric::read_metric`"),
        }
        Ok(())
    }

    fn reject(&mut self, error: RecordError, record: &[u8]) {
        let number = format!("{} {}", self.signal.record_noun(), self.records);
        let name = match self.signal {
            Signal::Traces => span::name_of(record),
            Signal::Logs => log::name_of(record),
            Signal::Metrics => metric::name_of(record),
        };
        self.incoming.rejected.push(error.reject(&number, name));
    }

    fn check_count(&self) -> Result<(), DecodeError> {
        if self.incoming.received() > self.limits.records_per_request_max {
            return Err(DecodeError::TooManyRecords { records_max: self.limits.records_per_request_max });
        }
        Ok(())
    }
}
