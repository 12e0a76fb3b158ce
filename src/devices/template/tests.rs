//! Templates as devices send them.

use super::*;

fn read(source: &str, payload: &str) -> Result<String, TemplateError> {
    let mut templates = Templates::new("Europe/Berlin");
    templates.set_now(crate::model::Timestamp::from_millis(1_700_000_000_000));
    let template = templates.compile(source)?;
    templates.read(&template, &Payload::new(payload.as_bytes()))
}

fn assert_reads(payload: &str, cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        assert_eq!(read(source, payload).as_deref(), Ok(*expected), "{source}");
    }
}

#[test]
fn what_discovery_messages_use() {
    assert_reads(
        r#"{"a": 21.456, "s": "on", "n": null, "l": [1, 2], "m": {"k": "v"}, "b": true, "t": "1;2;3", "i": 7}"#,
        &[
            ("{{ value_json.a | round(1) }}", "21.5"),
            ("{{ value_json.a | float | round(0) }}", "21"),
            ("{{ value_json.a|int }}", "21"),
            ("{{ value_json.missing | default('x') }}", "x"),
            ("{{ value_json['missing'] | float(0) }}", "0"),
            ("{{ value_json.missing | int(default=3) }}", "3"),
            ("{{ value_json.n }}", "None"),
            ("{{ value_json.b }}", "True"),
            ("{{ value_json.b | lower }}", "true"),
            ("{{ value_json.l }}", "[1, 2]"),
            ("{{ value_json.m }}", "{'k': 'v'}"),
            ("{{ value_json.m | tojson }}", r#"{"k":"v"}"#),
            ("{{ 'ON' if value_json.s == 'on' else 'OFF' }}", "ON"),
            ("{{ iif(value_json.s == 'on', 'yes', 'no') }}", "yes"),
            ("{{ value_json.s.upper() }}", "ON"),
            ("{{ value_json.t.split(';')[1] }}", "2"),
            ("{{ value_json.get('q', 5) }}", "5"),
            ("{% for k, v in value_json.m.items() %}{{ k }}={{ v }}{% endfor %}", "k=v"),
            ("{% if value_json.s is defined and 's' in value_json %}y{% endif %}", "y"),
            ("{{ value_json.i | multiply(0.1) | round(2) }}", "0.7"),
            ("{{ value_json.i | bitwise_and(3) }}", "3"),
            ("{{ '%0.2f' | format(value_json.a) }}", "21.46"),
            ("{{ '{:.1f} {}'.format(value_json.a, 'x') }}", "21.5 x"),
            ("{{ value | regex_search('on') }}", "True"),
            ("{{ value_json.t | regex_replace('(\\\\d);', '\\\\1-') }}", "1-2-3"),
            ("{{ value_json.t | regex_findall_index('\\\\d', 2) }}", "3"),
            ("{{ (value_json.i / 2) }}", "3.5"),
            ("{{ value_json.i // 2 }}", "3"),
            ("{{ value_json.i ** 2 }}", "49"),
            ("{{ value_json.i ~ '%' }}", "7%"),
            ("{{ value_json.t[0:3] }}", "1;2"),
            (
                "{% set x = namespace(v=1) %}{% for i in value_json.l %}{% set x.v = x.v + i %}{% endfor %}{{ x.v }}",
                "4",
            ),
            ("{{ value_json.l | sum }} {{ value_json.l | max }} {{ value_json.l | average }}", "3 2 1.5"),
            ("{{ value_json.i | timestamp_custom('%H:%M:%S', false) }}", "00:00:07"),
            ("{{ (as_timestamp(now()) - 10) | int }}", "1699999990"),
            ("{{ now().year }}", "2023"),
            ("{{ (now() - timedelta(seconds=value_json.i)).isoformat() }}", "2023-11-14T23:13:13+01:00"),
            ("{{ (now() - timedelta(days=1, hours=2) + timedelta(minutes=3)).day }}", "13"),
            ("{{ (now() - (now() - timedelta(hours=3))).total_seconds() | int }}", "10800"),
            ("{{ timedelta(days=1, seconds=3723) }}", "1 day, 1:02:03"),
            ("{{ relative_time(now() - timedelta(hours=5)) }}", "5 hours"),
            ("{{ 120 | clamp(0, 100) }}", "100.0"),
            ("{{ value_json.i | ordinal }}", "7th"),
            ("{{ states('sensor.x') }}", "unknown"),
            ("{{ value_json.0 }}", ""),
            ("{{ value_json.values() | list | count }}", "8"),
            ("{{ '1.5' | is_number }} {{ 'x' is is_number }}", "True False"),
            ("{{ value_json.l | map('string') | join(',') }}", "1,2"),
            ("{{ {'a': 1}['a'] }} {{ [1, 2] | last }}", "1 2"),
        ],
    );
}

#[test]
fn values_that_are_no_json() {
    assert_reads(
        "21.5",
        &[("{{ value }}", "21.5"), ("{{ value | float * 2 }}", "43.0"), ("{{ value_json }}", "21.5")],
    );
    assert_reads(
        "2023-11-14T22:13:20Z",
        &[
            ("{{ value | as_timestamp | int }}", "1700000000"),
            ("{{ as_datetime(value) }}", "2023-11-14 23:13:20+01:00"),
            ("{{ (value | as_datetime).strftime('%d.%m.') }}", "14.11."),
        ],
    );
    assert!(read("{{ value_json.x }}", "plain").is_err());
    assert!(read("{{ value | float }}", "plain").is_err());
    assert!(read("{{ value_json.a.b.c }}", "{}").is_err());
}

#[test]
fn templates_that_loop_or_grow_are_stopped() {
    for source in [
        "{% for a in range(9000) %}{% for b in range(9000) %}x{% endfor %}{% endfor %}",
        "{{ range(100000000) | list }}",
        "{% set n = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
        "{% set a = value %}{% for i in range(9000) %}{{ value | center(1000) }}{% endfor %}",
        "{{ (value * 60000) | replace('1', value * 60000) }}",
        "{{ (value * 60000) | join(value * 60000) }}",
        "{{ 'x' * 1000000 }}",
        "{% set ns = namespace(l=[]) %}{% for i in range(900) %}{% set ns.l = ns.l + ['x' * 100000] %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(900) %}{% set ns.l = ns.l + [('x' * 9000) ~ i] %}{% endfor %}",
        "{% set ns = namespace(a='') %}{% for i in range(900) %}{% set ns.a = ns.a ~ ('xxxxxxxx' * 1000) %}{% endfor %}{{ ns.a|length }}",
        "{{ ('x' * 1000 * 1000 * 50)|length }}",
        "{{ ('x' * 10 ** 7)|length }}",
        "{{ (10000000 * 'x')|length }}",
        "{{ ([0] * 10000000)|length }}",
        "{{ [1, 2, 3]|join('x' * 10 ** 9) }}",
        "{{ 'aaaaaaaa'|replace('a', 'b' * 10 ** 6)|replace('b', 'c' * 10 ** 6)|length }}",
        "{{ ('a' * 60000).replace('a', 'b' * 60000)|length }}",
        "{{ ('a' * 60000)|regex_replace('a', 'b' * 60000)|length }}",
        "{{ ('x' * 60000).join(range(9000)|list)|length }}",
        "{% set l = [1] * 1000 %}{% set m = [l] * 1000 %}{% set n = [m] * 1000 %}{{ n }}",
    ] {
        assert!(read(source, "1").is_err(), "{source}");
    }
    assert!(Templates::new("UTC").compile(&"(".repeat(5000)).is_ok());
    assert!(Templates::new("UTC").compile(&format!("{{{{ {}1 }}}}", "(".repeat(5000))).is_err());
}

#[test]
fn bytes_are_unpacked() {
    let mut templates = Templates::new("UTC");
    let payload = [0x12, 0x34, 0xff, 0xfe, 0x00, 0x00, 0x80, 0x3f];
    for (source, expected) in [
        ("{{ value | unpack('>H') }}", "4660"),
        ("{{ value | unpack('<H') }}", "13330"),
        ("{{ value | unpack('>h', offset=2) }}", "-2"),
        ("{{ unpack(value, 'b', 2) }}", "-1"),
        ("{{ value | unpack('<f', 4) }}", "1.0"),
    ] {
        let template = templates.compile(source).unwrap();
        assert_eq!(templates.read(&template, &Payload::raw(&payload)).as_deref(), Ok(expected), "{source}");
    }
    let template = templates.compile("{{ value | unpack('>Q', 4) }}").unwrap();
    assert!(templates.read(&template, &Payload::raw(&payload)).is_err());
}

#[test]
fn small_texts_may_still_be_repeated_and_joined() {
    assert_reads(
        r#"{"a": 7, "l": ["x", "y"]}"#,
        &[
            ("{{ '0' * (4 - (value_json.a|string|length)) ~ value_json.a }}", "0007"),
            ("{{ [0] * 3 }}", "[0, 0, 0]"),
            ("{{ (value_json.a * 2 + 1) ~ '!' }}", "15!"),
            ("{{ value_json.nothing ~ 'x' }}", "x"),
            ("{{ value_json.l + ['z'] }}", "['x', 'y', 'z']"),
            ("{{ value_json.a * 1.5 * 2 }}", "21.0"),
            ("{{ ', '.join(value_json.l) }}", "x, y"),
        ],
    );
}

#[test]
fn templates_are_shared_and_let_go() {
    let mut templates = Templates::new("UTC");
    let first = templates.compile("{{ value | upper }}").unwrap();
    let second = templates.compile("{{ value | upper }}").unwrap();
    assert!(Arc::ptr_eq(&first.0, &second.0));
    for index in 0..5000 {
        templates.compile(&format!("{{{{ value ~ {index} }}}}")).unwrap();
    }
    assert!(templates.known.len() < 2100, "{}", templates.known.len());
    assert_eq!(templates.read(&first, &Payload::new(b"a")).as_deref(), Ok("A"));
}

/// How Zigbee2MQTT takes an action such as `button_1_press` apart (after its own template).
const ACTIONS: &str = r#"{% set patterns = [
{"pattern": '^(?P<button>(?:button_)?[a-z0-9]+)_(?P<action>(?:press|hold)(?:_release)?)$', "groups": ["button", "action"]},
{"pattern": '^(?P<prefix>region_)(?P<region>[1-9]|10)_(?P<action>enter|leave)$', "groups": ["prefix", "region", "action"]}
] %}
{% set action_value = value_json.action|default('') %}
{% set ns = namespace(r=[('action', action_value)]) %}
{% for p in patterns %}
  {% set m = action_value|regex_findall(p.pattern) %}
  {% if m[0] is undefined %}{% continue %}{% endif %}
  {% for key, value in zip(p.groups, m[0]) %}
    {% set ns.r = ns.r|rejectattr(0, 'eq', key)|list + [(key, value)] %}
  {% endfor %}
{% endfor %}
{% if (ns.r|selectattr(0, 'eq', 'prefix')|first) is defined %}
  {% set ns.r = ns.r|rejectattr(0, 'eq', 'action')|list + [('action', ns.r|selectattr(0, 'eq', 'prefix')|map(attribute=1)|first + ns.r|selectattr(0, 'eq', 'action')|map(attribute=1)|first)] %}
{% endif %}
{% set ns.r = ns.r + [('event_type', ns.r|selectattr(0, 'eq', 'action')|map(attribute=1)|first)] %}
{{dict.from_keys(ns.r|rejectattr(0, 'in', ('action', 'prefix'))|reject('eq', ('event_type', None))|reject('eq', ('event_type', '')))|to_json}}"#;

#[test]
fn zigbee2mqtt_takes_actions_apart() {
    let run = |action: &str| read(ACTIONS, &serde_json::json!({ "action": action }).to_string());
    assert_eq!(run("button_1_press").unwrap(), r#"{"button":"button_1","event_type":"press"}"#);
    assert_eq!(run("region_3_enter").unwrap(), r#"{"event_type":"region_enter","region":"3"}"#);
    assert_eq!(run("single").unwrap(), r#"{"event_type":"single"}"#);
    assert_eq!(run("").unwrap(), "{}");
}

#[test]
fn long_texts_are_cut_as_asked() {
    assert_reads(
        r#"{"a": "0123456789 abc"}"#,
        &[
            ("{{ value_json[\"a\"] | default('',True) | string | truncate(5, True, '', 0) }}", "01234"),
            ("{{ value_json.b | default('',True) | string | truncate(5, True, '', 0) }}", ""),
            ("{{ value_json.a | truncate(12, false, '…', 0) }}", "0123456789…"),
            ("{% set values = {None:None,'idle':'idle'} %}{{ values[value_json.c] }}", ""),
            ("{{ {'a': 1}[value_json.a] | default('None') }}", "None"),
        ],
    );
}
