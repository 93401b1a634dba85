//! Each behaviour of the proxy is itself shown to bite: the `aws` command line, another's code, is refused as AWS documents it, and let through where that passes.

#![allow(clippy::unwrap_used, reason = "a test")]

mod at_once;
mod dynamodb;
mod iam;
mod lambda;
mod logs;
mod permissions;
mod s3;

use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;
use gallery_tests::{Aws, Key, World};
use serde_json::Value;

/// A world in which some behaviours are switched on, and the command line that meets them.
struct Stage {
    world: World,
    aws: Aws,
}

impl Stage {
    fn with(behaviours: &[&str]) -> Self {
        let world = World::new();
        for id in behaviours {
            world.proxy.behave(id);
        }
        let aws = world.aws.at(&world.endpoint());
        Self { world, aws }
    }

    /// A zip that Lambda takes, as the command line wants it.
    fn zip(&self) -> String {
        format!("fileb://{}", self.world.file("indexer.zip", bundle::indexer(Architecture::X86_64).unwrap().bytes))
    }

    /// A new user with one inline policy, and its key; made past the proxy.
    fn user(&self, name: &str, policy: &str) -> Key {
        accepts(&self.world.aws, &format!("iam create-user --user-name {name}"));
        accepts(&self.world.aws, &format!("iam put-user-policy --user-name {name} --policy-name p --policy-document {policy}"));
        let made = accepts(&self.world.aws, &format!("iam create-access-key --user-name {name}"));
        let text = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
        Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") }
    }
}

/// Lambda may take on the role.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The call works. Its words are separated by spaces.
#[track_caller]
fn accepts(aws: &Aws, call: &str) -> Value {
    aws.call(&call.split(' ').collect::<Vec<_>>())
}

/// The call is refused with this code and these words.
#[track_caller]
fn refuses(aws: &Aws, call: &str, code: &str, words: &str) {
    let refusal = aws.attempt(&call.split(' ').collect::<Vec<_>>()).expect_err(call);
    assert_eq!(refusal.code, code, "{call}: {}", refusal.text);
    assert!(refusal.text.contains(words), "{call}: {}", refusal.text);
}

/// The call is refused so often, then works.
#[track_caller]
fn refuses_at_first(aws: &Aws, times: usize, call: &str, code: &str, words: &str) -> Value {
    for _ in 0..times {
        refuses(aws, call, code, words);
    }
    accepts(aws, call)
}
