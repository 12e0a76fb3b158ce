//! From a sentence to what is wished: templates, matcher, targets, plan and words of the reply. Pure.
