pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:4318";
