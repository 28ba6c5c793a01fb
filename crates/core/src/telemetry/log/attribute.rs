//! What an event may say of its circumstances.

/// The longest text of an attribute, in bytes. A longer one is cut and ends in `…`.
pub const TEXT_MAX: usize = 256;

/// Declares the attributes.
macro_rules! attributes {
    ($($(#[$about:meta])* $attribute:ident => $name:literal,)*) => {
        /// An attribute that events may have. This list is the only way into a log: there is none
        /// for a field, a query or a body of a request.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum LogAttribute {
            $($(#[$about])* $attribute,)*
        }

        impl LogAttribute {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$attribute,)*];

            /// The name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$attribute => $name,)*
                }
            }
        }
    };
}

attributes! {
    /// The method of a request; `_OTHER` if it is none that HTTP knows (the rule of the semantic
    /// conventions, since anyone can send any).
    Method => "http.request.method",
    /// The pattern of the route in the site file.
    Route => "http.route",
    /// The status of an answer.
    Status => "http.response.status_code",
    /// The path of a request, without its query.
    Path => "url.path",
    /// The host that was asked for.
    Host => "server.address",
    /// The request's id, which is in the answer's field `X-Request-Id`.
    RequestId => "breakwater.request_id",
    /// The upstream's name.
    Upstream => "breakwater.upstream",
    /// The state of the circuit, as in the field `Breakwater`.
    Circuit => "breakwater.circuit",
    /// The circuit's name.
    CircuitName => "breakwater.circuit_name",
    /// Where the answer came from, as in the field `Breakwater`.
    Source => "breakwater.source",
    /// The time from a request to its answer, in milliseconds.
    Duration => "breakwater.duration_ms",
    /// The name of a dependency.
    Dependency => "breakwater.dependency",
    /// The name of a check.
    Check => "breakwater.check",
    /// The place from which a check is made.
    Place => "breakwater.place",
    /// The name of an alert channel.
    Channel => "breakwater.channel",
    /// The wasm module: `worker` or `control`.
    Module => "breakwater.module",
    /// The name of an error.
    ErrorName => "exception.type",
    /// Where in our own code an error was made: a few frames.
    Stack => "exception.stacktrace",
    /// The number of events without room since the line before.
    Dropped => "breakwater.dropped_lines",
}

/// An attribute with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogField<'a> {
    pub(super) attribute: LogAttribute,
    pub(super) value: LogValue<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogValue<'a> {
    Text(&'a str),
    Number(u64),
}

/// The methods that are written as they are (iana.org/assignments/http-methods).
const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// Returns a method as it is written. One that is unknown becomes `_OTHER`.
pub fn known_method(method: &str) -> &str {
    if METHODS.contains(&method) { method } else { "_OTHER" }
}

impl LogAttribute {
    /// The attribute with a text. A method that is unknown becomes `_OTHER`, and of a path the
    /// query is left out.
    pub fn text(self, text: &str) -> LogField<'_> {
        let text = if self == Self::Method {
            known_method(text)
        } else if self == Self::Path {
            text.split(['?', '#']).next().unwrap_or_default()
        } else {
            text
        };
        LogField { attribute: self, value: LogValue::Text(text) }
    }

    /// The attribute with a number.
    pub const fn number(self, number: u64) -> LogField<'static> {
        LogField { attribute: self, value: LogValue::Number(number) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_say_nothing_that_is_secret() {
        for (index, attribute) in LogAttribute::ALL.iter().enumerate() {
            let name = attribute.as_str();
            let others = &LogAttribute::ALL[index + 1..];
            assert!(others.iter().all(|other| other.as_str() != name), "{name} is there twice");
            // Sentry blanks the values of such names, and a reader would take them for secrets.
            for word in ["token", "secret", "auth", "password", "credentials", "api_key"] {
                assert!(!name.contains(word), "{name}");
            }
        }
    }

    #[test]
    fn a_method_that_is_unknown_is_not_repeated() {
        let value = |method| LogAttribute::Method.text(method).value;
        assert_eq!(value("PATCH"), LogValue::Text("PATCH"));
        for method in ["get", "PURGE", "s3cr3t"] {
            assert_eq!(value(method), LogValue::Text("_OTHER"), "{method}");
        }
    }

    #[test]
    fn a_path_has_no_query() {
        for path in ["/a", "/a?key=1", "/a#b", "/a?b#c"] {
            assert_eq!(LogAttribute::Path.text(path).value, LogValue::Text("/a"), "{path}");
        }
    }
}
