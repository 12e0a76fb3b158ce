use super::*;
use crate::model::{ItemStatus, ListId, ListItem, State, TodoList};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn item(id: u64, summary: &str) -> ListItem {
    let created = Timestamp::from_millis(5);
    ListItem { id, summary: summary.into(), status: ItemStatus::NeedsAction, created }
}

fn shopping() -> ListId {
    ListId::new("shopping").unwrap()
}

async fn put(store: &Store, writes: Vec<Write>) -> Result<(), StoreError> {
    store.write(writes)?.await.unwrap()
}

#[test]
fn the_tables_of_this_version() {
    let folder = folder();
    let connection = schema::open(&file_in(folder.path())).unwrap();
    let mut statement = connection.prepare("SELECT sql FROM sqlite_master WHERE sql NOT NULL").unwrap();
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let tables = tables.collect::<Result<Vec<_>, _>>().unwrap().join(";\n\n");
    insta::assert_snapshot!(format!("schema_{}", schema::known_version()), tables);
}

#[tokio::test]
async fn what_was_written_is_there_again() {
    let folder = folder();
    let path = file_in(folder.path());
    let (store, empty) = Store::open(&path).unwrap();
    assert!(empty.lists.is_empty());
    let lamp = EntityId::new("light.lamp").unwrap();
    let state = State::unknown(Timestamp::from_millis(7));
    let written = vec![
        Write::PutList(shopping(), "Shopping".into(), 3),
        Write::PutItem(shopping(), item(1, "milk")),
        Write::PutItem(shopping(), item(2, "面包")),
        Write::RemoveItem(shopping(), 1),
        Write::State(lamp.clone(), Arc::new(state.clone())),
        Write::Discovery("homeassistant/light/a/config".into(), "{}".into()),
        Write::Discovery("homeassistant/light/b/config".into(), "{}".into()),
        Write::Discovery("homeassistant/light/a/config".into(), "{ }".into()),
    ];
    put(&store, written).await.unwrap();
    store.close().await;
    assert_eq!(put(&store, vec![Write::Probe]).await, Err(StoreError::Closed));

    let (_store, stored) = Store::open(&path).unwrap();
    let list = TodoList { id: shopping(), name: "Shopping".into(), items: vec![item(2, "面包")] };
    assert_eq!(stored.lists, [SavedList { list, next_item: 3 }]);
    assert_eq!(stored.states, [(lamp, state)]);
    let topics: Vec<_> =
        stored.discovery.iter().map(|(topic, payload)| (&topic[19..], &payload[..])).collect();
    assert_eq!(topics, [("/a/config", b"{ }".as_slice()), ("/b/config", b"{}".as_slice())]);
}

#[test]
fn a_database_from_the_future_is_left_alone() {
    let folder = folder();
    let path = file_in(folder.path());
    drop(schema::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(&path).err().unwrap();
    assert_eq!(error, StoreError::Future { path: path.clone(), found: 99, known: schema::known_version() });
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a log was made beside the file");
}

#[test]
fn a_damaged_file_is_named() {
    let folder = folder();
    let path = file_in(folder.path());
    std::fs::write(&path, "no database at all").unwrap();
    let error = Store::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"no database at all");

    std::fs::remove_file(&path).unwrap();
    drop(schema::open(&path).unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    let end = bytes.len().min(8_192);
    bytes[100..end].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let error = Store::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_full_disk_changes_nothing_and_passes() {
    let folder = folder();
    let path = file_in(folder.path());
    let (store, _) = Store::open(&path).unwrap();
    put(&store, vec![Write::PutList(shopping(), "Shopping".into(), 1)]).await.unwrap();
    // SQLite's own limit gives the same error as a disk without room.
    let limit =
        |pages: i64| store.query(move |connection| connection.pragma_update(None, "max_page_count", pages));
    limit(1).await.unwrap();
    let long = "x".repeat(100_000);
    let failed = put(&store, vec![Write::PutItem(shopping(), item(1, &long))]).await;
    assert_eq!(failed, Err(StoreError::Full { path: path.clone() }));
    limit(1_000_000).await.unwrap();
    put(&store, vec![Write::PutItem(shopping(), item(2, "milk"))]).await.unwrap();
    store.close().await;
    let (_store, stored) = Store::open(&path).unwrap();
    assert_eq!(stored.lists[0].list.items, [item(2, "milk")]);
}

#[tokio::test]
async fn one_bad_write_in_a_group_does_not_harm_the_others() {
    let folder = folder();
    let (store, _) = Store::open(&file_in(folder.path())).unwrap();
    let token = |id: &str| Token {
        id: id.into(),
        name: "test".into(),
        hash: vec![1],
        created: Timestamp::from_millis(1),
        last_used: None,
    };
    // The second has the hash of the first, which must be unique.
    let first = store.write(vec![Write::AddToken(token("a"))]).unwrap();
    let second = store.write(vec![Write::PutList(shopping(), "S".into(), 1), Write::AddToken(token("b"))]);
    let third = store.write(vec![Write::Password("hash".into())]).unwrap();
    first.await.unwrap().unwrap();
    second.unwrap().await.unwrap().unwrap_err();
    third.await.unwrap().unwrap();
    assert_eq!(store.auth_tokens().await.unwrap(), [token("a")]);
    assert_eq!(store.auth_password().await.unwrap().as_deref(), Some("hash"));
    store.close().await;
    assert!(Store::open(store.path()).unwrap().1.lists.is_empty());
}

#[tokio::test]
async fn sessions_end_with_the_password() {
    let folder = folder();
    let (store, _) = Store::open(&file_in(folder.path())).unwrap();
    let session = |secret: u8, created: i64, expires: i64| Session {
        hash: vec![secret],
        csrf: "c".into(),
        created: Timestamp::from_millis(created),
        expires: Timestamp::from_millis(expires),
        last_used: Timestamp::from_millis(created),
    };
    store.auth_add_session(session(1, 0, 100)).await.unwrap();
    store.auth_add_session(session(2, 150, 300)).await.unwrap();
    let now = Timestamp::from_millis(0);
    assert_eq!(store.auth_sessions(now).await.unwrap(), [session(2, 150, 300)]);
    assert_eq!(store.auth_sessions(Timestamp::from_millis(300)).await.unwrap(), []);
    store.auth_touch_session(vec![2], Timestamp::from_millis(200), Timestamp::from_millis(400)).unwrap();
    assert_eq!(store.auth_sessions(now).await.unwrap()[0].expires, Timestamp::from_millis(400));
    store.auth_put_password("new".into()).await.unwrap();
    assert_eq!(store.auth_sessions(now).await.unwrap(), []);
}

#[tokio::test]
async fn history_is_thinned_out_and_trimmed() {
    let folder = folder();
    let (store, _) = Store::open(&file_in(folder.path())).unwrap();
    let entity = EntityId::new("sensor.outside").unwrap();
    let at = Timestamp::from_millis;
    let mut records: Vec<_> =
        (0..1_000).map(|n| Recorded { at: at(n * 10), value: Point::Number(1.5) }).collect();
    records.push(Recorded { at: at(10_000), value: Point::Missing });
    records.push(Recorded { at: at(10_010), value: Point::Text("calm".into()) });
    put(&store, vec![Write::History(entity.clone(), records)]).await.unwrap();

    let plot = store.history(entity.clone(), at(0), at(10_020), 10).await.unwrap();
    assert!((10..=12).contains(&plot.points.len()), "{} points", plot.points.len());
    assert_eq!(plot.points[0].1, Some(1.5));
    assert_eq!(plot.points.last().unwrap().1, None);
    assert_eq!(plot.states, [(10_010, "calm".to_owned())]);
    let held = store.history(entity.clone(), at(20_000), at(30_000), 10).await.unwrap();
    assert_eq!(held.states, [(20_000, "calm".to_owned())]);

    store.trim_history(Limits { days: 30, rows: 400 }, at(10_010)).unwrap();
    put(&store, vec![Write::Probe]).await.unwrap();
    let kept = store.history(entity, at(0), at(10_020), MANY).await.unwrap();
    assert!((200..=400).contains(&kept.points.len()), "{} points", kept.points.len());
}

const MANY: usize = 100_000;
