//! Whether something may listen on a port of this machine.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};

/// Ports below this one are for the system's services, unless it says otherwise.
const UNPRIVILEGED: u16 = 1024;

/// Why nothing can listen on a port.
#[derive(Debug)]
pub enum PortError {
    /// Something else does.
    InUse(u16),
    /// The system lets this user listen there no more than others do.
    NotAllowed(u16),
    /// Something else is wrong.
    Other(u16, io::Error),
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(port) => write!(f, "port {port} is in use"),
            Self::NotAllowed(port) => write!(
                f,
                "port {port} needs rights that this user lacks (the system keeps those below \
                 {UNPRIVILEGED}; Linux gives it away by \
                 `sudo sysctl net.ipv4.ip_unprivileged_port_start={port}`)"
            ),
            Self::Other(port, error) => write!(f, "nothing can listen on port {port}: {error}"),
        }
    }
}

impl std::error::Error for PortError {}

impl PortError {
    fn of(port: u16, error: io::Error) -> Self {
        let kind = error.kind();
        if kind == ErrorKind::AddrInUse {
            Self::InUse(port)
        } else if kind == ErrorKind::PermissionDenied {
            Self::NotAllowed(port)
        } else {
            Self::Other(port, error)
        }
    }
}

/// Whether something could listen on this port now.
///
/// # Errors
/// Why nothing could.
pub fn check_port(port: u16) -> Result<(), PortError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    bound.map(drop).map_err(|error| PortError::of(port, error))
}

/// Whether something could listen on this port now.
pub fn port_is_free(port: u16) -> bool {
    check_port(port).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_with_a_listener_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = check_port(port).unwrap_err();
        assert_eq!(error.to_string(), format!("port {port} is in use"));
        drop(listener);
        assert!(port_is_free(port));
    }

    #[test]
    fn each_error_says_in_one_line_what_is_wrong() {
        for (kind, expected) in [
            (ErrorKind::AddrInUse, "port 80 is in use"),
            (ErrorKind::PermissionDenied, "port 80 needs rights that this user lacks"),
            (ErrorKind::AddrNotAvailable, "nothing can listen on port 80: "),
        ] {
            let told = PortError::of(80, kind.into()).to_string();
            assert!(told.starts_with(expected) && !told.contains('\n'), "{told}");
        }
    }
}
