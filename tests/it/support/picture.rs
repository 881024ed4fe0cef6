//! A terminal's screen as an SVG picture: a function of the bytes that were written to the terminal. The picture loads
//! nothing, brings its own background, so that it can be read on a light page and on a dark one, and its text is text.

use std::fmt::Write as _;
use std::num::NonZeroU16;

use vt100::{Cell, Color, Screen};

const COLUMNS: NonZeroU16 = NonZeroU16::new(120).unwrap();
const ROWS: NonZeroU16 = NonZeroU16::new(60).unwrap();
/// A picture is at least so many columns wide.
const NARROWEST: usize = 60;

/// In units of the picture. Letters of fonts for code are 0.6 times as wide as they are high.
const FONT: usize = 15;
const CELL: usize = 9;
const LINE: usize = 21;
const MARGIN: usize = 18;
const BAR: usize = 30;

const BACKGROUND: &str = "#0f1d28";
const BORDER: &str = "#34495a";
const TEXT: &str = "#d9e2e8";
const FONTS: &str = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";

/// The sixteen colours of a terminal, each with a contrast of at least 4.5 to the background, but for black.
const PALETTE: [&str; 16] = [
    "#34495a", "#ff7b72", "#7ee0a0", "#e8c46a", "#79b8ff", "#d2a8ff", "#6fd6dd", "#d9e2e8", //
    "#8fa3b2", "#ffa198", "#a5f0bd", "#f5dc97", "#a5d0ff", "#e2c5ff", "#9be9ee", "#ffffff",
];

/// Neighbouring cells that look the same.
struct Run {
    column: usize,
    text: String,
    attributes: String,
}

/// The picture of what these bytes leave on a screen. A program that reads the page aloud reads the title and the
/// description.
pub fn svg(bytes: &[u8], title: &str, description: &str) -> String {
    let mut parser = vt100::Parser::new(ROWS, COLUMNS, 0);
    parser.process(bytes);
    let mut rows: Vec<Vec<Run>> = (0..ROWS.get()).map(|row| runs(parser.screen(), row)).collect();
    rows.truncate(rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
    let columns = rows.iter().filter_map(|row| row.last()).map(|run| run.column + run.text.chars().count());
    let width = columns.max().unwrap_or(0).max(NARROWEST) * CELL + 2 * MARGIN;
    let height = BAR + rows.len() * LINE + MARGIN;

    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description">
<title id="title">{}</title>
<desc id="description">{}</desc>
<rect x=".5" y=".5" width="{}" height="{}" rx="8" fill="{BACKGROUND}" stroke="{BORDER}"/>
"#,
        escaped(title),
        escaped(description),
        width - 1,
        height - 1,
    );
    for x in [MARGIN, MARGIN + 16, MARGIN + 32] {
        writeln!(svg, r#"<circle cx="{x}" cy="16" r="5" fill="{BORDER}"/>"#).unwrap();
    }
    writeln!(svg, r#"<g font-family="{FONTS}" font-size="{FONT}" fill="{TEXT}" xml:space="preserve">"#).unwrap();
    for (number, row) in rows.iter().enumerate() {
        for Run { column, text, attributes } in row {
            let (x, y) = (MARGIN + column * CELL, BAR + number * LINE + FONT);
            let length = text.chars().count() * CELL;
            let text = escaped(text);
            writeln!(svg, r#"<text x="{x}" y="{y}" textLength="{length}"{attributes}>{text}</text>"#).unwrap();
        }
    }
    svg + "</g>\n</svg>\n"
}

/// The runs of a row, without spaces at their ends.
fn runs(screen: &Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..COLUMNS.get() {
        let cell = screen.cell(row, column).unwrap();
        assert!(
            !cell.is_wide() && !cell.inverse() && cell.bgcolor() == Color::Default,
            "no picture has shown this yet"
        );
        let (text, attributes) = (cell.contents(), attributes(cell));
        let text = if text.is_empty() { " " } else { text };
        match runs.last_mut().filter(|run| run.attributes == attributes) {
            Some(run) => run.text.push_str(text),
            None => runs.push(Run { column: column.into(), text: text.to_owned(), attributes }),
        }
    }
    for run in &mut runs {
        run.column += run.text.chars().take_while(|c| *c == ' ').count();
        run.text = run.text.trim_matches(' ').to_owned();
    }
    runs.retain(|run| !run.text.is_empty());
    runs
}

fn attributes(cell: &Cell) -> String {
    let mut attributes = match cell.fgcolor() {
        Color::Default => String::new(),
        Color::Idx(index @ 0..16) => format!(r#" fill="{}""#, PALETTE[usize::from(index)]),
        Color::Idx(index) => panic!("colour {index} of 256: no picture has shown it yet"),
        Color::Rgb(red, green, blue) => format!(r##" fill="#{red:02x}{green:02x}{blue:02x}""##),
    };
    for (is_so, attribute) in [
        (cell.bold(), r#" font-weight="bold""#),
        (cell.dim(), r#" opacity=".7""#),
        (cell.italic(), r#" font-style="italic""#),
        (cell.underline(), r#" text-decoration="underline""#),
    ] {
        if is_so {
            attributes.push_str(attribute);
        }
    }
    attributes
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
