//! Cells in aligned columns, as wide as what stands in them.

/// How a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Writes rows of cells as lines with two spaces between columns; what stands in the last column is never padded.
pub(crate) fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]], aligns: [Align; COLUMNS]) -> Vec<String> {
    aligned_rows(rows, &aligns)
}

/// The same for columns whose number is not known before; every row has as many cells as there are columns.
pub(crate) fn aligned_rows(rows: &[impl AsRef<[String]>], aligns: &[Align]) -> Vec<String> {
    let width = |column: usize| rows.iter().map(|row| row.as_ref()[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..aligns.len()).map(width).collect();
    let cell = |text: &String, column: usize| match aligns[column] {
        Align::Left => format!("{text:<width$}", width = widths[column]),
        Align::Right => format!("{text:>width$}", width = widths[column]),
    };
    let line = |row: &[String]| {
        let cells: Vec<String> = row.iter().enumerate().map(|(column, text)| cell(text, column)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(|row| line(row.as_ref())).collect()
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
