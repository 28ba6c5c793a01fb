//! The templates of pages, which are filled in while the Worker is built.

use core::fmt;
use std::collections::BTreeSet;

use alloc::string::{String, ToString};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use super::escaped;

/// Fills in a template. A text is escaped as [`escaped`] does it, so that it can open no hole, and
/// [`html`] is not.
///
/// # Errors
/// [`PageError`] if the template is malformed or names a text that the context has not.
pub(super) fn render(file: &str, source: &str, context: &Value) -> Result<String, PageError> {
    let mut environment = Environment::new();
    // A line that holds only a tag leaves no empty line, and the last line ends as it is written.
    let mut syntax = environment.syntax().to_builder();
    let syntax = syntax.trim_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| refused(file, &error))?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, _, value| {
        let text = value.to_string();
        let html = if value.is_safe() { text.as_str().into() } else { escaped(&text) };
        out.write_str(&html).map_err(Into::into)
    });
    let template = environment.template_from_named_str(file, source);
    let template = template.map_err(|error| refused(file, &error))?;
    let wanted: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
    let missing = wanted.iter().find(|name| context.get_attr(name).is_ok_and(|v| v.is_undefined()));
    if let Some(name) = missing {
        return Err(PageError {
            file: file.into(),
            key: name.clone(),
            problem: "has no text".into(),
        });
    }
    template.render(context).map_err(|error| refused(file, &error))
}

fn refused(file: &str, error: &minijinja::Error) -> PageError {
    let key = error.line().map(|line| line.to_string()).unwrap_or_default();
    let problem = error.detail().map_or_else(|| error.kind().to_string(), Into::into);
    PageError { file: file.into(), key, problem }
}

/// A value that is HTML already.
pub(super) fn html(text: String) -> Value {
    Value::from_safe_string(text)
}

/// Why a page cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError {
    /// The file.
    pub file: String,
    /// The text, the hole, or the line; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, problem } = self;
        if key.is_empty() {
            write!(f, "{file}: {problem}")
        } else {
            write!(f, "{file}: {key}: {problem}")
        }
    }
}

impl core::error::Error for PageError {}
