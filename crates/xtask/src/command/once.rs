//! `cargo xtask dev --once`: one request through everything.

use std::process::ExitCode;

use anyhow::Result;
use breakwater_testing::Stack;

use crate::http::{self, Answer, AnswerHead};

pub(super) fn ask(stack: &Stack) -> Result<ExitCode> {
    let Answer { head, body } = http::get(stack.url(), "/")?;
    println!("GET {}/", stack.url());
    println!("{}", head.status_line);
    for (key, value) in &head.fields {
        println!("{key}: {value}");
    }
    let text = String::from_utf8_lossy(&body);
    println!("\n{}", text.lines().next().unwrap_or_default());
    println!("({} bytes)", body.len());
    if is_from_origin(&head) {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: that is not an answer of the upstream with a status of 2xx");
    Ok(ExitCode::FAILURE)
}

fn is_from_origin(head: &AnswerHead) -> bool {
    let source = head.field("breakwater").unwrap_or_default();
    let mut members = source.split(',').map(str::trim);
    (200..300).contains(&head.status) && members.any(|member| member == "source=origin")
}

#[cfg(test)]
mod tests {
    use super::{AnswerHead, is_from_origin};

    #[track_caller]
    fn check(status: u16, breakwater: &str, expected: bool) {
        let head = AnswerHead {
            status_line: format!("HTTP/1.1 {status} Status"),
            status,
            fields: vec![("Breakwater".into(), breakwater.into())],
        };
        assert_eq!(is_from_origin(&head), expected);
    }

    #[test]
    fn only_the_origin_s_success_is_one() {
        check(200, "upstream=web, circuit=closed, source=origin", true);
        check(200, "upstream=web, circuit=open, source=stale", false);
        check(503, "upstream=web, circuit=closed, source=origin", false);
        check(200, "", false);
    }
}
