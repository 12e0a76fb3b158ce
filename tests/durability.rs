//! What the hub has confirmed survives: the real program is killed in the middle of changes, its disk
//! fills up, and it meets a database that is not its own.
//!
//! The full disk is a limit on the size of files (`prlimit --fsize`), which needs no root: writes fail in the
//! middle of SQLite's log, as on a disk without room, and go on once the limit is gone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// How often the hub is killed, unless this variable says otherwise (500 for a long run).
const ROUNDS_VARIABLE: &str = "HOMECLAW_TEST_ROUNDS";
const ROUNDS: usize = 30;
/// How many changes of each kind are confirmed before it is killed.
const CONFIRMED: usize = 15;
/// Long enough for a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// The real program, in a folder of its own.
struct Hub {
    process: Child,
    url: String,
    token: String,
    agent: ureq::Agent,
}

fn configure(folder: &Path) {
    let text = format!(
        "storage: {{ path: {folder:?} }}\nweb: {{ listen: '127.0.0.1:0' }}\n\
         mqtt: {{ embedded: {{ listen: '127.0.0.1:0' }} }}\n"
    );
    std::fs::write(folder.join("config.yml"), text).unwrap();
}

fn command(folder: &Path) -> Command {
    // What a file's limit sends; SQLite is to see the failed write instead.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_homeclaw")]);
    command.args(["run", "--json", "--config"]).arg(folder.join("config.yml"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Hub {
    fn start(folder: &Path) -> Self {
        let mut process = command(folder).stderr(Stdio::inherit()).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let mut greeting = serde_json::Deserializer::from_reader(stdout).into_iter::<Value>();
        let greeting = greeting.next().expect("a greeting").expect("JSON");
        let url = greeting["panel"].as_str().expect("the panel's address").to_owned();
        let token = std::fs::read_to_string(folder.join("cli-token")).unwrap().trim().to_owned();
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Self { process, url, token, agent: config.into() }
    }

    fn client(&self) -> Client {
        Client {
            url: format!("{}/api/v1", self.url.trim_end_matches('/')),
            bearer: format!("Bearer {}", self.token),
            agent: self.agent.clone(),
        }
    }

    fn limit_files(&self, limit: &str) {
        let pid = self.process.id().to_string();
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}")]).status();
        assert!(done.expect("prlimit (Debian package util-linux)").success());
    }

    fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, and waits until it has.
    fn stop(mut self) {
        let pid = Pid::from_raw(i32::try_from(self.process.id()).unwrap());
        signal::kill(pid, Signal::SIGTERM).unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Hub {
    /// SIGKILL: nothing is saved on the way out.
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[derive(Clone)]
struct Client {
    url: String,
    bearer: String,
    agent: ureq::Agent,
}

impl Client {
    /// Status and answer; `None` when the hub is gone.
    fn send(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("Authorization", &self.bearer)
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .unwrap();
        let mut response = self.agent.run(request).ok()?;
        let text = response.body_mut().read_to_string().ok()?;
        Some((response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    fn get(&self, path: &str) -> Value {
        let mut response = self
            .agent
            .get(format!("{}{path}", self.url))
            .header("Authorization", &self.bearer)
            .call()
            .unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.body_mut().read_json().unwrap()
    }
}

/// What the hub has confirmed, and what was asked for last.
#[derive(Default)]
struct Confirmed {
    items: BTreeSet<String>,
    timers: BTreeSet<String>,
    /// Items and timers that were taken away again.
    gone: BTreeSet<String>,
    /// Names of one area: the one confirmed last, and the one on its way.
    area: String,
    asked: String,
    counts: [usize; 3],
}

type Shared = Arc<(Mutex<Confirmed>, Condvar)>;

/// Makes changes of one kind until the hub is gone.
fn keep_changing(
    client: Client,
    shared: &Shared,
    kind: usize,
    change: impl Fn(&Client, &Shared, usize) -> Option<(u16, Value)> + Send + 'static,
) -> JoinHandle<()> {
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        for number in 0.. {
            let Some((status, answer)) = change(&client, &shared, number) else { return };
            assert!((200..300).contains(&status), "{status}: {answer}");
            shared.0.lock().unwrap().counts[kind] += 1;
            shared.1.notify_all();
        }
    })
}

fn texts(array: &Value, key: &str) -> BTreeSet<String> {
    let array = array.as_array().expect("an array");
    array.iter().filter_map(|one| one[key].as_str().map(str::to_owned)).collect()
}

/// Everything that was confirmed is there.
fn check(client: &Client, confirmed: &Confirmed) {
    let lists = client.get("/lists");
    let shopping = lists.as_array().unwrap().iter().find(|list| list["id"] == "shopping").unwrap();
    let items = texts(&shopping["items"], "summary");
    let lost: Vec<_> = confirmed.items.difference(&items).collect();
    assert!(lost.is_empty(), "items: {lost:?}");
    // Those whose time came, before or while the hub was dead, ring and stay for a while.
    let timers = texts(&client.get("/timers"), "name");
    let lost: Vec<_> = confirmed.timers.difference(&timers).collect();
    assert!(lost.is_empty(), "timers: {lost:?}");
    let back: Vec<_> =
        confirmed.gone.iter().filter(|name| items.contains(*name) || timers.contains(*name)).collect();
    assert!(back.is_empty(), "taken away, and back again: {back:?}");
    let areas = texts(&client.get("/areas"), "name");
    assert!(
        confirmed.area.is_empty() || areas.contains(&confirmed.area) || areas.contains(&confirmed.asked),
        "the area is {areas:?}, and was {:?} or {:?}",
        confirmed.area,
        confirmed.asked
    );
}

/// Takes away most of what there is: a list takes 1,000 items, and a hub 500 timers.
fn tidy(client: &Client, confirmed: &mut Confirmed) {
    let remove = |path: String| {
        let (status, answer) = client.send("DELETE", &path, &Value::Null).unwrap();
        assert!((200..300).contains(&status), "{path}: {status}: {answer}");
    };
    if confirmed.items.len() > 400 {
        let lists = client.get("/lists");
        let shopping = lists.as_array().unwrap().iter().find(|list| list["id"] == "shopping").unwrap();
        for item in shopping["items"].as_array().unwrap().iter().skip(10) {
            remove(format!("/lists/shopping/items/{}", item["id"]));
            let name = item["summary"].as_str().unwrap().to_owned();
            confirmed.items.remove(&name);
            confirmed.gone.insert(name);
        }
    }
    if confirmed.timers.len() > 200 {
        for timer in client.get("/timers").as_array().unwrap().iter().skip(10) {
            remove(format!("/timers/{}", timer["id"].as_str().unwrap()));
            let name = timer["name"].as_str().unwrap().to_owned();
            confirmed.timers.remove(&name);
            confirmed.gone.insert(name);
        }
    }
}

#[test]
fn nothing_confirmed_is_lost_when_the_hub_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let shared = Shared::default();
    let hub = Hub::start(folder.path());
    let (status, area) = hub.client().send("POST", "/areas", &json!({ "name": "Room" })).unwrap();
    assert!((200..300).contains(&status), "{status}: {area}");
    hub.kill();
    let rounds = std::env::var(ROUNDS_VARIABLE).map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    for round in 0..rounds {
        let hub = Hub::start(folder.path());
        let client = hub.client();
        {
            let mut confirmed = shared.0.lock().unwrap();
            check(&client, &confirmed);
            tidy(&client, &mut confirmed);
            confirmed.counts = [0; 3];
        }

        let items = keep_changing(client.clone(), &shared, 0, move |client, shared, number| {
            // A list takes 1,000 items; those of earlier rounds stay.
            if number >= 2 * CONFIRMED {
                return client.send("GET", "/lists", &Value::Null);
            }
            let summary = format!("item {round}-{number}");
            let answer = client.send("POST", "/lists/shopping/items", &json!({ "summary": summary }))?;
            shared.0.lock().unwrap().items.insert(summary);
            Some(answer)
        });
        let timers = keep_changing(client.clone(), &shared, 1, move |client, shared, number| {
            // A hub takes 500 timers; those of earlier rounds stay.
            if number >= 2 * CONFIRMED {
                return client.send("GET", "/timers", &Value::Null);
            }
            let name = format!("timer {round}-{number}");
            // Every other one rings around the time at which the hub dies.
            let duration = if number % 2 == 0 { 1_000 } else { 3_600_000 };
            let answer = client.send("POST", "/timers", &json!({ "duration_ms": duration, "name": name }))?;
            shared.0.lock().unwrap().timers.insert(name);
            Some(answer)
        });
        let names = keep_changing(client, &shared, 2, move |client, shared, number| {
            let name = format!("Room {round}-{number}");
            shared.0.lock().unwrap().asked.clone_from(&name);
            let answer = client.send("PUT", "/areas/room", &json!({ "name": name }))?;
            shared.0.lock().unwrap().area = name;
            Some(answer)
        });

        let (lock, changed) = &*shared;
        let enough = |confirmed: &mut Confirmed| confirmed.counts.iter().any(|count| *count < CONFIRMED);
        let (confirmed, waited) = changed.wait_timeout_while(lock.lock().unwrap(), PATIENCE, enough).unwrap();
        assert!(!waited.timed_out(), "{:?} changes in {PATIENCE:?}", confirmed.counts);
        drop(confirmed);
        hub.kill();
        for thread in [items, timers, names] {
            thread.join().unwrap();
        }
    }
    let hub = Hub::start(folder.path());
    check(&hub.client(), &shared.0.lock().unwrap());
    hub.kill();
}

#[test]
fn a_full_disk_refuses_changes_and_the_hub_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let hub = Hub::start(folder.path());
    let client = hub.client();
    let add = |number: usize| {
        let summary = format!("{number} {}", "x".repeat(100));
        let answer = client.send("POST", "/lists/shopping/items", &json!({ "summary": summary }));
        (summary, answer.expect("the hub is there"))
    };
    let mut confirmed = BTreeSet::new();
    hub.limit_files("300000:");
    let refused = (0..900).find_map(|number| match add(number) {
        (summary, (200..300, _)) => {
            confirmed.insert(summary);
            None
        }
        (summary, (status, answer)) => Some((summary, status, answer)),
    });
    let (summary, status, answer) = refused.expect("300 kB are not enough for 900 items");
    assert!(status >= 500, "{status}: {answer}");
    let shown = client.get("/lists").to_string();
    assert!(!shown.contains(&summary), "what was refused is not shown");
    assert!(confirmed.iter().all(|item| shown.contains(item)), "what was confirmed is shown");
    let storage = |client: &Client| {
        let parts = client.get("/health");
        parts.as_array().unwrap().iter().find(|part| part["part"] == "storage").cloned().unwrap()
    };
    assert_eq!(storage(&client)["level"], "failing");
    let said = client.send("POST", "/conversation", &json!({ "text": "add milk to my shopping list" }));
    let reply = said.unwrap().1;
    assert_eq!(reply["kind"], "error", "{reply}");

    hub.limit_files("unlimited:");
    let (summary, (status, answer)) = add(1_000);
    assert!((200..300).contains(&status), "{status}: {answer}");
    confirmed.insert(summary);
    assert_eq!(storage(&client)["level"], "ok");
    hub.kill();
    let hub = Hub::start(folder.path());
    let shown = hub.client().get("/lists").to_string();
    assert!(confirmed.iter().all(|item| shown.contains(item)), "what was confirmed survives");
    hub.kill();
}

/// Starts a hub that cannot start, and gives what it says.
fn refusal(folder: &Path) -> String {
    let mut process = command(folder).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the hub runs, and should not");
        std::thread::yield_now();
    };
    assert!(!status.success());
    let mut text = String::new();
    process.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_strange_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let path = folder.path().join("homeclaw.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE tomorrow (x); PRAGMA user_version = 4000;").unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    let said = refusal(folder.path());
    assert!(said.contains("homeclaw.db") && said.contains("4000") && said.contains("newer"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), before);

    std::fs::write(&path, "a letter to grandmother").unwrap();
    let said = refusal(folder.path());
    assert!(said.contains("homeclaw.db") && said.contains("damaged"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), b"a letter to grandmother");
}

#[test]
fn a_folder_is_for_one_hub() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let hub = Hub::start(folder.path());
    let said = refusal(folder.path());
    assert!(said.contains("in use by another hub") && said.contains("--state-dir"), "{said}");
    hub.kill();
    // What is left of a hub that was killed is in nobody's way.
    Hub::start(folder.path()).kill();
}

#[test]
fn a_database_that_cannot_be_opened_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    std::fs::create_dir(folder.path().join("homeclaw.db")).unwrap();
    let said = refusal(folder.path());
    assert!(said.contains("homeclaw.db") && said.contains("--state-dir"), "{said}");
}

/// Whatever is overwritten in the file: the hub runs, or names the file and leaves it alone; it never breaks
/// down.
#[test]
fn a_damaged_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path());
    let path = folder.path().join("homeclaw.db");
    let hub = Hub::start(folder.path());
    for number in 0..50 {
        let item = json!({ "summary": format!("thing {number}") });
        assert_eq!(hub.client().send("POST", "/lists/shopping/items", &item).unwrap().0, 201);
    }
    hub.stop();
    let whole = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for start in (0..whole.len()).step_by(4_096) {
        let mut damaged = whole.clone();
        for (index, byte) in damaged.iter_mut().enumerate().skip(start).take(2_000) {
            *byte = u8::try_from(index * 151 % 251).unwrap();
        }
        std::fs::write(&path, &damaged).unwrap();
        let output = checked(folder.path());
        if let Some(said) = output {
            assert!(said.contains("homeclaw.db") && said.contains("damaged"), "at {start}: {said}");
            assert_eq!(std::fs::read(&path).unwrap(), damaged, "at {start}");
            refused += 1;
        }
    }
    assert!(refused > 2, "{refused}");
}

/// Starts a hub that may not be able to; gives what it says when it is not, and kills it when it is.
fn checked(folder: &Path) -> Option<String> {
    let mut process = command(folder).spawn().unwrap();
    let mut greeting = [0];
    let greeted = process.stdout.take().unwrap().read(&mut greeting).unwrap() > 0;
    if greeted {
        process.kill().unwrap();
    }
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked"), "{said}");
    (!greeted).then_some(said)
}
