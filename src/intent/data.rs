//! The sentence templates that build.rs packed into the binary.

use std::sync::LazyLock;

/// Language tag, size when unpacked, and the packed frame.
type Frame = (&'static str, usize, &'static [u8]);

static FRAMES: &[Frame] = include!(concat!(env!("OUT_DIR"), "/intents.rs"));

/// Every language tag that the binary has templates for, in alphabetical order.
pub(super) fn tags() -> &'static [&'static str] {
    static TAGS: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| FRAMES.iter().map(|(tag, ..)| *tag).collect());
    &TAGS
}

/// The JSON documents of a language, a line each: its templates, its number words, and the templates of our own
/// (the last two may be empty).
pub(super) fn unpack(tag: &str) -> Option<Result<String, std::io::Error>> {
    let (_, size, frame) = FRAMES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(tag))?;
    let text = zstd::bulk::decompress(frame, *size);
    Some(text.and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other)))
}
