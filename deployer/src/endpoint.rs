//! An endpoint in the place of the real AWS's, and the origin that browsers make of it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Scheme, host and port, as browsers write an origin: in lower case, without the port that the scheme implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    /// An IPv6 address stands in brackets.
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Endpoint {
    /// `http[s]://HOST[:PORT]`, with or without a slash behind it.
    ///
    /// # Errors
    /// What is wrong with it, as it continues "the endpoint …".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err("does not begin with http:// or https://"),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('@') {
            return Err("holds a user name");
        }
        if authority.contains(['/', '?', '#']) {
            return Err("has more than scheme, host and port");
        }
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => {
                let number = port.parse().ok().filter(|number| *number > 0);
                (host, number.ok_or("has a port that is not a number from 1 to 65535")?)
            }
            _ => (authority, scheme.port()),
        };
        Ok(Self { scheme, host: host_of(host)?, port })
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let is_local_name = self.host == "localhost" || self.host.ends_with(".localhost");
        let is_local_address = self.host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback());
        is_local_name || is_local_address || self.host == "[::1]"
    }

    pub fn is_plain_http(&self) -> bool {
        self.scheme == Scheme::Http
    }

    /// The same scheme and port at another host.
    #[must_use]
    pub fn at(&self, host: &str) -> Self {
        Self { host: host.to_owned(), ..*self }
    }

    /// What to connect to: `HOST:PORT`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// The origin: `http://127.0.0.1:4566`, `https://s3.example.org`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port == self.scheme.port() { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

/// Whether an endpoint is on this machine. What is no endpoint is not.
pub fn is_loopback(endpoint: &str) -> bool {
    Endpoint::parse(endpoint).is_ok_and(|endpoint| endpoint.is_loopback())
}

/// A name in lower case, or an address in its shortest form.
fn host_of(text: &str) -> Result<String, &'static str> {
    if let Some(address) = text.strip_prefix('[') {
        let address: Option<Ipv6Addr> = address.strip_suffix(']').and_then(|address| address.parse().ok());
        return address.map(|address| format!("[{address}]")).ok_or("has a host that is not an IPv6 address");
    }
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if text.is_empty() {
        Err("has no host")
    } else if text.split('.').all(is_part) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("has a host that is not one")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_written_as_browsers_write_its_origin() {
        for (text, origin) in [
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("http://localhost", "http://localhost"),
            ("http://localhost:80/", "http://localhost"),
            ("https://localhost:80", "https://localhost:80"),
            ("https://S3.Example.org:443", "https://s3.example.org"),
            ("HTTP://a_b", "http://a_b"),
            ("http://[::1]", "http://[::1]"),
            ("http://[::1]:80", "http://[::1]"),
            ("http://[0:0:0:0:0:0:0:1]:4566", "http://[::1]:4566"),
        ] {
            assert_eq!(Endpoint::parse(text).map(|endpoint| endpoint.to_string()).as_deref(), Ok(origin), "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_told() {
        for (text, wrong) in [
            ("", "does not begin with http:// or https://"),
            ("localhost:4566", "does not begin with http:// or https://"),
            ("ftp://localhost", "does not begin with http:// or https://"),
            ("http://", "has no host"),
            ("http://:80", "has no host"),
            ("http://a/b", "has more than scheme, host and port"),
            ("http://a//", "has more than scheme, host and port"),
            ("http://a?b", "has more than scheme, host and port"),
            ("http://user:secret@a", "holds a user name"),
            ("http://a:", "has a port that is not a number from 1 to 65535"),
            ("http://a:0", "has a port that is not a number from 1 to 65535"),
            ("http://a:65536", "has a port that is not a number from 1 to 65535"),
            ("http://[::x]", "has a host that is not an IPv6 address"),
            ("http://[::1", "has a host that is not an IPv6 address"),
            ("http://::1", "has a host that is not one"),
            ("http://a..b", "has a host that is not one"),
            ("http://a b", "has a host that is not one"),
        ] {
            assert_eq!(Endpoint::parse(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for text in ["http://localhost", "http://s3.localhost:1", "http://127.1.2.3:80", "https://[::1]:4566"] {
            assert!(is_loopback(text), "{text}");
        }
        for text in ["http://10.0.0.1", "http://127.0.0.1.example.org", "http://notlocalhost", "http://[::2]", "127.0.0.1:80"] {
            assert!(!is_loopback(text), "{text}");
        }
    }

    #[test]
    fn an_address_always_has_its_port() {
        for (text, address) in [("http://a", "a:80"), ("https://[::1]", "[::1]:443"), ("http://a:81", "a:81")] {
            assert_eq!(Endpoint::parse(text).map(|endpoint| endpoint.address()).as_deref(), Ok(address));
        }
    }
}
