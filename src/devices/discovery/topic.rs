//! Topics: which are discovery topics, and which are legal at all.

/// Longest topic that MQTT carries, in bytes.
const MAX_BYTES: usize = 65_535;

/// The parts of `<prefix>/<component>/[<node_id>/]<object_id>/config`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DiscoveryTopic<'a> {
    pub(crate) component: &'a str,
    pub(crate) node_id: Option<&'a str>,
    pub(crate) object_id: &'a str,
}

/// Reads the part of a discovery topic after its prefix and slash.
///
/// `None` when it is none (it does not end in `/config`), an error when it ought to be one.
pub(crate) fn read(after_prefix: &str) -> Option<Result<DiscoveryTopic<'_>, String>> {
    let path = after_prefix.strip_suffix("/config")?;
    let parts: Vec<&str> = path.split('/').take(4).collect();
    let (component, node_id, object_id) = match parts.as_slice() {
        [component, object] => (*component, None, *object),
        [component, node, object] => (*component, Some(*node), *object),
        _ => {
            let reason = "write it as <prefix>/<component>/[<node_id>/]<object_id>/config";
            return Some(Err(format!("illegal discovery topic: {reason}")));
        }
    };
    let legal = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    for part in [component, node_id.unwrap_or("x"), object_id] {
        if !legal(part) {
            let reason = format!("illegal discovery topic: {part:?} may hold only letters, digits, _ and -");
            return Some(Err(reason));
        }
    }
    Some(Ok(DiscoveryTopic { component, node_id, object_id }))
}

/// Checks a topic that messages are published to.
pub(crate) fn check_publish(topic: &str) -> Result<(), String> {
    if topic.contains(['+', '#']) {
        return Err(format!("{topic:?} has a wildcard, so nothing can be published to it"));
    }
    check(topic)
}

/// Checks a topic or filter that is subscribed to.
pub(crate) fn check_subscribe(filter: &str) -> Result<(), String> {
    check(filter)?;
    let levels = filter.split('/');
    let last = levels.clone().count();
    for (index, level) in levels.enumerate() {
        let wild = level.contains(['+', '#']);
        if wild && (level.len() > 1 || (level == "#" && index + 1 != last)) {
            return Err(format!(
                "{filter:?} is no topic filter: a wildcard stands alone in its level, # last"
            ));
        }
    }
    Ok(())
}

fn check(topic: &str) -> Result<(), String> {
    if topic.is_empty() {
        return Err("the topic is empty".to_owned());
    }
    if topic.len() > MAX_BYTES {
        return Err(format!("the topic is longer than {MAX_BYTES} bytes"));
    }
    if topic.chars().any(char::is_control) {
        return Err(format!("the topic {topic:?} has a control character"));
    }
    Ok(())
}

/// Whether a filter has a wildcard.
pub(crate) fn is_wild(filter: &str) -> bool {
    filter.contains(['+', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discovery_topics() {
        let topic = read("light/kitchen/ceiling/config").unwrap().unwrap();
        assert_eq!((topic.component, topic.node_id, topic.object_id), ("light", Some("kitchen"), "ceiling"));
        assert_eq!(read("light/ceiling/config").unwrap().unwrap().node_id, None);
        assert_eq!(read("light/ceiling/state"), None);
        for bad in
            ["light/a b/config", "light/config", "light/a/b/c/config", "light//config", "li+ght/a/config"]
        {
            assert!(read(bad).unwrap().is_err(), "{bad}");
        }
    }

    #[test]
    fn legal_topics() {
        assert!(check_publish("a/b").is_ok());
        assert!(check_publish("a/+").is_err());
        assert!(check_publish("").is_err());
        assert!(check_publish("a\0b").is_err());
        assert!(check_subscribe("a/+/b/#").is_ok());
        assert!(check_subscribe("a/#/b").is_err());
        assert!(check_subscribe("a/b+").is_err());
    }
}
