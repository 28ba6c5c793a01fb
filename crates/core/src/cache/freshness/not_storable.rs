//! Why an answer is not stored, for operators and in `Cache-Status`.

use core::fmt;

/// Why an answer is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStorable {
    /// The route keeps none.
    Route,
    /// Not a plain `GET` for the whole.
    Method,
    /// The request carried `Cookie` or `Authorization`.
    Personal,
    /// The request carried what no key holds.
    Unkeyed,
    /// A status that is not stored.
    Status,
    /// An error, which takes no good stored response's place.
    Displaces,
    /// The answer forbids it: `no-store` or `private`.
    Forbidden,
    /// It is never fresh, and its `Cache-Control` forbids any stale use: `no-cache`,
    /// `must-revalidate`, `proxy-revalidate`, or `s-maxage` without a word on stale use.
    NeverStale,
    /// It names no lifetime, and the route keeps nothing for trouble.
    NoLifetime,
    /// The answer sets a cookie.
    SetsCookie,
    /// It varies by everything, by `Authorization`, or by too much.
    Varies,
    /// Its body is in a coding that cannot be undone: not every visitor could read it.
    Coding,
    /// A field holds bytes that no text can hold, so that the stored response would say something
    /// else.
    Bytes,
    /// It is a stream of events, which has no end.
    EventStream,
    /// It is not what its path promises.
    Suspect,
    /// It came from a backup: only what the route's own upstream says is stored.
    Backup,
    /// Its body says nothing. It is judged as a snapshot is: an upstream that breaks often answers
    /// 200 and sends nothing, and that must not take a good copy's place.
    Empty,
    /// Its body is longer than what is read whole.
    TooLong,
    /// Its body passed through before it was read whole: it came too slowly, turned out to be too
    /// long, or there was no room for it.
    Streamed,
    /// Its key would be too long.
    LongKey,
    /// The same answer was stored a few seconds ago.
    Recent,
    /// The cache did not take it.
    Failed,
}

impl NotStorable {
    /// All reasons, for the reference and for tests.
    pub const ALL: [Self; 22] = [
        Self::Route,
        Self::Method,
        Self::Personal,
        Self::Unkeyed,
        Self::Status,
        Self::Displaces,
        Self::Forbidden,
        Self::NeverStale,
        Self::NoLifetime,
        Self::SetsCookie,
        Self::Varies,
        Self::Coding,
        Self::Bytes,
        Self::EventStream,
        Self::Suspect,
        Self::Backup,
        Self::Empty,
        Self::TooLong,
        Self::Streamed,
        Self::LongKey,
        Self::Recent,
        Self::Failed,
    ];

    /// The word in `detail` of `Cache-Status`, a token (RFC 9211 §2.8).
    pub const fn token(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Method => "method",
            Self::Personal => "personal",
            Self::Unkeyed => "unkeyed",
            Self::Status => "status",
            Self::Displaces => "displaces",
            Self::Forbidden => "forbidden",
            Self::NeverStale => "never-stale",
            Self::NoLifetime => "no-lifetime",
            Self::SetsCookie => "set-cookie",
            Self::Varies => "vary",
            Self::Coding => "coding",
            Self::Bytes => "bytes",
            Self::EventStream => "event-stream",
            Self::Suspect => "media-type",
            Self::Backup => "backup",
            Self::Empty => "empty",
            Self::TooLong => "too-long",
            Self::Streamed => "streamed",
            Self::LongKey => "long-key",
            Self::Recent => "recent",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for NotStorable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Route => "the route keeps no copies",
            Self::Method => "not a plain GET",
            Self::Personal => "the request carried Cookie or Authorization",
            Self::Unkeyed => "the request carried what no key holds",
            Self::Status => "a status that is not kept",
            Self::Displaces => "an error, where there is a good copy",
            Self::Forbidden => "no-store or private",
            Self::NeverStale => "its Cache-Control forbids stale use, and it is never fresh",
            Self::NoLifetime => "it names no lifetime",
            Self::SetsCookie => "it sets a cookie",
            Self::Varies => "it varies by everything, by Authorization, or by too many fields",
            Self::Coding => "it is in a coding that cannot be undone",
            Self::Bytes => "a field holds bytes that no text can hold",
            Self::EventStream => "it is a stream of events",
            Self::Suspect => "its media type is not what its path promises",
            Self::Backup => "it came from the backup",
            Self::Empty => "its body is empty",
            Self::TooLong => "its body is longer than 256 KiB",
            Self::Streamed => "its body was passed on before it could be read whole",
            Self::LongKey => "its key would be too long",
            Self::Recent => "the same answer was stored a few seconds ago",
            Self::Failed => "the cache did not take it",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn each_reason_is_a_token_of_its_own() {
        let mut tokens: Vec<_> = NotStorable::ALL.iter().map(|why| why.token()).collect();
        for token in &tokens {
            assert!(token.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{token}");
        }
        tokens.sort_unstable();
        tokens.dedup();
        assert_eq!(tokens.len(), NotStorable::ALL.len());
    }
}
