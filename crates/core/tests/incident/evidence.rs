//! What is kept of a failed check, and the command that asks the same.

#[cfg(unix)]
use std::process::Command;

use breakwater_core::base::fields::Fields;
use breakwater_core::base::redaction::Redactor;
use breakwater_core::base::secret_name::SecretName;
use breakwater_core::base::time::Millis;
use breakwater_core::watch::check::{
    CheckFieldValue, CheckKind, CheckRequest, CheckedAnswer, DnsRecord, EVIDENCE_BODY_MAX,
    FailedAttempt, FailureEvidence, FailurePhase, command_of,
};

use crate::at;

/// The value of the secret that is nowhere in what is kept.
const CANARY: &str = "c4n4ry/+&'\"<é>";
const TIMEOUT: Millis = Millis::from_secs(10);

fn secret(name: &str) -> SecretName {
    SecretName::parse(name).expect("a name")
}

fn request() -> CheckRequest {
    CheckRequest {
        method: "GET".into(),
        url: "https://shop.example/health?a=1&b=2".into(),
        fields: Vec::new(),
        body: None,
        follows_redirects: false,
    }
}

fn redactor() -> Redactor {
    Redactor::new([("API_KEY", CANARY)])
}

#[track_caller]
fn check(request: CheckRequest, command: &str) {
    let kind = CheckKind::Http(request);
    assert_eq!(command_of(&kind, TIMEOUT, &redactor()).as_deref(), Some(command));
}

fn failed(answer: Option<&CheckedAnswer<'_>>, kind: &CheckKind) -> FailureEvidence {
    let reasons = ["status 503, expected 2xx".to_owned()];
    let attempt = FailedAttempt {
        at: at(0),
        place: "weur",
        kind,
        timeout: TIMEOUT,
        answer,
        phase: answer.is_none().then_some(FailurePhase::Connect),
        took: Millis::new(120),
        reasons: &reasons,
    };
    FailureEvidence::new(&attempt, &redactor())
}

fn answer<'a>(fields: &'a str, body: &'a [u8]) -> CheckedAnswer<'a> {
    CheckedAnswer {
        status: 503,
        fields: Fields::new(fields),
        body,
        size: body.len() as u64,
        is_cut: false,
        url: "https://shop.example/down",
        took: Millis::new(120),
    }
}

#[test]
fn a_command_asks_what_the_check_asks() {
    check(request(), "curl --include --max-time 10 'https://shop.example/health?a=1&b=2'");
    check(
        CheckRequest { method: "HEAD".into(), follows_redirects: true, ..request() },
        "curl --head --max-time 10 --location 'https://shop.example/health?a=1&b=2'",
    );
    check(
        CheckRequest { url: "https://[::1]/".into(), ..request() },
        "curl --include --max-time 10 --globoff 'https://[::1]/'",
    );
    let fields = vec![
        ("accept".to_owned(), CheckFieldValue::Plain("*/*".into())),
        ("x-empty".to_owned(), CheckFieldValue::Plain(String::new())),
        (
            "authorization".to_owned(),
            CheckFieldValue::Secret { prefix: "Bearer ".into(), name: secret("API_KEY") },
        ),
    ];
    check(
        CheckRequest {
            method: "POST".into(),
            fields,
            body: Some("it's @file".into()),
            ..request()
        },
        "curl --include --request 'POST' --max-time 10 --header 'accept: */*' --header 'x-empty;' \
         --header 'authorization: Bearer '\"$API_KEY\" \
         --header 'content-type: text/plain;charset=UTF-8' --data-raw 'it'\\''s @file' \
         'https://shop.example/health?a=1&b=2'",
    );
}

#[test]
fn other_kinds_have_commands_of_their_own() {
    let tcp = CheckKind::Tcp { host: "db.example".into(), port: 5432 };
    let expected = "nc -v -z -w 10 'db.example' 5432";
    assert_eq!(command_of(&tcp, TIMEOUT, &redactor()).as_deref(), Some(expected));
    let dns = CheckKind::Dns {
        name: "shop.example".into(),
        record: DnsRecord::Aaaa,
        resolver: "https://dns.example/query".into(),
        contains: None,
    };
    assert_eq!(
        command_of(&dns, TIMEOUT, &redactor()).as_deref(),
        Some(
            "curl --include --max-time 10 --header 'accept: application/dns-json' \
             'https://dns.example/query?name=shop.example&type=AAAA'"
        ),
    );
    let heartbeat =
        CheckKind::Heartbeat { grace: TIMEOUT, schedule: None, token: secret("JOB_TOKEN") };
    assert_eq!(command_of(&heartbeat, TIMEOUT, &redactor()), None);
}

/// The words that a shell makes of a command.
#[cfg(unix)]
fn words(command: &str) -> Vec<String> {
    let script = command.replacen("curl", r"printf '%s\0'", 1);
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", &script]).env("API_KEY", CANARY).output().expect("a shell");
    assert!(output.status.success(), "{command}: {output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn a_shell_takes_a_command_word_for_word() {
    for text in ["$(touch x)", "`id`", "a'b''c'", "\\", "a\nb\tc", "!! $HOME ~ * ; & | > <", "-é☂"]
    {
        let fields = vec![
            ("x-a".to_owned(), CheckFieldValue::Plain(text.into())),
            (
                "x-b".to_owned(),
                CheckFieldValue::Secret { prefix: text.into(), name: secret("API_KEY") },
            ),
        ];
        let request = CheckRequest { fields, body: Some(text.into()), ..request() };
        let url = request.url.clone();
        let command = command_of(&CheckKind::Http(request), TIMEOUT, &redactor()).unwrap();
        let words = words(&command);
        assert!(words.contains(&format!("x-a: {text}")), "{words:?}");
        assert!(words.contains(&format!("x-b: {text}{CANARY}")), "{words:?}");
        assert!(words.contains(&text.to_owned()), "{words:?}");
        assert_eq!(words.last(), Some(&url));
    }
}

#[test]
fn an_answer_is_kept_with_some_of_its_fields_and_the_beginning_of_its_body() {
    let fields = "set-cookie:session=1\nserver:nginx\ncontent-type:text/html\nx-other:1";
    let body = format!("down\r\n\u{1b}[31m{}", "é".repeat(EVIDENCE_BODY_MAX));
    let kind = CheckKind::Http(request());
    let kept = failed(Some(&answer(fields, body.as_bytes())), &kind);
    assert_eq!((kept.status, kept.phase), (Some(503), None));
    assert_eq!(kept.url, "https://shop.example/down");
    let expected = [("content-type", "text/html"), ("server", "nginx")];
    assert_eq!(kept.fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(kept.body.starts_with("down\n\u{fffd}[31mé"), "{}", kept.body);
    assert!(kept.body.ends_with('é'));
    assert!(kept.body.len() <= EVIDENCE_BODY_MAX + 2);
    assert!(kept.curl().is_some());
}

#[test]
fn no_answer_leaves_what_was_asked() {
    let kept = failed(None, &CheckKind::Http(request()));
    assert_eq!((kept.status, kept.phase), (None, Some(FailurePhase::Connect)));
    assert_eq!(kept.url, "https://shop.example/health?a=1&b=2");
    let stored = serde_json::to_string(&kept).unwrap();
    assert_eq!(
        stored,
        concat!(
            r#"{"at":1795435400000,"place":"weur","method":"GET","#,
            r#""url":"https://shop.example/health?a=1&b=2","took":"120ms","#,
            r#""reasons":["status 503, expected 2xx"],"phase":"connect","#,
            r#""command":"curl --include --max-time 10 'https://shop.example/health?a=1&b=2'"}"#
        ),
    );
    assert_eq!(serde_json::from_str::<FailureEvidence>(&stored).unwrap(), kept);
}

#[test]
fn a_secret_is_in_nothing_that_is_kept() {
    let json = serde_json::to_string(CANARY).unwrap();
    let body = format!("{}{CANARY} {json}", "x".repeat(EVIDENCE_BODY_MAX - 8));
    let fields = format!("location:https://shop.example/?key={CANARY}\nserver:{CANARY}");
    let secret_field =
        CheckFieldValue::Secret { prefix: "Bearer ".into(), name: secret("API_KEY") };
    let request = CheckRequest {
        url: format!("https://shop.example/?key={CANARY}"),
        fields: vec![
            ("authorization".into(), secret_field),
            ("x-key".into(), CheckFieldValue::Plain(CANARY.into())),
        ],
        body: Some(format!("key={CANARY}")),
        ..request()
    };
    let url = request.url.clone();
    let kind = CheckKind::Http(request);
    let answered = CheckedAnswer { url: &url, ..answer(&fields, body.as_bytes()) };
    for kept in [failed(Some(&answered), &kind), failed(None, &kind)] {
        let stored = serde_json::to_string(&kept).unwrap();
        assert!(!stored.contains("c4n4"), "{stored}");
        assert!(stored.contains("$API_KEY"));
    }
    let short = format!("{CANARY} {json} ");
    let kept = failed(Some(&answer("", short.as_bytes())), &kind);
    assert_eq!(kept.body, "$API_KEY \"$API_KEY\" ");
}
