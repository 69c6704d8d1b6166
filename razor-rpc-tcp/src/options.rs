//! Options of a connected socket, for both sides: what the user has chosen, and how a socket gets these options.
//!
//! Knows sockets. Does not know who made them.

use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// The options of a connection. Each connection that is accepted or made gets a copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionOptions {
    pub(crate) nodelay: bool,
    pub(crate) keepalive: Option<Duration>,
    pub(crate) send_buffer: Option<usize>,
    pub(crate) receive_buffer: Option<usize>,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self { nodelay: true, keepalive: None, send_buffer: None, receive_buffer: None }
    }
}

/// The methods of a builder that has a method `connection_mut`, which returns `&mut ConnectionOptions`.
macro_rules! connection_options {
    () => {
        /// Whether a TCP connection has `TCP_NODELAY`: each write leaves at once. The library gathers small frames by
        /// itself, so without it (Nagle's algorithm) answers are late and nothing is gained. Default: `true`.
        pub fn nodelay(mut self, nodelay: bool) -> Self {
            self.connection_mut().nodelay = nodelay;
            self
        }

        /// A TCP connection has `SO_KEEPALIVE`: after that time without a byte, the system asks the peer whether it is
        /// there. In whole seconds, rounded up, from 1 s to 32,767 s. Default: none, so a client notices a peer
        /// that vanished between two calls only at the next call. It also keeps a connection alive in firewalls that
        /// forget idle ones.
        pub fn keepalive(mut self, idle: std::time::Duration) -> Self {
            self.connection_mut().keepalive = Some(idle);
            self
        }

        /// The size in bytes of the buffer in which the system keeps what was sent and not yet acknowledged
        /// (`SO_SNDBUF`), of a TCP or unix connection. The system may limit it, and Linux doubles it for its own use.
        /// Default: none, so that the system adapts it to the connection.
        pub fn send_buffer(mut self, bytes: usize) -> Self {
            self.connection_mut().send_buffer = Some(bytes);
            self
        }

        /// The size in bytes of the buffer in which the system keeps what was received and not yet read (`SO_RCVBUF`),
        /// as with [`send_buffer`](Self::send_buffer). It bounds what a peer may send ahead.
        pub fn receive_buffer(mut self, bytes: usize) -> Self {
            self.connection_mut().receive_buffer = Some(bytes);
            self
        }
    };
}
pub(crate) use connection_options;

impl ConnectionOptions {
    pub(crate) const fn has_buffers(&self) -> bool {
        self.send_buffer.is_some() || self.receive_buffer.is_some()
    }

    /// Sets the buffer sizes of a socket. TCP fixes the largest window when it connects, so a socket that will connect
    /// or listen gets its sizes before that, and an accepted socket inherits the window of its listener.
    pub(crate) fn size(&self, socket: SockRef<'_>) -> io::Result<()> {
        if let Some(bytes) = self.send_buffer {
            socket.set_send_buffer_size(bytes.min(LARGEST))?;
        }
        if let Some(bytes) = self.receive_buffer {
            socket.set_recv_buffer_size(bytes.min(LARGEST))?;
        }
        Ok(())
    }

    /// Sets the options of a TCP socket: whether packets leave at once, and when a silent peer counts as gone.
    pub(crate) fn apply_to_tcp(&self, stream: &TcpStream) -> io::Result<()> {
        let socket = SockRef::from(stream);
        socket.set_tcp_nodelay(self.nodelay)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
        if let Some(idle) = self.keepalive {
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(whole_seconds(idle)))?;
        }
        self.size(socket)
    }

    pub(crate) fn apply_to_unix(&self, stream: &UnixStream) -> io::Result<()> {
        self.size(SockRef::from(stream))
    }
}

/// Rounds the time up to whole seconds. The system refuses 0, and more than 32,767 s.
fn whole_seconds(time: Duration) -> Duration {
    let up = u64::from(time.subsec_nanos() > 0);
    Duration::from_secs(time.as_secs().saturating_add(up).clamp(1, 32_767))
}

/// The largest size: the system takes it as a C `int`.
const LARGEST: usize = i32::MAX as usize;

/// How long sent bytes may stay without an acknowledgement before the kernel ends the connection.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rounded_up_to_seconds_that_the_system_takes() {
        let seconds = |millis| whole_seconds(Duration::from_millis(millis)).as_secs();
        assert_eq!([0, 1, 1_000, 1_001, 90_000].map(seconds), [1, 1, 1, 2, 90]);
        assert_eq!(whole_seconds(Duration::MAX).as_secs(), 32_767);
    }
}
