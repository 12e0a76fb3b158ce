//! Chooses the next token: the grammar is asked about likely tokens first, because asking about all is slow.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;

use crate::hub::ports::{ModelError, Sampling};

/// How many of the likeliest tokens are looked at together.
const LIKELY: usize = 64;
/// Longest grammar in bytes.
const MAX_GRAMMAR: usize = 512 * 1024;

/// A token with what the model gave for it.
type Scored = (f32, i32);

/// Chooses the tokens of one answer.
pub(super) struct Chooser {
    grammar: Option<LlamaSampler>,
    sampling: Sampling,
    random: Random,
}

impl Chooser {
    pub(super) fn new(
        model: &LlamaModel,
        grammar: Option<&str>,
        sampling: Sampling,
    ) -> Result<Self, ModelError> {
        let grammar = grammar.map(|text| compile(model, text)).transpose()?;
        let random = match sampling {
            Sampling::Random { temperature, top_p, seed } => {
                if !(temperature > 0.0 && temperature <= 10.0 && (0.0..=1.0).contains(&top_p)) {
                    let reason = format!(
                        "temperature {temperature} must be above 0 and at most 10, top_p {top_p} from 0 to 1"
                    );
                    return Err(ModelError::BadRequest(reason));
                }
                Random(seed.unwrap_or_else(|| getrandom::u64().unwrap_or_default()))
            }
            Sampling::Greedy => Random(0),
        };
        Ok(Self { grammar, sampling, random })
    }

    /// The next token, from what the model gave for each token of the vocabulary.
    pub(super) fn next(&mut self, logits: &[f32]) -> Result<LlamaToken, ModelError> {
        let token = self.pick(logits)?;
        if let Some(grammar) = &mut self.grammar {
            let accepted = grammar.try_accept(token);
            accepted.map_err(|error| ModelError::Failed(format!("the grammar does not go on: {error}")))?;
        }
        Ok(token)
    }

    fn pick(&mut self, logits: &[f32]) -> Result<LlamaToken, ModelError> {
        let nothing =
            || ModelError::Failed("it gave no numbers for the next token: its file may be broken".to_owned());
        if self.sampling == Sampling::Greedy {
            let best = best(logits).ok_or_else(nothing)?;
            if self.allowed(vec![best]).is_some() {
                return Ok(LlamaToken(best.1));
            }
        }
        let likely = likeliest(logits);
        if likely.is_empty() {
            return Err(nothing());
        }
        let allowed = match self.allowed(likely) {
            Some(allowed) => allowed,
            None => self.allowed(scored(logits).collect()).ok_or_else(|| {
                ModelError::Failed("the grammar leaves no token that the model knows".to_owned())
            })?,
        };
        Ok(LlamaToken(self.draw(&allowed)))
    }

    /// Those that the grammar allows, the likeliest first; `None` when it allows none.
    fn allowed(&mut self, tokens: Vec<Scored>) -> Option<Vec<Scored>> {
        let Some(grammar) = &mut self.grammar else { return Some(tokens) };
        let data =
            tokens.into_iter().map(|(logit, id)| LlamaTokenData::new(LlamaToken(id), logit, 0.0)).collect();
        let mut array = LlamaTokenDataArray::new(data, false);
        grammar.apply(&mut array);
        let mut left: Vec<Scored> = array
            .data
            .iter()
            .filter(|token| token.logit() > f32::NEG_INFINITY)
            .map(|token| (token.logit(), token.id().0))
            .collect();
        left.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        left.truncate(LIKELY);
        (!left.is_empty()).then_some(left)
    }

    /// One of these; they are sorted.
    fn draw(&mut self, tokens: &[Scored]) -> i32 {
        let (first, first_id) = tokens.first().copied().unwrap_or_default();
        let Sampling::Random { temperature, top_p, .. } = self.sampling else { return first_id };
        let weights: Vec<f32> =
            tokens.iter().map(|(logit, _)| ((logit - first) / temperature).exp()).collect();
        let total: f32 = weights.iter().sum();
        let mut kept = 0.0;
        let count = weights.iter().take_while(|weight| {
            let wanted = kept < top_p * total;
            kept += **weight;
            wanted
        });
        let count = count.count().max(1);
        let share: f32 = weights.iter().take(count).sum();
        let mut point = self.random.unit() * share;
        for (weight, (_, id)) in weights.iter().zip(tokens).take(count) {
            point -= weight;
            if point < 0.0 {
                return *id;
            }
        }
        first_id
    }
}

fn compile(model: &LlamaModel, text: &str) -> Result<LlamaSampler, ModelError> {
    if text.len() > MAX_GRAMMAR {
        let reason = format!("its grammar has {} bytes, {MAX_GRAMMAR} is the most", text.len());
        return Err(ModelError::BadRequest(reason));
    }
    LlamaSampler::grammar(model, text, "root")
        .map_err(|error| ModelError::BadRequest(format!("its grammar is no GBNF with a rule root: {error}")))
}

fn scored(logits: &[f32]) -> impl Iterator<Item = Scored> + '_ {
    logits.iter().copied().zip(0..).filter(|(logit, _)| logit.is_finite())
}

fn best(logits: &[f32]) -> Option<Scored> {
    scored(logits).reduce(|best, next| if next.0 > best.0 { next } else { best })
}

fn likeliest(logits: &[f32]) -> Vec<Scored> {
    let mut all: Vec<Scored> = scored(logits).collect();
    let order = |a: &Scored, b: &Scored| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if all.len() > LIKELY {
        all.select_nth_unstable_by(LIKELY, order);
        all.truncate(LIKELY);
    }
    all.sort_unstable_by(order);
    all
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    /// From 0 to below 1.
    fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        // Sixteen bits fit a f32 without rounding.
        let [high, low, ..] = z.to_be_bytes();
        f32::from(u16::from_be_bytes([high, low])) / 65_536.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chooser(sampling: Sampling, seed: u64) -> Chooser {
        Chooser { grammar: None, sampling, random: Random(seed) }
    }

    #[test]
    fn greedy_takes_the_likeliest_and_the_first_of_equals() {
        let mut chooser = chooser(Sampling::Greedy, 0);
        assert_eq!(chooser.next(&[0.1, 3.0, f32::NAN, 3.0]).unwrap(), LlamaToken(1));
        assert!(matches!(chooser.next(&[f32::NAN, f32::NEG_INFINITY]), Err(ModelError::Failed(_))));
    }

    #[test]
    fn chance_follows_the_weights() {
        let sampling = Sampling::Random { temperature: 1.0, top_p: 1.0, seed: Some(7) };
        let mut chooser = chooser(sampling, 7);
        let logits = [0.0, 2.0_f32.ln(), f32::NEG_INFINITY];
        let ones = (0..3_000).filter(|_| chooser.next(&logits).unwrap() == LlamaToken(1)).count();
        assert!((1_850..2_150).contains(&ones), "two of three are expected: {ones}");
    }

    #[test]
    fn top_p_leaves_only_the_likely() {
        let sampling = Sampling::Random { temperature: 1.0, top_p: 0.5, seed: Some(1) };
        let mut chooser = chooser(sampling, 1);
        assert!((0..200).all(|_| chooser.next(&[5.0, 1.0, 1.0]).unwrap() == LlamaToken(0)));
    }

    #[test]
    fn only_the_likeliest_are_looked_at() {
        let logits: Vec<f32> = (0..1_000_u16).map(f32::from).collect();
        let likely = likeliest(&logits);
        assert_eq!((likely.len(), likely[0].1, likely[LIKELY - 1].1), (LIKELY, 999, 936));
    }
}
