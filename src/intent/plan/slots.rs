//! Reading the slots of a recognised sentence.

use crate::model::{Domain, Recognition, SlotValue};

/// The slots of one sentence.
pub(super) struct Slots<'a> {
    recognition: &'a Recognition,
}

impl<'a> Slots<'a> {
    pub(super) fn of(recognition: &'a Recognition) -> Self {
        Self { recognition }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a SlotValue> {
        self.recognition.intent.slots.get(name)
    }

    /// The slot's text; the first of several.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.texts(name).into_iter().next()
    }

    /// The slot's texts that are not empty.
    pub(super) fn texts(&self, name: &str) -> Vec<&'a str> {
        texts(self.get(name))
    }

    pub(super) fn domains(&self, name: &str) -> Vec<Domain> {
        self.texts(name).into_iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// The domains that the template asks its name to be of.
    pub(super) fn context_domains(&self) -> Vec<Domain> {
        texts(self.recognition.context.get("domain"))
            .into_iter()
            .filter_map(|text| text.parse().ok())
            .collect()
    }

    /// The slot's number, also when it is written as text (`"20"`).
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let value = self.get(name)?;
        let number = value.as_f64().or_else(|| value.as_text()?.trim().parse().ok())?;
        number.is_finite().then_some(number)
    }

    /// The slot's number, rounded and kept between two bounds.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "rounded and clamped to the bounds of an i32, which an f64 holds exactly"
    )]
    pub(super) fn whole(&self, name: &str, least: i32, most: i32) -> Option<i32> {
        Some(self.number(name)?.round().clamp(f64::from(least), f64::from(most)) as i32)
    }

    /// A percentage, 0 to 100.
    pub(super) fn percent(&self, name: &str) -> Option<u8> {
        u8::try_from(self.whole(name, 0, 100)?).ok()
    }
}

fn texts(value: Option<&SlotValue>) -> Vec<&str> {
    let texts = match value {
        Some(SlotValue::Text(text)) => vec![text.as_str()],
        Some(SlotValue::Many(texts)) => texts.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).collect()
}
