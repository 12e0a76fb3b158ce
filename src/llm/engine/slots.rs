//! Which session's tokens lie in which sequence of the context, and what a new prompt can reuse of them.

use std::sync::Arc;

/// A token's number in the vocabulary.
pub(super) type Token = i32;

/// One sequence of the context.
#[derive(Debug, Clone, Default)]
struct Slot {
    session: Option<Arc<str>>,
    tokens: Vec<Token>,
    /// The larger, the more recently used.
    used: u64,
}

/// The sequences of a context that sessions use by turns.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// Tokens that the context holds in all.
    room: usize,
    turn: u64,
}

/// What to do with the context before a prompt is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    /// The sequence to read into.
    pub(super) slot: usize,
    /// Sequences to forget first, because they need the room.
    pub(super) forget: Vec<usize>,
    /// A sequence to copy the first `keep` tokens from.
    pub(super) copy_from: Option<usize>,
    /// Tokens at the front of the prompt that are there already.
    pub(super) keep: usize,
}

/// How many tokens two prompts share at their fronts.
pub(super) fn common(one: &[Token], other: &[Token]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

impl Slots {
    /// `count` sequences that hold `room` tokens together.
    pub(super) fn new(count: usize, room: usize) -> Self {
        Self { slots: vec![Slot::default(); count.max(1)], room, turn: 0 }
    }

    pub(super) const fn room(&self) -> usize {
        self.room
    }

    pub(super) fn tokens(&self, slot: usize) -> &[Token] {
        self.slots.get(slot).map_or(&[], |slot| &slot.tokens)
    }

    /// Plans a prompt of a session whose answer may have `answer` tokens. At least the prompt's last token is
    /// always read again, because the next one follows from it.
    pub(super) fn plan(&mut self, session: &Arc<str>, prompt: &[Token], answer: usize) -> Turn {
        self.turn += 1;
        let most = prompt.len().saturating_sub(1);
        let shared = |slot: &Slot| common(&slot.tokens, prompt).min(most);
        let own = self.slots.iter().position(|slot| slot.session.as_ref() == Some(session));
        let free = self.slots.iter().position(|slot| slot.session.is_none());
        let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used).map(|(at, _)| at);
        let slot = own.or(free).or(oldest).unwrap_or_default();

        let own_share = self.slots.get(slot).map_or(0, shared);
        let others = self.slots.iter().enumerate().filter(|(at, _)| *at != slot);
        let best =
            others.map(|(at, other)| (shared(other), at)).max().filter(|(share, _)| *share > own_share);
        let (keep, copy_from) = best.map_or((own_share, None), |(share, at)| (share, Some(at)));

        // Tokens that several sequences share are counted in each: on the safe side.
        let mut used: usize = prompt.len() + answer;
        let mut forget = Vec::new();
        let mut by_age: Vec<usize> = (0..self.slots.len()).filter(|at| *at != slot).collect();
        by_age.sort_by_key(|at| std::cmp::Reverse(self.slots.get(*at).map_or(0, |slot| slot.used)));
        for at in by_age {
            let length = self.tokens(at).len();
            used += length;
            if used > self.room && length > 0 {
                used -= length;
                forget.push(at);
            }
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.session = Some(Arc::clone(session));
            slot.used = self.turn;
        }
        Turn { slot, forget, copy_from, keep }
    }

    /// Notes that a sequence now holds the first `keep` tokens of a prompt.
    pub(super) fn set(&mut self, slot: usize, tokens: &[Token]) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.tokens.clear();
            slot.tokens.extend_from_slice(tokens);
        }
    }

    /// Notes that tokens were read.
    pub(super) fn extend(&mut self, slot: usize, tokens: &[Token]) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.tokens.extend_from_slice(tokens);
        }
    }

    /// Notes that a sequence is empty.
    pub(super) fn forget(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.tokens.clear();
            slot.session = None;
            slot.used = 0;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.slots.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn done(slots: &mut Slots, session: &str, prompt: &[Token], answer: &[Token]) -> Turn {
        let turn = slots.plan(&session.into(), prompt, answer.len());
        for slot in &turn.forget {
            slots.forget(*slot);
        }
        slots.set(turn.slot, prompt);
        slots.extend(turn.slot, answer);
        turn
    }

    #[test]
    fn a_second_prompt_reads_only_what_changed() {
        let mut slots = Slots::new(2, 100);
        assert_eq!(done(&mut slots, "a", &[1, 2, 3, 4], &[9]).keep, 0);
        let turn = done(&mut slots, "a", &[1, 2, 3, 7, 8], &[]);
        assert_eq!((turn.keep, turn.copy_from, turn.slot), (3, None, 0));
    }

    #[test]
    fn the_same_prompt_reads_its_last_token_again() {
        let mut slots = Slots::new(1, 100);
        done(&mut slots, "a", &[1, 2, 3], &[]);
        assert_eq!(done(&mut slots, "a", &[1, 2, 3], &[]).keep, 2);
    }

    #[test]
    fn a_new_session_shares_the_front_of_another() {
        let mut slots = Slots::new(2, 100);
        done(&mut slots, "a", &[1, 2, 3, 4], &[9]);
        let turn = done(&mut slots, "b", &[1, 2, 3, 5], &[]);
        assert_eq!((turn.slot, turn.copy_from, turn.keep), (1, Some(0), 3));
    }

    #[test]
    fn the_session_that_was_quiet_longest_makes_room() {
        let mut slots = Slots::new(2, 100);
        done(&mut slots, "a", &[1, 2], &[]);
        done(&mut slots, "b", &[3, 4], &[]);
        done(&mut slots, "a", &[1, 2, 3], &[]);
        assert_eq!(done(&mut slots, "c", &[5], &[]).slot, 1);
    }

    #[test]
    fn a_long_prompt_takes_the_room_of_others() {
        let mut slots = Slots::new(3, 10);
        done(&mut slots, "a", &[1, 2, 3, 4], &[]);
        done(&mut slots, "b", &[5, 6], &[]);
        let turn = slots.plan(&"c".into(), &[7, 8, 9], 3);
        assert_eq!(turn.forget, [0], "b still fits, a does not");
    }

    proptest! {
        #[test]
        fn never_more_than_fits_and_only_what_is_there(
            turns in prop::collection::vec((0..4_u8, prop::collection::vec(0..3_i32, 1..12), 0..4_usize), 1..40)
        ) {
            let mut slots = Slots::new(3, 20);
            for (session, prompt, answer) in turns {
                let before: Vec<Vec<Token>> = (0..3).map(|at| slots.tokens(at).to_vec()).collect();
                let turn = slots.plan(&format!("{session}").into(), &prompt, answer);
                let source = turn.copy_from.unwrap_or(turn.slot);
                prop_assert!(turn.keep < prompt.len());
                prop_assert!(before[source].starts_with(&prompt[..turn.keep]));
                for slot in &turn.forget {
                    prop_assert!(*slot != turn.slot);
                    slots.forget(*slot);
                }
                slots.set(turn.slot, &prompt);
                slots.extend(turn.slot, &vec![1; answer]);
                let held: usize = (0..3).map(|at| slots.tokens(at).len()).sum();
                prop_assert!(held <= 20, "{held}");
            }
        }
    }
}
