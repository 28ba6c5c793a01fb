//! What operators' consoles are told as it happens.
//!
//! A console holds a WebSocket (RFC 6455) to the monitor's object, which sleeps while nothing
//! happens: the platform keeps the connections, so open consoles cost nothing. What an event of the
//! monitor changes goes to all of them in one message. A message says what has changed and no more
//! than a line of it; the console then reads what it shows by the operators' API. So a message that
//! is lost costs freshness only, and no console can be told what its operator may not read.

mod connection;
mod news;

pub use connection::{
    CONNECTION_LASTS, CONNECTION_RETRY, CONNECTIONS_MAX, LiveConnection, PING, PONG,
    TooManyConnections,
};
pub use news::{DeliveryNews, LiveNews, NEWS_MAX, NewsQueue, greeting, message};
