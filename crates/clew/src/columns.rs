//! Cells in aligned columns, as wide as what stands in them.

/// How a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Writes rows of cells as lines with two spaces between columns; what stands in the last column is never padded.
pub(crate) fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]], aligns: [Align; COLUMNS]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    let cell = |text: &String, column: usize| match aligns[column] {
        Align::Left => format!("{text:<width$}", width = widths[column]),
        Align::Right => format!("{text:>width$}", width = widths[column]),
    };
    let line = |row: &[String; COLUMNS]| {
        let cells: Vec<String> = row.iter().enumerate().map(|(column, text)| cell(text, column)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["unit", "count"], ["input_tokens", "9"], ["é", "1,234"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows, [Align::Left, Align::Right]), ["unit          count", "input_tokens      9", "é             1,234"]);
    }
}
