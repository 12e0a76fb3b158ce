//! With a decider that says what it was told to; `src/llm` has the real one.

use futures_util::future::{BoxFuture, ready};

use super::super::tests::Rig;
use super::*;
use crate::hub::ports::{CannotDecide, Decided, Decider, Why};
use crate::model::{Intent, ReplyKind, SlotValue};

/// Decides the same whatever is asked.
struct Scripted(Result<Decision, CannotDecide>);

impl Decider for Scripted {
    fn decide(&self, wish: Wish) -> BoxFuture<'static, Result<Decided, CannotDecide>> {
        let said = format!("about {} entities", wish.excerpt.items().count());
        Box::pin(ready(self.0.clone().map(|decision| Decided {
            decision,
            by: "script".to_owned(),
            said,
            tokens_read: 7,
            tokens_reused: 5,
            tokens_generated: 3,
        })))
    }
}

fn wish(intent: &str, slots: &[(&str, &str)]) -> Asked {
    let slots = slots.iter().map(|(slot, value)| ((*slot).to_owned(), SlotValue::Text((*value).to_owned())));
    Asked { intent: Intent { name: intent.to_owned(), slots: slots.collect() }, response: None }
}

/// A hub with a lamp and a lock, where this is decided.
async fn deciding(decision: Result<Decision, CannotDecide>) -> Rig {
    let rig = Rig::start().await;
    rig.lock().await;
    let lamp =
        r#"{"name": "Lamp", "unique_id": "lamp", "state_topic": "lamp/state", "command_topic": "lamp/set"}"#;
    rig.tell("homeassistant/light/lamp/config", lamp).await;
    rig.tell("lamp/state", "OFF").await;
    rig.handle.decide_with(Arc::new(Scripted(decision)));
    rig
}

#[tokio::test]
async fn what_no_template_understands_is_decided_and_done() {
    let rig = deciding(Ok(Decision::Do(vec![wish("HassTurnOn", &[("name", "light.lamp")])]))).await;
    let saying = rig.say("i can hardly see my book");
    rig.until_published(1).await;
    rig.tell("lamp/state", "ON").await;
    let reply = saying.await.unwrap();
    assert_eq!(reply.kind, ReplyKind::ActionDone, "{reply:?}");
    assert_eq!(rig.published(), [("lamp/set".to_owned(), "ON".to_owned())]);
    let trace = serde_json::to_string(&reply.trace).unwrap();
    assert!(
        trace.contains("script decided: about 2 entities (7 tokens read, 5 known already, 3 written)"),
        "{trace}"
    );
}

#[tokio::test]
async fn nothing_that_lets_somebody_in_happens_without_a_yes() {
    let unlock = || Ok(Decision::Do(vec![wish("HassTurnOff", &[("name", "lock.front_door")])]));
    let rig = deciding(unlock()).await;
    let reply = rig.say("grandma stands outside in the rain").await.unwrap();
    assert_eq!(reply.kind, ReplyKind::Question, "{reply:?}");
    assert!(reply.text.contains("Front door"), "{}", reply.text);
    assert_eq!(rig.published(), []);
    let saying = rig.say("Yes.");
    rig.until_published(1).await;
    rig.tell("door/state", "UNLOCKED").await;
    assert_eq!(saying.await.unwrap().kind, ReplyKind::ActionDone);
    assert_eq!(rig.published(), [("door/set".to_owned(), "UNLOCK".to_owned())]);

    let rig = deciding(unlock()).await;
    rig.say("grandma stands outside in the rain").await.unwrap();
    // Anything else is a sentence of its own, and is asked about anew.
    assert_eq!(rig.say("what a day").await.unwrap().kind, ReplyKind::Question);
    assert_eq!(rig.published(), []);
}

#[tokio::test]
async fn locking_needs_no_yes() {
    let rig = deciding(Ok(Decision::Do(vec![wish("HassTurnOn", &[("name", "lock.front_door")])]))).await;
    let saying = rig.say("burglars are about tonight");
    rig.until_published(1).await;
    rig.tell("door/state", "LOCKED").await;
    assert_eq!(saying.await.unwrap().kind, ReplyKind::ActionDone);
}

#[tokio::test]
async fn two_wishes_in_one_sentence_are_both_done() {
    let both = [("HassTurnOn", "light.lamp"), ("HassTurnOn", "lock.front_door")];
    let both = both.map(|(intent, id)| wish(intent, &[("name", id)]));
    let rig = deciding(Ok(Decision::Do(both.to_vec()))).await;
    let saying = rig.say("lamp please and mind the burglars");
    rig.until_published(1).await;
    rig.tell("lamp/state", "ON").await;
    rig.until_published(2).await;
    rig.tell("door/state", "LOCKED").await;
    assert_eq!(saying.await.unwrap().kind, ReplyKind::ActionDone);
    assert_eq!(rig.published().len(), 2);
}

#[tokio::test]
async fn what_is_not_decided_stays_not_understood() {
    let rig = deciding(Err(CannotDecide::Failed("the model sleeps".to_owned()))).await;
    let reply = rig.say("it is far too quiet").await.unwrap();
    assert_eq!(reply.kind, ReplyKind::NoMatch);
    assert!(serde_json::to_string(&reply.trace).unwrap().contains("the model sleeps"));
    for (why, kind) in [
        (Why::Chat, ReplyKind::NoMatch),
        (Why::Unclear, ReplyKind::NoMatch),
        (Why::Impossible, ReplyKind::Error),
    ] {
        let reply = deciding(Ok(Decision::No(why))).await.say("it is far too quiet").await.unwrap();
        assert_eq!(reply.kind, kind);
        assert!(!reply.text.is_empty());
    }
}

#[test]
fn only_a_plain_yes_is_a_yes() {
    assert!(["Yes.", " okay!", "是的。", "Go ahead"].into_iter().all(is_yes));
    assert!(["yes, but later", "no", "不好", "", "yesterday"].into_iter().all(|answer| !is_yes(answer)));
}
