//! Bytes of tokens become text: whole characters only, up to the first text that ends the answer.

/// Gathers an answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    text: String,
    /// The beginning of a character whose other bytes have not come yet.
    pending: Vec<u8>,
    stops: Vec<String>,
    /// Bytes of the text that were handed on.
    sent: usize,
    stopped: bool,
}

impl Answer {
    pub(super) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stops, ..Self::default() }
    }

    /// Adds a token's bytes. Returns false when a stop text came and nothing more is wanted.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        self.pending.extend_from_slice(bytes);
        let before = self.text.len();
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(whole) => {
                    self.text.push_str(whole);
                    self.pending.clear();
                    break;
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    let bad = error.error_len();
                    self.text
                        .push_str(&String::from_utf8_lossy(self.pending.get(..good).unwrap_or_default()));
                    let Some(bad) = bad else {
                        self.pending.drain(..good);
                        break;
                    };
                    self.text.push(char::REPLACEMENT_CHARACTER);
                    self.pending.drain(..good + bad);
                }
            }
        }
        self.find_stop(before);
        !self.stopped
    }

    fn find_stop(&mut self, before: usize) {
        let longest = self.stops.iter().map(String::len).max().unwrap_or_default();
        let mut from = before.saturating_sub(longest);
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        let tail = self.text.get(from..).unwrap_or_default();
        if let Some(at) = self.stops.iter().filter_map(|stop| tail.find(stop.as_str())).min() {
            self.text.truncate(from + at);
            self.stopped = true;
        }
    }

    /// What can be handed on: not what may yet turn out to be the beginning of a stop text.
    pub(super) fn ready(&self) -> &str {
        let rest = self.text.get(self.sent..).unwrap_or_default();
        if self.stopped {
            return rest;
        }
        let held = self.stops.iter().map(|stop| overlap(rest, stop)).max().unwrap_or_default();
        rest.get(..rest.len() - held).unwrap_or_default()
    }

    /// Notes that so many bytes of [`Answer::ready`] were handed on.
    pub(super) const fn handed_on(&mut self, bytes: usize) {
        self.sent += bytes;
    }

    /// The whole answer.
    pub(super) fn finish(mut self) -> String {
        if !self.stopped && !self.pending.is_empty() {
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        self.text
    }
}

/// Bytes at the end of `text` with which `stop` begins.
fn overlap(text: &str, stop: &str) -> usize {
    let starts = stop.char_indices().map(|(at, _)| at).chain([stop.len()]);
    starts.filter(|at| stop.get(..*at).is_some_and(|start| text.ends_with(start))).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream(pieces: &[&[u8]], stops: &[&str]) -> (Vec<String>, String) {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let mut answer = Answer::new(&stops);
        let mut sent = Vec::new();
        for piece in pieces {
            let more = answer.push(piece);
            let ready = answer.ready().to_owned();
            answer.handed_on(ready.len());
            sent.push(ready);
            if !more {
                break;
            }
        }
        (sent, answer.finish())
    }

    #[test]
    fn a_character_of_several_tokens_comes_whole() {
        let (sent, text) = stream(&[b"\xe5\xae", b"\xa2\xe5", b"\x8e\x85"], &[]);
        assert_eq!((sent, text.as_str()), (vec![String::new(), "客".to_owned(), "厅".to_owned()], "客厅"));
    }

    #[test]
    fn broken_bytes_are_replaced() {
        assert_eq!(stream(&[b"a\xff", b"b\xe5"], &[]).1, "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn a_stop_text_is_neither_sent_nor_kept() {
        let (sent, text) = stream(&[b"hello EN", b"D tail"], &["END"]);
        assert_eq!((sent.concat().as_str(), text.as_str()), ("hello ", "hello "));
        let (sent, text) = stream(&[b"hello EN", b"OUGH"], &["END"]);
        assert_eq!((sent.concat().as_str(), text.as_str()), ("hello ENOUGH", "hello ENOUGH"));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab客]{0,24}", cuts in prop::collection::vec(0..72_usize, 0..6), stop in "[ab客]{1,3}") {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let (_, whole) = stream(&pieces, &[&stop]);
            prop_assert_eq!(whole, text.split(&stop).next().unwrap());
        }

        #[test]
        fn what_is_sent_is_the_beginning_of_the_answer(text in "[ab]{0,24}", stop in "[ab]{1,3}") {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            let (sent, whole) = stream(&pieces, &[&stop]);
            prop_assert!(whole.starts_with(&sent.concat()));
        }
    }
}
