//! `cargo xtask dev --once`: one request through everything.

use std::process::ExitCode;

use anyhow::Result;
use breakwater_testing::Stack;

use crate::http::{self, Answer};

pub(super) fn ask(stack: &Stack) -> Result<ExitCode> {
    let answer = http::get(stack.url(), "/")?;
    println!("GET {}/", stack.url());
    println!("{}", answer.status_line);
    for (key, value) in &answer.fields {
        println!("{key}: {value}");
    }
    let body = String::from_utf8_lossy(&answer.body);
    println!("\n{}", body.lines().next().unwrap_or_default());
    println!("({} bytes)", answer.body.len());
    if is_from_origin(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: that is not an answer of the upstream with a status of 2xx");
    Ok(ExitCode::FAILURE)
}

fn is_from_origin(answer: &Answer) -> bool {
    let source = answer.field("breakwater").unwrap_or_default();
    let mut members = source.split(',').map(str::trim);
    (200..300).contains(&answer.status()) && members.any(|member| member == "source=origin")
}

#[cfg(test)]
mod tests {
    use super::{Answer, is_from_origin};

    #[track_caller]
    fn check(status: &str, breakwater: &str, expected: bool) {
        let answer = Answer {
            status_line: format!("HTTP/1.1 {status}"),
            fields: vec![("Breakwater".into(), breakwater.into())],
            body: Vec::new(),
        };
        assert_eq!(is_from_origin(&answer), expected);
    }

    #[test]
    fn only_the_origin_s_success_is_one() {
        check("200 OK", "upstream=web, circuit=closed, source=origin", true);
        check("200 OK", "upstream=web, circuit=open, source=stale", false);
        check("503 Service Unavailable", "upstream=web, circuit=closed, source=origin", false);
        check("200 OK", "", false);
    }
}
