//! An AWS in which everything is as it shall be, derived from what is desired: a test states only its difference.

use std::collections::BTreeMap;

use gallery_deploy::config::{Config, parse};
use gallery_deploy::desired::Desired;
use gallery_deploy::names::Names;
use gallery_deploy::place::Place;
use gallery_deploy::resource::bucket::{self, Bucket};
use gallery_deploy::resource::key::{ConfigObject, KeyPair, Secret, config_json};
use gallery_deploy::resource::observed::Observed;
use gallery_deploy::resource::site::{Content, Headers, MANIFEST_KEY, ObjectSeen, Site, SiteFile};
use gallery_deploy::resource::user::AccessKey;
use gallery_deploy::resource::{Seen, async_invocation, function, log_group, notification, permission, role, site, table, user};

/// The access key that lies in the mirrored `config.json`.
const KEY_ID: &str = "AKIAEXAMPLE";

/// The unique id of the mirrored role.
const ROLE_ID: &str = "AROAEXAMPLE";

/// A gallery and everything about it.
pub(crate) struct Gallery {
    pub(crate) names: Names,
    pub(crate) desired: Desired,
}

/// The gallery that `yaml` describes, in an account of the real AWS.
pub(crate) fn gallery(yaml: &str) -> Gallery {
    release(yaml, "Y29kZQ==", vec![file("assets/index-Abcd1234.js", "a1"), file("index.html", "b2")])
}

/// The same as another release brings it.
pub(crate) fn release(yaml: &str, code_sha256: &str, files: Vec<SiteFile>) -> Gallery {
    let config: Config = parse("gallery.yaml".as_ref(), yaml).expect("a valid gallery.yaml");
    let place = Place { account: "123456789012".into(), region: "us-west-2".into(), endpoint: None };
    let names = Names::new(&config, place);
    let desired = Desired::new(&config, &names, files, code_sha256);
    Gallery { names, desired }
}

pub(crate) fn file(key: &str, etag: &str) -> SiteFile {
    let headers = Headers { content_type: "text/plain".into(), cache_control: "no-cache".into(), encoding: None };
    SiteFile { key: key.into(), content: Content::Held("body".into()), size: 4, etag: etag.into(), headers }
}

/// Nothing is there.
pub(crate) fn nothing() -> Observed {
    Observed {
        account_access: Seen::Absent,
        images_bucket: Seen::Absent,
        site_bucket: Seen::Absent,
        table: Seen::Absent,
        role: Seen::Absent,
        stand_in: Seen::Absent,
        log_group: Seen::Absent,
        function: Seen::Absent,
        permission: Seen::Absent,
        async_invocation: Seen::Absent,
        notification: Seen::Absent,
        user: Seen::Absent,
        site: Seen::Absent,
        client_config: Seen::Absent,
    }
}

/// Everything is as `desired` says.
pub(crate) fn mirror(desired: &Desired) -> Observed {
    let Desired {
        images_bucket,
        site_bucket,
        table,
        role,
        log_group,
        function,
        permission,
        async_invocation,
        notification,
        user,
        site,
        key,
        index: _,
        lines: _,
    } = desired;
    let pair = KeyPair { access_key_id: KEY_ID.into(), secret: Secret::new("secret") };
    Observed {
        account_access: Seen::Absent,
        images_bucket: Seen::Present(mirror_bucket(images_bucket)),
        site_bucket: Seen::Present(mirror_bucket(site_bucket)),
        table: Seen::Present(table::Observed {
            tags: table.tags.all(),
            keys: vec!["gallery:S".into(), "file_path:S".into()],
            items: 0,
            on_demand: table.settings.on_demand,
            point_in_time_recovery: table.settings.point_in_time_recovery,
            deletion_protection: table.settings.deletion_protection,
            time_to_live: Some(table.settings.time_to_live.into()),
        }),
        role: Seen::Present(role::Observed {
            id: ROLE_ID.into(),
            path: role.path.clone(),
            tags: role.tags.all(),
            boundary: None,
            other_policies: Vec::new(),
            trust: Some(role.settings.trust.clone()),
            policy: Some(role.settings.policy.clone()),
        }),
        stand_in: Seen::Absent,
        log_group: Seen::Present(log_group::Observed {
            tags: log_group.tags.all(),
            retention_days: Some(log_group.settings.retention_days),
        }),
        function: Seen::Present(function::Observed {
            tags: {
                let mut tags = function.tags.all();
                tags.insert("gallery-deploy:role-id".into(), ROLE_ID.into());
                tags
            },
            role_arn: function.settings.role_arn.clone(),
            runtime: function.settings.runtime.into(),
            handler: function.settings.handler.into(),
            memory: function.settings.memory,
            timeout: function.settings.timeout,
            environment: function.settings.environment.clone(),
            architecture: function.settings.architecture.into(),
            code_sha256: function.code_sha256.clone(),
            failed: None,
            unreadable: None,
        }),
        permission: Seen::Present(permission::Observed { ours: vec![permission.statement()], others: Vec::new() }),
        async_invocation: Seen::Present(async_invocation::Observed {
            retry_attempts: Some(async_invocation.retry_attempts),
            event_age: Some(async_invocation.event_age),
            destinations: async_invocation::Destinations {
                on_success: None,
                on_failure: Some(async_invocation.on_failure.clone()),
            },
        }),
        notification: Seen::Present(notification::Observed { ours: vec![notification.entry.clone()], others: Vec::new() }),
        user: Seen::Present(user::Observed {
            path: user.path.clone(),
            tags: user.tags.all(),
            boundary: None,
            policies: user.settings.policies.clone(),
            attached: Vec::new(),
            groups: Vec::new(),
            keys: vec![AccessKey { id: KEY_ID.into(), active: true }],
        }),
        site: Seen::Present(mirror_site(site)),
        client_config: Seen::Present(ConfigObject {
            etag: "e".into(),
            deployed: Some(serde_json::from_str(&config_json(&key.config, &pair)).expect("our own config.json")),
        }),
    }
}

fn mirror_bucket(bucket: &Bucket) -> bucket::Observed {
    let settings = &bucket.settings;
    bucket::Observed {
        tags: bucket.tags.all(),
        public_access: settings.public_access,
        ownership: Some(settings.ownership.into()),
        encryption: Some(settings.encryption.into()),
        versioning: settings.versioning.unwrap_or_default(),
        lifecycle: settings.lifecycle.clone(),
        other_rules: Vec::new(),
        cors: settings.cors.clone(),
        policy: settings.policy.clone(),
    }
}

fn mirror_site(site: &Site) -> site::Observed {
    let manifest = site.compare(&site::Observed::default()).manifest.expect("an empty bucket has no manifest");
    let mut objects: BTreeMap<String, ObjectSeen> =
        site.files.iter().map(|file| (file.key.clone(), ObjectSeen { etag: file.etag.clone(), modified: 1 })).collect();
    objects.insert(MANIFEST_KEY.into(), ObjectSeen { etag: "c3".into(), modified: 2 });
    site::Observed { objects, manifest: serde_json::from_str(&manifest).expect("our own manifest"), newer_format: None }
}
