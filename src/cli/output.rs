//! Writing results: tables for people, JSON for programs.

use std::io::{self, Write};

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation as _;

/// Where results go, and in which form.
pub(super) struct Output<W: Write> {
    writer: io::BufWriter<W>,
    json: bool,
}

impl<W: Write> Output<W> {
    /// Text or JSON to a writer.
    pub(super) fn new(writer: W, json: bool) -> Self {
        Self { writer: io::BufWriter::new(writer), json }
    }

    /// Whether programs read it.
    pub(super) const fn json(&self) -> bool {
        self.json
    }

    /// The writer itself, for lines of JSON that programs read.
    pub(super) fn writer(&mut self) -> &mut impl Write {
        &mut self.writer
    }

    /// One value as JSON, on lines of its own.
    pub(super) fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.writer, value)?;
        writeln!(self.writer)
    }

    /// A line of text. Control characters in it, which a device's name may hold, do not reach the terminal.
    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.writer, "{}", clean(text))
    }

    /// Rows under a heading, in columns.
    pub(super) fn table(&mut self, heading: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        let heading: Vec<String> = heading.iter().map(|text| (*text).to_owned()).collect();
        let rows: Vec<Vec<String>> = std::iter::once(&heading)
            .chain(rows)
            .map(|row| row.iter().map(|cell| clean(cell)).collect())
            .collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest =
            |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
        for row in &rows {
            let mut line = String::new();
            for (cell, widest) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(widest - width(cell) + 2));
            }
            writeln!(self.writer, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Sends out what is written.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The text without control characters.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Columns that a text takes on a terminal.
fn width(text: &str) -> usize {
    text.graphemes(true).map(grapheme_width).sum()
}

/// Chinese, Japanese and Korean characters and emoji take two columns; a letter and its accents one.
fn grapheme_width(grapheme: &str) -> usize {
    let wide = |c: char| {
        matches!(u32::from(c),
            0x1100..=0x115F | 0x231A..=0x231B | 0x2E80..=0x303E | 0x3041..=0x4DBF | 0x4E00..=0xA4CF
            | 0xA960..=0xA97C | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF01..=0xFF60
            | 0xFFE0..=0xFFE6 | 0x1F300..=0x1F64F | 0x1F680..=0x1F6FF | 0x1F900..=0x1F9FF | 0x20000..=0x3FFFD)
    };
    match grapheme.chars().next() {
        Some(first) if wide(first) || grapheme.contains('\u{fe0f}') => 2,
        Some('\u{200b}'..='\u{200f}') | None => 0,
        Some(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Output<&mut Vec<u8>>)) -> String {
        let mut bytes = Vec::new();
        let mut output = Output::new(&mut bytes, false);
        write(&mut output);
        output.flush().unwrap();
        drop(output);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn columns_stand_under_each_other_in_every_script() {
        let rows = [
            vec!["light.kitchen".to_owned(), "厨房灯".to_owned(), "on".to_owned()],
            vec!["light.cafe".to_owned(), "Café".to_owned(), "off".to_owned()],
        ];
        let text = written(|output| output.table(&["ENTITY", "NAME", "STATE"], &rows).unwrap());
        assert_eq!(
            text,
            "ENTITY         NAME    STATE\nlight.kitchen  厨房灯  on\nlight.cafe     Café    off\n"
        );
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        let text = written(|output| output.line("lamp\u{1b}[2J\nfake").unwrap());
        assert_eq!(text, "lamp [2J fake\n");
    }
}
