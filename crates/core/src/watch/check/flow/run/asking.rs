//! What a run asks, with what it knows so far.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::{FlowRequest, FlowRun};
use crate::base::fields::{self, Fields};
use crate::base::time::{Millis, Timestamp};
use crate::watch::check::flow::redirect::UrlParts;
use crate::watch::check::flow::template::Escaping;
use crate::watch::check::{FlowStep, FlowTemplate, TemplatePart};

/// The largest number of values in the query of one redirect that are hidden in evidence, beside
/// the query as a whole. A log-in sends a code and a state.
const QUERY_VALUES_MAX: usize = 8;

/// A request of a step: its first one, or one that a redirect led to.
pub(super) struct Hop<'a> {
    pub(super) index: usize,
    pub(super) step: &'a FlowStep,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) fields: Vec<(&'a str, String)>,
    pub(super) body: Option<String>,
    pub(super) redirects: usize,
    pub(super) began: Timestamp,
    pub(super) until: Timestamp,
}

impl Hop<'_> {
    /// The request that a redirect leads to (Fetch Standard, "HTTP-redirect fetch", 11 to 13).
    pub(super) fn redirected(mut self, status: u16, url: String) -> Self {
        let drops_body = match status {
            301 | 302 => self.method == "POST",
            303 => !matches!(&*self.method, "GET" | "HEAD"),
            _ => false,
        };
        if drops_body {
            self.method = "GET".into();
            self.body = None;
            self.fields.retain(|(name, _)| !name.starts_with("content-"));
        }
        Self { url, redirects: self.redirects + 1, ..self }
    }
}

impl<'a> FlowRun<'a> {
    /// # Errors
    /// Why the step cannot be asked.
    pub(super) fn first_hop(
        &self,
        index: usize,
        step: &'a FlowStep,
        now: Timestamp,
    ) -> Result<Hop<'a>, String> {
        let until = now + step.timeout;
        let until = if step.always { until } else { until.min(self.until) };
        if until <= now {
            return Err(format!("no time is left of the check's {}", self.check.timeout));
        }
        let missing = || "a value that it sends is missing".to_string();
        let filled = |template: &FlowTemplate, escaping| {
            template.filled(escaping, |part| self.value_of(part)).ok_or_else(missing)
        };
        let mut fields = Vec::new();
        for (name, template) in &step.fields {
            let value = filled(template, Escaping::Plain)?;
            let value = value.trim();
            if !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                return Err(format!("a value does not fit into the field `{name}`"));
            }
            fields.push((name.as_str(), value.into()));
        }
        let content_type = fields.iter().find(|(name, _)| *name == "content-type");
        let escaping = Escaping::of_body(content_type.map_or("", |(_, value): &(_, String)| value));
        let body = step.body.as_ref().map(|body| filled(body, escaping)).transpose()?;
        let url = filled(&step.url, Escaping::Percent)?;
        Ok(Hop {
            index,
            step,
            method: step.method.clone(),
            url,
            fields,
            body,
            redirects: 0,
            began: now,
            until,
        })
    }

    pub(super) fn request(&self, hop: &Hop<'_>, limit: Millis) -> FlowRequest {
        let mut lines = String::new();
        let mut cookies = self.cookies(hop);
        for (name, value) in &hop.fields {
            match cookies.take_if(|_| *name == "cookie") {
                Some(kept) => fields::push(&mut lines, name, &[value, "; ", &*kept].concat()),
                None => fields::push(&mut lines, name, value),
            }
        }
        if let Some(cookies) = cookies {
            fields::push(&mut lines, "cookie", &cookies);
        }
        FlowRequest {
            method: hop.method.clone(),
            url: hop.url.clone(),
            fields: lines,
            body: hop.body.clone(),
            limit,
        }
    }

    pub(super) fn cookies(&self, hop: &Hop<'_>) -> Option<String> {
        let url = UrlParts::of(&hop.url);
        self.jar.field(url.authority(), if url.path.is_empty() { "/" } else { url.path })
    }

    pub(super) fn keep_cookies(&mut self, hop: &Hop<'_>, fields: Fields<'_>, now: Timestamp) {
        let url = UrlParts::of(&hop.url);
        for (_, value) in fields.iter().filter(|(name, _)| *name == "set-cookie") {
            self.jar.set(value, url.authority(), url.path, now);
        }
    }

    /// Hides what a redirect has in its query: log-ins put codes there.
    pub(super) fn hide_query(&mut self, url: &str) {
        let (_, query) = url.split_once('?').unwrap_or_default();
        let values = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, it)| it));
        let hidden = [query].into_iter().chain(values.take(QUERY_VALUES_MAX));
        self.hidden.extend(hidden.map(|value| ("redirect", value.to_string())));
    }

    fn value_of(&self, part: &TemplatePart) -> Option<&str> {
        match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Captured(name) => {
                self.captured.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
            }
            TemplatePart::Secret(name) => {
                let found = self.secrets.iter().find(|(known, _)| known == name.as_str());
                found.map(|(_, value)| &**value)
            }
        }
    }
}
