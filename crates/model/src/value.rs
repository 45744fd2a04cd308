//! Attribute values with the exact types OTLP gives them.

/// The text of an attribute. What is read from a request shares the bytes of the request, so that reading copies nothing: whoever keeps
/// one for longer copies it.
pub use bytestring::ByteString as Text;

/// One OTLP `AnyValue` (opentelemetry-proto `common.proto`, v1.9).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum AnyValue {
    /// A value that is present and carries nothing.
    #[default]
    Empty,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(Text),
    Bytes(Vec<u8>),
    Array(Vec<AnyValue>),
    Map(Attributes),
}

impl AnyValue {
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Double(number) => Some(*number),
            Self::Int(number) => Some(*number as f64),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }
}

impl From<&str> for AnyValue {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for AnyValue {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<i64> for AnyValue {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for AnyValue {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for AnyValue {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KeyValue {
    pub key: Text,
    pub value: AnyValue,
}

/// Attributes in the order they were sent; a key that stands twice is kept twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes(pub Vec<KeyValue>);

impl Attributes {
    /// Returns the value of a key; the last one where the key stands more than once.
    pub fn get(&self, key: &str) -> Option<&AnyValue> {
        self.0.iter().rev().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
    }

    /// Returns the value of a key where it is a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub fn push(&mut self, key: impl Into<Text>, value: impl Into<AnyValue>) {
        self.0.push(KeyValue { key: key.into(), value: value.into() });
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &AnyValue)> {
        self.0.iter().map(|attribute| (&*attribute.key, &attribute.value))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<Key: Into<Text>, Value: Into<AnyValue>> FromIterator<(Key, Value)> for Attributes {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| KeyValue { key: key.into(), value: value.into() }).collect())
    }
}
