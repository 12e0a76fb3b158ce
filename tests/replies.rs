//! Replies that the sentence templates' own project expects, when its tests are at hand.
//!
//! `HOMECLAW_INTENTS_TESTS` names a clone of that project (the folder that holds `tests/` and `intents.yaml`).
//! Our own replies are beside the code, in `src/intent/responses/`.

#[cfg(test)]
mod replies {
    use std::path::{Path, PathBuf};
    use std::time::Duration;
    use std::{env, fs};

    use homeclaw::cli::home_file::{HomeFile, to_json};
    use homeclaw::intent::{Language, Matcher, Preview, TimerFacts, preview, render};
    use homeclaw::model::{Timer, TimerState, Timestamp};
    use serde_json::Value;

    /// What the project's own tests put in place of a speaker's area where a file names none.
    const SOMEWHERE: &str = "__context_area__";

    fn files(folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut all: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    }

    fn timer_facts(timer: &Timer) -> TimerFacts {
        TimerFacts {
            name: timer.name.clone().unwrap_or_default(),
            area: timer.area.as_ref().map(|area| area.as_str().to_owned()).unwrap_or_default(),
            is_active: matches!(timer.state, TimerState::Running { .. }),
            set: Duration::from_millis(timer.duration_ms),
            left: timer.left(Timestamp::from_millis(0)),
        }
    }

    /// A group of sentences may bring timers and media of its own.
    fn with_own(home: &HomeFile, group: &Value) -> (Vec<TimerFacts>, Option<String>) {
        let own = serde_json::json!({ "timers": group["timers"], "media": group["media"] });
        let own = HomeFile::parse(&own.to_string(), Timestamp::from_millis(0)).unwrap();
        let timers = if group["timers"].is_array() { &own.timers } else { &home.timers };
        let media = if group["media"].is_array() { &own.media } else { &home.media };
        (timers.iter().map(timer_facts).collect(), media.first().cloned())
    }

    /// The replies of one file that are not as expected, and how many were looked at.
    fn mistakes_of(file: &Path, tag: &str) -> (usize, Vec<String>) {
        let text = fs::read_to_string(file).unwrap();
        let tests = to_json(&text).unwrap();
        let home = HomeFile::parse(&text, Timestamp::from_millis(0)).unwrap();
        let language = Language::load(tag).unwrap();
        let area = home.context_area.clone().unwrap_or_else(|| SOMEWHERE.to_owned());
        let matcher = Matcher::new(language.clone(), &home.view());
        let now = jiff::civil::date(2013, 9, 17).at(1, 2, 0, 0);
        let (mut count, mut mistakes) = (0, Vec::new());
        for group in tests["tests"].as_array().into_iter().flatten() {
            let Some(expected) = group["response"].as_str() else { continue };
            let (timers, media) = with_own(&home, group);
            let given = Preview { now, timers: &timers, media: media.as_deref(), wordings: &home.wordings };
            for sentence in group["sentences"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                count += 1;
                let Ok(found) = matcher.recognize_near(sentence, Some(&area)) else {
                    mistakes.push(format!("{}: {sentence:?}: not understood", file.display()));
                    continue;
                };
                let reply = render(&language, &found, &preview(&home.view(), &found, given));
                if reply != expected.trim() {
                    let place = file.display();
                    mistakes.push(format!("{place}: {sentence:?}: {reply:?} instead of {expected:?}"));
                }
            }
        }
        (count, mistakes)
    }

    #[test]
    fn the_projects_own_replies() {
        let Some(root) = env::var_os("HOMECLAW_INTENTS_TESTS").map(PathBuf::from) else {
            println!("left out: HOMECLAW_INTENTS_TESTS names no clone of the sentence templates' project");
            return;
        };
        let only: Option<String> = env::var("HOMECLAW_INTENTS_LANGUAGES").ok();
        let mut first_class = Vec::new();
        let (mut right, mut total) = (0, 0);
        for tag in Language::available() {
            if only.as_deref().is_some_and(|only| !only.split(',').any(|one| one == *tag)) {
                continue;
            }
            let (mut count, mut mistakes) = (0, Vec::new());
            for folder in files(&root.join("tests").join(tag)).into_iter().filter(|path| path.is_dir()) {
                for file in files(&folder) {
                    let (more, wrong) = mistakes_of(&file, tag);
                    count += more;
                    mistakes.extend(wrong);
                }
            }
            println!("{tag}: {} of {count}", count - mistakes.len());
            total += count;
            right += count - mistakes.len();
            if matches!(*tag, "en" | "zh-CN") {
                first_class.append(&mut mistakes);
            }
        }
        println!("together: {right} of {total}");
        assert!(first_class.is_empty(), "{} replies:\n{}", first_class.len(), first_class.join("\n"));
        // Of the other languages some tests are of another version than the templates, and expect other words.
        assert!(right * 100 >= total * 98, "only {right} of {total} replies are as expected");
    }
}
