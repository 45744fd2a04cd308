//! What names the data has had, for suggestions.

/// Names of attributes and places that were seen, as the language writes them: `http.route`, `attr.tenant`, `output.route`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub names: Vec<SeenName>,
    /// Whether `names` are all there are; then a name that is not among them is worth a warning.
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenName {
    pub name: String,
    pub kind: SeenKind,
}

/// What type the values of a name had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenKind {
    Text,
    Number,
    Truth,
    /// Lists, objects, or values of several types.
    Mixed,
}

impl Seen {
    pub(crate) fn kind_of(&self, name: &str) -> Option<SeenKind> {
        self.names.iter().find(|seen| seen.name == name).map(|seen| seen.kind)
    }
}
