//! Rows in columns, as every verb that lists something prints them.

use crate::text::cell;

/// The rows as lines, each column as wide as its widest cell. Nothing is filled up after the last
/// cell.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = rows.iter().map(|row| std::array::from_fn(|column| cell(&row[column]))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["a", "größer", "x y"]), row(["long", "", ""]), row(["b", "1\n2\u{1b}[m", "z"])];
        assert_eq!(table(&rows), "a     größer  x y\nlong\nb     1 2 [m  z\n");
        assert_eq!(table::<2>(&[]), "");
    }
}
