//! Ports that no process listens on.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// A port that is free now. For servers that cannot tell which one they took.
pub(crate) fn free() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}
