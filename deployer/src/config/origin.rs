//! Origins of pages that may use the images bucket: `scheme://host[:port]`, as browsers send them in `Origin`. S3 compares
//! text, so an origin that no browser sends would be accepted and never work.

use serde_json::{Value, json};

use super::problem::{Message, quote};
use super::rules::{Rule, not};

/// The rule for an item of `images.cors_origins`.
pub(super) const RULE: Rule = Rule { check, schema };

/// What [`is_any`] finds, as a regular expression.
pub(super) const ANY: &str = r"^([^:]*://)?\*$";

fn check(origin: &str) -> Result<(), Message> {
    let refused = |label: &str| Message::new(format!("{} is not an origin", quote(origin)), label);
    let example = "an origin looks like `https://www.example.com` or `http://localhost:8080`";
    if origin == "*" {
        return Ok(());
    }
    if origin.matches('*').count() > 1 {
        return Err(refused("has more than one `*`").help("S3 allows one `*` in an origin"));
    }
    let Some((scheme, rest)) = origin.split_once("://") else {
        return Err(match host_and_port(origin) {
            Ok(()) if origin.contains('.') => refused("has no scheme").help(format!("did you mean `https://{origin}`?")),
            _ => refused("is not `scheme://host`").help(example),
        });
    };
    if !is_scheme(scheme) {
        return Err(refused("the scheme is not one").help(example));
    }
    if let Some(end) = rest.find(['/', '?', '#']) {
        let label = if &rest[end..] == "/" { "ends in a slash" } else { "has more than scheme, host and port" };
        return Err(refused(label).help(format!("did you mean {}?", quote(&format!("{scheme}://{}", &rest[..end])))));
    }
    host_and_port(rest).map_err(|label| refused(label).help(example))?;
    let standard_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return Ok(()),
    };
    match rest.strip_suffix(standard_port) {
        Some(host) => {
            let message = refused("browsers leave the standard port out");
            Err(message.help(format!("did you mean `{scheme}://{host}`?")))
        }
        None => Ok(()),
    }
}

/// An IPv6 address is only looked at from afar.
fn schema() -> Value {
    const PORT: &str = "6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}";
    const SCHEME: &str = r"[a-z][a-z0-9+.\-]*";
    const HOST: &str = r"[a-z0-9_*\-]+(\.[a-z0-9_*\-]+)*|\[[0-9A-Fa-f:.]+\]";
    let origin = format!(r"^(\*|{SCHEME}://({HOST})(:(\*|{PORT}))?)$");
    json!({ "pattern": origin, "allOf": [not(r"\*.*\*"), not("^http:.*:80$"), not("^https:.*:443$")] })
}

/// Whether every page of a scheme, or every page at all, would match.
pub(super) fn is_any(origin: &str) -> bool {
    origin.split_once("://").map_or(origin, |(_, host)| host) == "*"
}

fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-.".contains(&byte))
}

fn host_and_port(text: &str) -> Result<(), &'static str> {
    let host = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            if port != "*" && !port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port) {
                return Err("the port is not a number from 1 to 65535");
            }
            host
        }
        _ => text,
    };
    if let Some(address) = host.strip_prefix('[') {
        let is_address = address.strip_suffix(']').is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
        return if is_address { Ok(()) } else { Err("the host is not an IPv6 address") };
    }
    if host.is_empty() {
        Err("has no host")
    } else if !host.is_ascii() {
        Err("browsers send such a host in its `xn--` form")
    } else if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Err("browsers send the host in lower case")
    } else if host.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || b".-_*".contains(&byte)))
        || host.split('.').any(str::is_empty)
    {
        Err("the host is not one")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_pass() {
        for origin in [
            "*",
            "https://www.example.com",
            "http://localhost:8080",
            "http://127.0.0.1:1",
            "https://*.example.com",
            "http://localhost:*",
            "https://example.com:80",
            "http://[::1]:8080",
            "http://[::1]",
            "capacitor://localhost",
        ] {
            assert_eq!(check(origin), Ok(()));
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for (origin, label) in [
            ("", "is not `scheme://host`"),
            ("null", "is not `scheme://host`"),
            ("example.com", "has no scheme"),
            ("https://", "has no host"),
            ("https://a.example/", "ends in a slash"),
            ("https://a.example/b", "has more than scheme, host and port"),
            ("https://a.example?b", "has more than scheme, host and port"),
            ("https://*.a.*", "has more than one `*`"),
            ("Https://a.example", "the scheme is not one"),
            ("://a.example", "the scheme is not one"),
            ("https://A.example", "browsers send the host in lower case"),
            ("https://日本.example", "browsers send such a host in its `xn--` form"),
            ("https://a.example:0", "the port is not a number from 1 to 65535"),
            ("https://a.example:65536", "the port is not a number from 1 to 65535"),
            ("https://a.example:+80", "the port is not a number from 1 to 65535"),
            ("https://a.example:", "the port is not a number from 1 to 65535"),
            ("https://user@a.example", "the host is not one"),
            ("https://a b", "the host is not one"),
            ("https://a..b", "the host is not one"),
            ("https://[::x]", "the host is not an IPv6 address"),
            ("https://a.example:443", "browsers leave the standard port out"),
            ("http://a.example:80", "browsers leave the standard port out"),
        ] {
            assert_eq!(check(origin).map_err(|message| message.label), Err(label.to_owned()), "{origin}");
        }
    }

    #[test]
    fn the_origin_that_was_meant_is_offered() {
        for (origin, help) in [
            ("example.com", "did you mean `https://example.com`?"),
            ("https://a.example/b", "did you mean `https://a.example`?"),
            ("https://a.example:443", "did you mean `https://a.example`?"),
        ] {
            assert_eq!(check(origin).expect_err("refused").help.as_deref(), Some(help));
        }
    }

    #[test]
    fn any_origin_is_recognised_in_every_spelling() {
        assert!(["*", "https://*", "http://*"].into_iter().all(is_any));
        assert!(!["https://*.example.com", "https://a.example", "http://localhost:*"].into_iter().any(is_any));
    }
}
