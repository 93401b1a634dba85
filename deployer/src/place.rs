//! Where a gallery lives: account, region, partition and endpoint, and the ARNs, hosts and URLs that follow from them.

use crate::endpoint::Endpoint;

/// The account and region of a gallery, and the endpoint if it is not the real AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// `None` is the real AWS.
    pub endpoint: Option<Endpoint>,
}

impl Place {
    /// The partition of the region, as it stands in ARNs: `aws`, `aws-cn`, `aws-us-gov` …
    pub fn partition(&self) -> &'static str {
        partition_of(&self.region).0
    }

    /// The DNS suffix of the region's partition.
    pub fn dns_suffix(&self) -> &'static str {
        partition_of(&self.region).1
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition(), self.region, self.account)
    }

    /// `arn:PARTITION:iam::ACCOUNT:RESOURCE`: IAM has no region.
    pub fn iam_arn(&self, resource: &str) -> String {
        format!("arn:{}:iam::{}:{resource}", self.partition(), self.account)
    }

    /// `arn:PARTITION:s3:::PATH`: S3 names carry neither region nor account.
    pub fn s3_arn(&self, path: &str) -> String {
        format!("arn:{}:s3:::{path}", self.partition())
    }

    /// Whether the endpoint is on this machine.
    pub fn is_loopback(&self) -> bool {
        self.endpoint.as_ref().is_some_and(Endpoint::is_loopback)
    }

    /// Whether objects travel over plain HTTP: then a policy that refuses plain HTTP would refuse everybody.
    pub fn is_plain_http(&self) -> bool {
        self.endpoint.as_ref().is_some_and(Endpoint::is_plain_http)
    }

    /// The origin (scheme, host, port) under which the objects of `bucket` are read.
    pub fn bucket_origin(&self, bucket: &str) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.to_string(),
            // A dot breaks TLS for virtual-host addressing (U10).
            None if bucket.contains('.') => format!("https://s3.{}.{}", self.region, self.dns_suffix()),
            None => format!("https://{bucket}.s3.{}.{}", self.region, self.dns_suffix()),
        }
    }

    /// Where S3 has the objects of `bucket`: this URL, a slash, the key. On the real AWS; a local one tells its functions.
    pub fn bucket_url(&self, bucket: &str) -> String {
        let aws = Self { endpoint: None, ..self.clone() };
        let origin = aws.bucket_origin(bucket);
        if bucket.contains('.') { format!("{origin}/{bucket}") } else { origin }
    }

    /// The origin of DynamoDB's API.
    pub fn dynamodb_origin(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.to_string(),
            None => format!("https://dynamodb.{}.{}", self.region, self.dns_suffix()),
        }
    }

    /// The origin of the page: what CORS must allow.
    pub fn site_origin(&self, site_bucket: &str) -> String {
        match &self.endpoint {
            // Browsers resolve every name below `localhost` to this machine, so the page gets an origin of its own.
            Some(endpoint) if endpoint.is_loopback() => endpoint.at(&format!("{site_bucket}.s3.localhost")).to_string(),
            _ => self.bucket_origin(site_bucket),
        }
    }

    /// The bucket whose page has this origin, if it is one of [`Self::site_origin`].
    pub fn bucket_of_site<'origin>(&self, origin: &'origin str) -> Option<&'origin str> {
        const BUCKET: &str = "BUCKET";
        let pattern = self.site_origin(BUCKET);
        let (before, after) = pattern.split_once(BUCKET)?;
        origin.strip_prefix(before)?.strip_suffix(after).filter(|bucket| !bucket.is_empty() && !bucket.contains(['.', '/', '*']))
    }

    /// The address of the page.
    pub fn site_url(&self, site_bucket: &str) -> String {
        let origin = self.site_origin(site_bucket);
        let path_style = self.endpoint.is_some() && !self.is_loopback();
        if path_style { format!("{origin}/{site_bucket}/index.html") } else { format!("{origin}/index.html") }
    }
}

/// Partition name and DNS suffix of a region. Source: `partitions.json` of the AWS SDKs.
pub(crate) fn partition_of(region: &str) -> (&'static str, &'static str) {
    const PARTITIONS: [(&str, &str, &str); 7] = [
        ("cn-", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-", "aws-us-gov", "amazonaws.com"),
        ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
        ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
        ("us-iso-", "aws-iso", "c2s.ic.gov"),
        ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
        ("eusc-", "aws-eusc", "amazonaws.eu"),
    ];
    PARTITIONS
        .iter()
        .find(|(prefix, ..)| region.starts_with(prefix))
        .map_or(("aws", "amazonaws.com"), |(_, partition, suffix)| (partition, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(region: &str, endpoint: Option<&str>) -> Place {
        let endpoint = endpoint.map(|endpoint| Endpoint::parse(endpoint).expect("an endpoint"));
        Place { account: "123456789012".into(), region: region.into(), endpoint }
    }

    #[test]
    fn hosts_and_arns_follow_the_partition() {
        let china = place("cn-north-1", None);
        assert_eq!(china.s3_arn("b/*"), "arn:aws-cn:s3:::b/*");
        assert_eq!(china.site_url("b"), "https://b.s3.cn-north-1.amazonaws.com.cn/index.html");
        let oregon = place("us-west-2", None);
        assert_eq!(oregon.arn("lambda", "function:f"), "arn:aws:lambda:us-west-2:123456789012:function:f");
        assert_eq!(oregon.dynamodb_origin(), "https://dynamodb.us-west-2.amazonaws.com");
        assert_eq!(oregon.bucket_origin("a.b"), "https://s3.us-west-2.amazonaws.com");
        assert_eq!(oregon.bucket_url("a.b"), "https://s3.us-west-2.amazonaws.com/a.b");
        assert_eq!(oregon.bucket_url("ab"), "https://ab.s3.us-west-2.amazonaws.com");
    }

    #[test]
    fn an_origin_tells_the_bucket_of_its_page() {
        for place in [place("eu-west-1", None), place("eu-west-1", Some("http://127.0.0.1:4701"))] {
            assert_eq!(place.bucket_of_site(&place.site_origin("a-b")), Some("a-b"));
            for other in ["*", "https://example.com", "http://*.s3.localhost:4701", &place.site_origin("")] {
                assert_eq!(place.bucket_of_site(other), None, "{other}");
            }
        }
        // A path is no part of an origin.
        assert_eq!(place("eu-west-1", Some("https://s3.example.com")).bucket_of_site("https://s3.example.com"), None);
    }

    #[test]
    fn a_local_page_has_an_origin_of_its_own() {
        let local = place("us-west-2", Some("http://127.0.0.1:4701"));
        assert_eq!(local.site_url("b"), "http://b.s3.localhost:4701/index.html");
        assert_eq!(local.bucket_origin("images"), "http://127.0.0.1:4701");
        assert!(local.is_loopback() && local.is_plain_http());
    }

    /// Browsers leave the scheme's own port out of `Origin`, and S3 compares text.
    #[test]
    fn the_origin_of_a_local_page_is_as_browsers_send_it() {
        for (endpoint, origin) in [
            ("http://localhost", "http://b.s3.localhost"),
            ("http://127.0.0.1:80", "http://b.s3.localhost"),
            ("http://[::1]", "http://b.s3.localhost"),
            ("http://[::1]:4566", "http://b.s3.localhost:4566"),
            ("https://localhost", "https://b.s3.localhost"),
            ("https://localhost:80", "https://b.s3.localhost:80"),
        ] {
            let place = place("us-west-2", Some(endpoint));
            assert_eq!(place.site_origin("b"), origin, "{endpoint}");
            assert_eq!(place.site_url("b"), format!("{origin}/index.html"), "{endpoint}");
            assert_eq!(place.bucket_of_site(origin), Some("b"), "{endpoint}");
        }
    }

    #[test]
    fn another_endpoint_is_path_style() {
        let other = place("us-west-2", Some("https://s3.example.org"));
        assert_eq!(other.site_url("b"), "https://s3.example.org/b/index.html");
        assert!(!other.is_loopback() && !other.is_plain_http());
        assert_eq!(place("us-west-2", Some("https://S3.example.org:443")).site_origin("b"), "https://s3.example.org");
    }
}
