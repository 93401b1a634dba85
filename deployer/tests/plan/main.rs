//! Plans as users read them: one scenario a file beside this one. Nothing here talks to AWS.

#[path = "../common/mod.rs"]
mod common;
mod events;
mod keys;
mod layers;
mod mirror;
mod order;
mod transcripts;

use common::assert_golden;
use gallery_deploy::error::{Error, exit};
use gallery_deploy::plan::{Adopt, After, Change, Mark, Plan, Step, down, up};
use gallery_deploy::report::{error_text, notes_text, plan_text, unchanged_text};
use gallery_deploy::resource::bucket::{CorsRule, PublicAccessBlock};
use gallery_deploy::resource::compare::Field;
use gallery_deploy::resource::index::TO_FILL;
use gallery_deploy::resource::observed::Observed;
use gallery_deploy::resource::policy::Policy;
use gallery_deploy::resource::site::ObjectSeen;
use gallery_deploy::resource::tags::HOLDS;
use gallery_deploy::resource::{Kind, Seen, Unreadable};
use gallery_deploy::status::Stored;
use serde_json::json;

use mirror::{Gallery, file, gallery, mirror, nothing, release};

const HOLIDAY: &str = "name: holiday\nregion: us-west-2\n";

/// Every `Seen` that a test wants to change is there.
fn present<T>(seen: &mut Seen<T>) -> &mut T {
    match seen {
        Seen::Present(value) => value,
        Seen::Absent | Seen::Unknown(_) => panic!("the mirror holds everything"),
    }
}

fn shown(plan: &Plan) -> String {
    assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
    anstream::adapter::strip_str(&plan_text(plan, false)).to_string()
}

fn refused(plan: Plan) -> (String, u8) {
    let error = Error::Blocked { blocked: plan.blocked };
    (anstream::adapter::strip_str(&error_text(&error)).to_string(), error.exit_code())
}

fn changed(change: impl FnOnce(&mut Observed)) -> (Gallery, Observed) {
    let gallery = gallery(HOLIDAY);
    let mut seen = mirror(&gallery.desired);
    change(&mut seen);
    (gallery, seen)
}

#[test]
fn nothing_to_do() {
    for yaml in [HOLIDAY, include_str!("../../../gallery.yaml")] {
        let gallery = gallery(yaml);
        let plan = up(&gallery.desired, &mirror(&gallery.desired), Adopt::Nothing);
        assert!(plan.is_empty() && plan.blocked.is_empty(), "{}", shown(&plan));
        assert_eq!(plan.unchanged.len(), 13);
    }
}

#[test]
fn first_up() {
    let gallery = gallery(HOLIDAY);
    assert_golden("tests/plan/first_up.txt", &shown(&up(&gallery.desired, &nothing(), Adopt::Nothing)));
}

/// Everything else in the mirror is of the old file, so it says that the new one is the cause.
#[test]
fn a_changed_file() {
    let seen = mirror(&gallery(HOLIDAY).desired);
    let yaml = "name: holiday\nregion: us-west-2\nimages: { versioning: false, cors_origins: [\"https://a.example\"], expire_old_versions_after_days: 7 }\n\
                index: { point_in_time_recovery: true }\nindexer: { memory: 256, timeout: 10, log_retention_days: 30 }\nsite: { title: Trip }\n";
    assert_golden("tests/plan/changed_file.txt", &shown(&up(&gallery(yaml).desired, &seen, Adopt::Nothing)));
}

/// Every value of a policy and of CORS by itself, elements by their identity, and how much is hidden.
#[test]
fn parsed_values_are_compared_element_by_element() {
    let (gallery, seen) = changed(|seen| {
        let bucket = present(&mut seen.images_bucket);
        let with = |statement: serde_json::Value| {
            let mut statements = bucket.policy.as_ref().expect("a policy").statements().to_vec();
            statements
                .iter_mut()
                .filter(|it| it["Sid"] == "PublicRead")
                .for_each(|it| it["Action"] = json!(["s3:GetObject", "s3:ListBucket"]));
            statements.push(statement);
            Policy::new(json!({ "Version": "2012-10-17", "Statement": statements }))
        };
        bucket.policy = Some(with(
            json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::999999999999:root" }, "Action": "s3:*", "Resource": "*" }),
        ));
        bucket.cors.insert(
            0,
            CorsRule {
                origins: vec!["*".into()],
                methods: vec!["PUT".into()],
                headers: Vec::new(),
                expose: Vec::new(),
                max_age_seconds: None,
            },
        );
        bucket.cors[1].methods.push("PATCH".into());
        bucket.lifecycle[0].altered = true;
        bucket.public_access.block_public_acls = false;
        present(&mut seen.user)
            .policies
            .insert("more".into(), Policy::new(json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] })));
        // The documents of policies that are to go are not read.
        present(&mut seen.user).policies.insert("unread".into(), Policy::new(serde_json::Value::Null));
        present(&mut seen.site_bucket).policy = None;
    });
    assert_golden("tests/plan/parsed_values.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
}

/// What is unchanged is counted, and listed on request.
#[test]
fn the_unchanged_are_listed_on_request() {
    let (gallery, mut seen) = changed(|seen| present(&mut seen.function).memory = 512);
    present(&mut seen.role).tags.insert("cost-center".into(), "7".into());
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    let text = anstream::adapter::strip_str(&plan_text(&plan, true)).to_string();
    assert_golden("tests/plan/verbose.txt", &text);
    let nothing = up(&gallery.desired, &mirror(&gallery.desired), Adopt::Nothing);
    assert_eq!(unchanged_text(&nothing).lines().count(), 13);
}

const RENAMED: &str = "name: holiday\nregion: us-west-2\nimages: { bucket: new-images }\nindex: { table: new-index }\nindexer: { function: new-indexer, role: new-role }\n\
                       client: { user: new-user }\n";

/// AWS renames nothing, so another name is refused, with the way out: by `up` as by `down`, and whether or not something of the new name is there.
#[test]
fn changed_names_are_refused() {
    let (old, renamed) = (gallery(HOLIDAY), gallery(RENAMED));
    let seen = mirror(&old.desired);
    // What is looked for is not there.
    let absent = Observed {
        site: seen.site.clone(),
        site_bucket: seen.site_bucket.clone(),
        client_config: seen.client_config.clone(),
        ..nothing()
    };
    let (text, code) = refused(up(&renamed.desired, &absent, Adopt::Nothing));
    assert_golden("tests/plan/renamed.txt", &text);
    assert_eq!(code, exit::REFUSED);
    assert_eq!(refused(down(&renamed.names, &absent, false, None, &[])), (text.clone(), code));
    // All is there under the new names, too, as after a `down` with them.
    let both = Observed { site: seen.site.clone(), ..mirror(&renamed.desired) };
    assert_eq!(refused(up(&renamed.desired, &both, Adopt::Nothing)), (text, code));
}

/// Pictures may have been uploaded before the first deploy had come to its end.
#[test]
fn a_changed_images_bucket_is_noticed_without_a_record() {
    let old = gallery(HOLIDAY);
    let renamed = gallery("name: holiday\nregion: us-west-2\nimages: { bucket: new-images }\n");
    let without_record =
        |seen: Observed| Observed { site: Seen::Absent, images_bucket: Seen::Absent, notification: Seen::Absent, ..seen };
    let seen = without_record(mirror(&old.desired));
    for seen in [Observed { client_config: Seen::Absent, ..seen.clone() }, Observed { function: Seen::Absent, ..seen }] {
        let plan = up(&renamed.desired, &seen, Adopt::Nothing);
        assert_eq!(
            plan.blocked.iter().map(|blocked| blocked.name.as_str()).collect::<Vec<_>>(),
            ["holiday-images-123456789012-us-west-2"]
        );
    }
    // One that was deleted behind our back is no other one.
    assert!(up(&old.desired, &without_record(mirror(&old.desired)), Adopt::Nothing).blocked.is_empty());
}

/// The record lies in the bucket that is looked for under its new name: the images bucket knows whose page it trusts.
#[test]
fn a_changed_site_bucket_is_refused() {
    let yaml =
        |more: &str| format!("{HOLIDAY}images: {{ cors_origins: [\"https://other-page.s3.us-west-2.amazonaws.com\"] }}\n{more}");
    let (old, renamed) = (gallery(&yaml("")), gallery(&yaml("site: { bucket: new-page }\n")));
    let without_page =
        |seen: Observed| Observed { site: Seen::Absent, site_bucket: Seen::Absent, client_config: Seen::Absent, ..seen };
    let (text, code) = refused(up(&renamed.desired, &without_page(mirror(&old.desired)), Adopt::Nothing));
    assert_golden("tests/plan/renamed_site.txt", &text);
    assert_eq!(code, exit::REFUSED);
    // Deleted behind our back; closed by `down`.
    assert!(up(&old.desired, &without_page(mirror(&old.desired)), Adopt::Nothing).blocked.is_empty());
    let mut closed = without_page(mirror(&old.desired));
    present(&mut closed.images_bucket).cors.clear();
    assert!(up(&renamed.desired, &closed, Adopt::Nothing).blocked.is_empty());
}

/// Both buckets are ours, and neither `up` nor `down` may take the images for the page: not even where nothing but the buckets is left.
#[test]
fn exchanged_buckets_are_refused() {
    let yaml = |images: &str, page: &str| format!("{HOLIDAY}images: {{ bucket: {images} }}\nsite: {{ bucket: {page} }}\n");
    let (old, exchanged) = (gallery(&yaml("pictures", "page")), gallery(&yaml("page", "pictures")));
    let seen = mirror(&old.desired);
    let seen = Observed {
        images_bucket: seen.site_bucket.clone(),
        site_bucket: seen.images_bucket.clone(),
        site: Seen::Absent,
        client_config: Seen::Absent,
        notification: Seen::Absent,
        ..seen
    };
    let (text, code) = refused(up(&exchanged.desired, &seen, Adopt::Nothing));
    assert_golden("tests/plan/exchanged.txt", &text);
    assert_eq!(code, exit::REFUSED);
    let left = Observed { images_bucket: seen.images_bucket.clone(), site_bucket: seen.site_bucket.clone(), ..nothing() };
    for seen in [&seen, &left] {
        for delete_images in [false, true] {
            let plan = down(&exchanged.names, seen, delete_images, None, &[]);
            let buckets = |change: &&Change| matches!(change.kind, Kind::ImagesBucket | Kind::SiteBucket);
            assert_eq!(plan.changes.iter().filter(buckets).count(), 0, "{}", shown(&plan));
            assert_eq!(refused(plan), (text.clone(), code));
        }
    }
    // One bucket for the other, which `down` has deleted.
    let kept = Observed { site_bucket: left.site_bucket, ..nothing() };
    assert_eq!(refused(down(&exchanged.names, &kept, false, None, &[])).1, exit::REFUSED);
    // What a person has written into the tag is drift.
    let mut edited = mirror(&old.desired);
    present(&mut edited.images_bucket).tags.insert(HOLDS.into(), "holidays".into());
    let plan = up(&old.desired, &edited, Adopt::Nothing);
    assert!(plan.blocked.is_empty() && plan.changes.iter().any(|change| change.touches(Field::Tags)));
}

/// What a newer release has deployed may hold what this one would break.
#[test]
fn what_a_newer_release_deployed_is_refused() {
    let (gallery, seen) = changed(|seen| {
        let site = present(&mut seen.site);
        (site.manifest, site.newer_format) = (None, Some(2));
    });
    let (text, code) = refused(up(&gallery.desired, &seen, Adopt::Nothing));
    assert_golden("tests/plan/newer_release.txt", &text);
    assert_eq!(code, exit::REFUSED);
    assert_eq!(refused(down(&gallery.names, &seen, true, None, &[])), (text, code));
}

/// A record of a release that is not known tells nothing.
#[test]
fn an_unknown_record_says_nothing_about_causes() {
    let (gallery, seen) = changed(|seen| {
        let function = present(&mut seen.function);
        function.memory = 512;
        function.tags.insert("gallery-deploy:desired".into(), "v2:0123456789abcdef01234567".into());
    });
    assert_golden("tests/plan/unknown_record.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
}

#[test]
fn changes_behind_our_back() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).cors[0].origins = vec!["*".into()];
        present(&mut seen.function).memory = 512;
        present(&mut seen.function).environment.insert("EXTRA".into(), "1".into());
        present(&mut seen.user).attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into());
        present(&mut seen.user).groups.push("admins".into());
        present(&mut seen.permission).ours.clear();
        present(&mut seen.notification).ours[0].prefix = None;
        present(&mut seen.async_invocation).retry_attempts = Some(0);
        present(&mut seen.log_group).retention_days = None;
    });
    assert_golden("tests/plan/drift.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
}

/// What lies beside ours on something of ours is told, and no reason to change anything.
#[test]
fn strangers_things_are_kept_and_told() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).tags.insert("cost-center".into(), "7".into());
        present(&mut seen.images_bucket).other_rules.push("archive".into());
        present(&mut seen.table).tags.insert("aws:cloudformation:stack-name".into(), "x".into());
        present(&mut seen.permission).others.push("backup".into());
        present(&mut seen.notification).others = (1..8).map(|n| format!("arn:aws:sns:us-west-2:123456789012:t{n}")).collect();
        present(&mut seen.user).boundary = Some("arn:aws:iam::123456789012:policy/limit".into());
        present(&mut seen.role).other_policies = vec!["more".into(), "arn:aws:iam::aws:policy/ReadOnlyAccess".into()];
        let robots = ObjectSeen { etag: "9".into(), modified: 1 };
        present(&mut seen.site).objects.insert("robots.txt".into(), robots);
    });
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    assert!(plan.is_empty(), "{}", shown(&plan));
    let text = anstream::adapter::strip_str(&notes_text(&plan)).to_string();
    assert_golden("tests/plan/kept.txt", &text);
}

/// A tag that `gallery.yaml` no longer names goes; a stranger's stays.
#[test]
fn a_tag_that_is_no_longer_wanted() {
    let mut seen = mirror(&gallery("name: holiday\nregion: us-west-2\ntags: { team: travel }\n").desired);
    present(&mut seen.role).tags.insert("cost-center".into(), "7".into());
    let plan = up(&gallery(HOLIDAY).desired, &seen, Adopt::Nothing);
    assert_golden("tests/plan/removed_tag.txt", &shown(&plan));
    assert!(plan.changes.iter().all(|change| change.removed_tags() == ["team"]), "{plan:?}");
}

/// After a deploy that came to its end, what is gone was taken away by somebody; before, it is yet to be made.
#[test]
fn parts_that_are_gone() {
    let take_away = |seen: &mut Observed| {
        present(&mut seen.permission).ours.clear();
        seen.async_invocation = Seen::Absent;
        seen.notification = Seen::Absent;
        seen.client_config = Seen::Absent;
        present(&mut seen.log_group).tags.remove("gallery-deploy:desired");
        present(&mut seen.table).tags.insert("gallery-deploy:desired".into(), "nonsense".into());
    };
    let (gallery, mut seen) = changed(take_away);
    assert_golden("tests/plan/parts_gone.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
    seen.site = Seen::Absent;
    assert_golden("tests/plan/parts_to_come.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
}

#[test]
fn a_new_release() {
    let (_, seen) = changed(|_| {});
    let gallery = release(HOLIDAY, "bmV3", vec![file("assets/index-Efgh5678.js", "d4"), file("index.html", "e5")]);
    assert_golden("tests/plan/release.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
}

/// L4: the function has to be bound to the new role, although the name is the same.
#[test]
fn a_lost_role_binds_the_function_anew() {
    let (gallery, mut seen) = changed(|seen| seen.role = Seen::Absent);
    assert_golden("tests/plan/lost_role.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
    // A run was cut off after it had made the role.
    seen.role = mirror(&gallery.desired).role;
    present(&mut seen.role).id = "AROAANOTHER".into();
    assert_golden("tests/plan/another_role.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
    // Or while it bound the function.
    present(&mut seen.function).tags.insert("gallery-deploy:role-id".into(), "being-bound-anew".into());
    assert_golden("tests/plan/half_bound.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
    // `down` deletes what stood in for the role, also where the role is gone.
    seen.role = Seen::Absent;
    assert_golden("tests/plan/down_half_bound.txt", &shown(&down(&gallery.names, &seen, false, None, &[])));
}

/// A run was cut off while it bound the function, which has been deleted since: only the role itself tells that it is left.
#[test]
fn what_stood_in_for_a_role_goes_although_the_function_is_gone() {
    let (gallery, mut seen) = changed(|seen| {
        (seen.stand_in, seen.function) = (seen.role.clone(), Seen::Absent);
        (seen.permission, seen.async_invocation) = (Seen::Absent, Seen::Absent);
    });
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    assert!(shown(&plan).contains("what stood in for its role goes"), "{}", shown(&plan));
    // Its path, or its tags, are somebody else's.
    present(&mut seen.stand_in).tags.clear();
    assert!(!shown(&up(&gallery.desired, &seen, Adopt::Nothing)).contains("stood in"));
    seen.stand_in = std::mem::replace(&mut seen.role, Seen::Absent);
    let shown_down = shown(&down(&gallery.names, &seen, false, None, &[]));
    assert!(shown_down.contains("what stood in for it"), "{shown_down}");
    let reason = Unreadable::Denied { call: "iam:GetRole".into(), message: "not today".into() };
    seen.stand_in = Seen::Unknown(reason);
    for plan in [up(&gallery.desired, &seen, Adopt::Nothing), down(&gallery.names, &seen, true, None, &[])] {
        let (text, exit) = refused(plan);
        assert!(text.contains("not today"), "{text}");
        assert_eq!(exit, exit::CREDENTIALS, "{text}");
    }
}

#[test]
fn a_lost_user_brings_a_new_key() {
    let (gallery, seen) = changed(|seen| seen.user = Seen::Absent);
    assert_golden("tests/plan/lost_user.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
}

#[test]
fn what_carries_no_tag_of_ours_is_refused() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).tags.clear();
        present(&mut seen.table).tags.insert("gallery-deploy:gallery".into(), "party".into());
        seen.site_bucket = Seen::Unknown(Unreadable::Foreign { by: "a bucket in the region eu-west-1".into() });
        present(&mut seen.role).path = "/".into();
    });
    let (text, code) = refused(up(&gallery.desired, &seen, Adopt::Nothing));
    assert_golden("tests/plan/refused.txt", &text);
    assert_eq!(code, exit::REFUSED);
}

#[test]
fn what_is_taken_over_is_named() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).tags.clear();
        present(&mut seen.images_bucket).policy = None;
        // Of this gallery's name, but nothing says of which region: nobody's.
        present(&mut seen.user).tags.remove("gallery-deploy:region");
    });
    let targets = ["bucket/holiday-images-123456789012-us-west-2", "user/holiday-client-us-west-2"];
    assert_eq!(up(&gallery.desired, &seen, Adopt::Nothing).adoptable(), targets);
    let targets = targets.map(|target| target.parse().unwrap());
    assert_golden("tests/plan/adopted.txt", &shown(&up(&gallery.desired, &seen, Adopt::Named(&targets))));
}

#[test]
fn what_could_never_be_ours_is_not_taken_over() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).tags.insert("gallery-deploy:gallery".into(), "party".into());
        present(&mut seen.table).tags.clear();
        present(&mut seen.table).keys = vec!["id:S".into()];
        present(&mut seen.role).tags.clear();
        present(&mut seen.role).path = "/".into();
        // IAM is global: the same gallery in another region may want the same name.
        present(&mut seen.user).tags.insert("gallery-deploy:region".into(), "eu-west-1".into());
        seen.site_bucket = Seen::Unknown(Unreadable::OtherAccount);
    });
    let plan = up(&gallery.desired, &seen, Adopt::Untagged);
    assert_eq!(plan.adoptable(), [""; 0]);
    let (text, code) = refused(plan);
    assert_golden("tests/plan/never_ours.txt", &text);
    assert_eq!(code, exit::REFUSED);
}

/// A statement has no tags: what lets in somebody else than S3 was not written by us, whatever its id.
#[test]
fn a_statement_for_somebody_else_is_refused() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.permission).ours[0]["Principal"]["Service"] = "events.amazonaws.com".into();
    });
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    assert_eq!(plan.adoptable(), ["permission/holiday-indexer"]);
    let (text, _) = refused(plan);
    assert!(text.contains("gallery-deploy-504d165d6a51"), "{text}");
    let targets = ["permission/holiday-indexer".parse().unwrap()];
    let plan = up(&gallery.desired, &seen, Adopt::Named(&targets));
    assert_eq!(plan.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [Kind::Permission, Kind::Index]);
}

#[test]
fn what_cannot_be_read_is_never_taken_for_absent() {
    let (gallery, seen) = changed(|seen| {
        let message = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:GetRole".into();
        seen.role = Seen::Unknown(Unreadable::Denied { call: "iam:GetRole".into(), message });
    });
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    assert!(plan.is_empty());
    let (text, code) = refused(plan);
    assert_golden("tests/plan/unreadable.txt", &text);
    assert_eq!(code, exit::CREDENTIALS);
}

/// S7: the strictest of bucket, account and organization wins. What is there already and right is no reason to stop.
#[test]
fn an_account_that_blocks_public_policies_is_refused_before_any_write() {
    let gallery = gallery(HOLIDAY);
    let blocking = Seen::Present(PublicAccessBlock { restrict_public_buckets: false, ..PublicAccessBlock::ALL });
    let plan = |seen: Observed| up(&gallery.desired, &Observed { account_access: blocking.clone(), ..seen }, Adopt::Nothing);
    let (text, code) = refused(plan(nothing()));
    assert_golden("tests/plan/account_blocks_public.txt", &text);
    assert_eq!(code, exit::REFUSED);
    assert!(plan(mirror(&gallery.desired)).blocked.is_empty());
    // Nobody may look at it: S3 itself says later what it refuses.
    let unknown = Seen::Unknown(Unreadable::Denied { call: "s3:GetAccountPublicAccessBlock".into(), message: String::new() });
    assert!(up(&gallery.desired, &Observed { account_access: unknown, ..nothing() }, Adopt::Nothing).blocked.is_empty());
}

#[test]
fn a_local_aws_that_lost_its_tags_is_taken_over() {
    let (gallery, mut seen) = changed(|seen| present(&mut seen.images_bucket).tags.clear());
    let plan = up(&gallery.desired, &seen, Adopt::Untagged);
    assert_eq!(plan.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [Kind::ImagesBucket, Kind::Index]);
    present(&mut seen.images_bucket).tags.insert("gallery-deploy:gallery".into(), "party".into());
    assert_eq!(up(&gallery.desired, &seen, Adopt::Untagged).blocked.len(), 1);
}

/// After `down` only the images bucket is there. Its images get rows again, and if that is cut off, the next run goes on with it.
#[test]
fn a_table_that_is_made_where_images_are_is_filled() {
    let (gallery, mut seen) = changed(|_| {});
    seen = Observed { images_bucket: seen.images_bucket, ..nothing() };
    assert_golden("tests/plan/up_again.txt", &shown(&up(&gallery.desired, &seen, Adopt::Nothing)));
    let born = |seen: &Observed| {
        let plan = up(&gallery.desired, seen, Adopt::Nothing);
        let tables = plan.changes.into_iter().filter_map(|change| match change.step {
            Step::PutTable(table) => Some(table.tags_at_birth()),
            _ => None,
        });
        tables.last().expect("a table is planned")
    };
    assert!(born(&seen).contains_key(TO_FILL));
    assert!(!born(&nothing()).contains_key(TO_FILL), "nobody can have put an image there");

    let (gallery, seen) = changed(|seen| drop(present(&mut seen.table).tags.insert(TO_FILL.into(), "to be filled".into())));
    let plan = up(&gallery.desired, &seen, Adopt::Nothing);
    assert_eq!(plan.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [Kind::Index], "{}", shown(&plan));
}

/// S3 told nobody of what came and went while the function or the bucket was away: the table is marked before that can be forgotten.
#[test]
fn what_came_and_went_unheard_is_looked_for() {
    type Lose = fn(&mut Observed);
    // What is lost, and what lets the indexer hear again.
    let lost: [(Kind, Lose); 4] = [
        (Kind::Function, |seen| {
            (seen.function, seen.permission, seen.async_invocation) = (Seen::Absent, Seen::Absent, Seen::Absent);
        }),
        (Kind::ImagesBucket, |seen| (seen.images_bucket, seen.notification) = (Seen::Absent, Seen::Absent)),
        // Without its role it runs no more.
        (Kind::Function, |seen| seen.role = Seen::Absent),
        (Kind::ImagesBucket, |seen| present(&mut seen.images_bucket).tags.clear()),
    ];
    for (kind, lose) in lost {
        let (gallery, mut seen) = changed(lose);
        let marks = |seen: &Observed| {
            let plan = up(&gallery.desired, seen, Adopt::Untagged);
            let of = |kind: Kind| plan.changes.iter().find(|change| change.kind == kind);
            assert!(of(kind).is_some_and(|change| change.order.begin.contains(&(Kind::Index, Mark::Effective))), "{kind:?}");
            // Nothing waits in a circle.
            assert!(plan.depth(false) < 25, "{kind:?}: {}", plan.depth(false));
            match of(Kind::Index).map(|change| &change.step) {
                Some(Step::FillIndex { mark, .. }) => *mark,
                _ => panic!("{kind:?}: {}", shown(&plan)),
            }
        };
        assert!(marks(&seen));
        // A run that was cut off has marked it.
        present(&mut seen.table).tags.insert(TO_FILL.into(), "to be filled".into());
        assert!(!marks(&seen));
        // Nor is anything told while a first deploy is cut off.
        seen.site = Seen::Absent;
        present(&mut seen.table).tags.remove(TO_FILL);
        assert!(marks(&seen));
    }
}

/// The mark comes with the other tags of a table that is taken over, and its rows are compared.
#[test]
fn the_rows_of_a_table_that_is_taken_over_are_compared() {
    let (gallery, seen) = changed(|seen| present(&mut seen.table).tags.clear());
    let plan = up(&gallery.desired, &seen, Adopt::Untagged);
    let steps: Vec<&Step> = plan.changes.iter().map(|change| &change.step).collect();
    let [Step::PutTable(table), Step::FillIndex { mark: false, .. }] = steps[..] else { panic!("{}", shown(&plan)) };
    assert!(table.tags_at_birth().contains_key(TO_FILL));
}

#[test]
fn down_closes_the_images_bucket() {
    let (gallery, seen) = changed(|_| {});
    assert_golden("tests/plan/down.txt", &shown(&down(&gallery.names, &seen, false, None, &[])));
}

/// What was counted is told.
#[test]
fn down_tells_how_much_goes_and_stays() {
    let (gallery, seen) = changed(|seen| present(&mut seen.table).items = 1204);
    let stored = Stored { images: 1204, versions: None, bytes: 3_650_722_202, is_all: true };
    assert_golden("tests/plan/down_counted.txt", &shown(&down(&gallery.names, &seen, false, Some(stored), &[])));
    let deleted = |stored| down(&gallery.names, &seen, true, Some(stored), &[]).changes[0].summary.clone();
    let stored = Stored { versions: Some(1310), ..stored };
    assert_eq!(deleted(stored), "1,204 images, 1,310 versions in all, 3.4 GiB");
    assert_eq!(deleted(Stored { versions: Some(1204), ..stored }), "1,204 images, 3.4 GiB");
    let more = Stored { is_all: false, ..stored };
    assert_eq!(deleted(more), "more than 1,204 images, more than 1,310 versions in all, more than 3.4 GiB");
}

#[test]
fn down_with_the_images() {
    let (gallery, seen) = changed(|_| {});
    assert_golden("tests/plan/down_with_images.txt", &shown(&down(&gallery.names, &seen, true, None, &[])));
}

/// What `up` kept goes with the site bucket: it is told.
#[test]
fn down_tells_what_is_not_the_page_s() {
    let summary = |keys: &[&str]| {
        let (gallery, seen) = changed(|seen| {
            let object = |key: &&str| ((*key).to_owned(), ObjectSeen { etag: "9".into(), modified: 1 });
            present(&mut seen.site).objects.extend(keys.iter().map(object));
        });
        let plan = down(&gallery.names, &seen, false, None, &[]);
        plan.changes
            .iter()
            .find(|change| change.kind == Kind::SiteBucket)
            .map(|change| change.summary.clone())
            .unwrap_or_default()
    };
    assert_eq!(summary(&["robots.txt"]), "4 files, one of them not the page's: `robots.txt`");
    assert_eq!(summary(&["a.txt", "b.txt"]), "5 files, 2 of them not the page's: `a.txt` and others");
}

#[test]
fn down_leaves_strangers_alone() {
    let (gallery, seen) = changed(|seen| {
        present(&mut seen.images_bucket).tags.clear();
        present(&mut seen.role).tags.clear();
    });
    assert_golden("tests/plan/down_among_strangers.txt", &shown(&down(&gallery.names, &seen, true, None, &[])));
}

#[test]
fn down_respects_deletion_protection() {
    let (gallery, seen) = changed(|seen| present(&mut seen.table).deletion_protection = true);
    let (text, code) = refused(down(&gallery.names, &seen, false, None, &[]));
    assert_golden("tests/plan/protected.txt", &text);
    assert_eq!(code, exit::REFUSED);
}

/// What is named is left as it is, and the rest goes. What the gallery may still use is not left.
#[test]
fn down_skips_what_stands_in_the_way() {
    let (gallery, mut seen) = changed(|seen| present(&mut seen.table).deletion_protection = true);
    seen.images_bucket = Seen::Unknown(Unreadable::OtherAccount);
    let bucket = gallery.names.images_bucket.clone();
    let skip = [&format!("bucket/{bucket}"), "table/holiday-index"].map(|target| target.parse().unwrap());
    let (text, code) = refused(down(&gallery.names, &seen, true, None, &skip[1..]));
    assert_golden("tests/plan/other_account.txt", &text);
    assert_eq!(code, exit::REFUSED);
    let plan = down(&gallery.names, &seen, true, None, &skip);
    assert!(!plan.keeps_images);
    assert_golden("tests/plan/skipped.txt", &shown(&plan));
    seen.images_bucket = Seen::Unknown(Unreadable::Denied { call: "s3:GetBucketTagging".into(), message: "no".into() });
    assert_eq!(refused(down(&gallery.names, &seen, true, None, &skip)).1, exit::CREDENTIALS);
}

#[test]
fn down_where_nothing_is() {
    let plan = down(&gallery(HOLIDAY).names, &nothing(), true, None, &[]);
    assert!(plan.is_empty() && plan.kept.is_empty() && plan.blocked.is_empty());
}

/// Each call on the way to a plan's end waits for a reason.
#[test]
fn no_plan_is_deeper_than_it_has_to_be() {
    let depth = |yaml: &str, seen: &Observed| up(&gallery(yaml).desired, seen, Adopt::Nothing).depth(false);
    let deployed = mirror(&gallery(HOLIDAY).desired);
    // Who is calling, then everything.
    assert_eq!(depth(HOLIDAY, &deployed), 2);
    assert_eq!(up(&gallery(HOLIDAY).desired, &deployed, Adopt::Nothing).depth(true), 1);
    // Role, function, permission, notification (after one other write to the bucket), key, config.json, entry page, its record.
    assert_eq!(depth(HOLIDAY, &nothing()), 12);
    // The setting, and the record of it.
    let settings = [
        ("images: { versioning: false }", 5),
        ("images: { cors_origins: ['https://example.org'] }", 5),
        ("images: { max_size_mib: 7 }", 5),
        ("images: { accepted_types: [image/png] }", 5),
        // Rules that are not ours are read before.
        ("images: { abort_uploads_after_days: 3 }", 6),
        ("index: { point_in_time_recovery: true }", 5),
        ("index: { deletion_protection: true }", 5),
        ("indexer: { memory: 256 }", 5),
        ("indexer: { timeout: 10 }", 5),
        ("indexer: { log_retention_days: 30 }", 5),
        ("site: { title: Another }", 5),
        ("tags: { team: pictures }", 5),
    ];
    for (setting, expected) in settings {
        assert_eq!(depth(&format!("{HOLIDAY}{setting}\n"), &deployed), expected, "{setting}");
    }
    let down = |delete_images| down(&gallery(HOLIDAY).names, &deployed, delete_images, None, &[]).depth(false);
    assert_eq!((down(false), down(true)), (8, 9));
}

/// A page that offers more than the indexer knows would have it reject good images; one that offers less waits for nothing.
#[test]
fn a_page_that_accepts_more_waits_for_the_indexer() {
    let narrow = "images: { accepted_types: [image/png], max_size_mib: 7 }";
    let begin = |from: &str, to: &str| {
        let yaml = |setting: &str| format!("{HOLIDAY}{setting}\n");
        let plan = up(&gallery(&yaml(to)).desired, &mirror(&gallery(&yaml(from)).desired), Adopt::Nothing);
        let key = plan.changes.iter().find(|change| change.kind == Kind::Key).expect("config.json says it");
        key.order.begin
    };
    let waits = |begin: &[After]| begin.contains(&(Kind::Function, Mark::Settled));
    for wider in [
        "images: { accepted_types: [image/png, image/gif], max_size_mib: 7 }",
        "images: { accepted_types: [image/png], max_size_mib: 8 }",
    ] {
        assert!(waits(begin(narrow, wider)), "{wider}");
        assert!(!waits(begin(wider, narrow)), "{wider}");
    }
}

/// No change waits, through others, for itself.
#[test]
fn the_order_of_changes_has_no_cycle() {
    let gallery = gallery(HOLIDAY);
    for plan in
        [up(&gallery.desired, &nothing(), Adopt::Nothing), down(&gallery.names, &mirror(&gallery.desired), true, None, &[])]
    {
        let mut done: Vec<Kind> = Vec::new();
        while done.len() < plan.changes.len() {
            let planned = |kind: &Kind| plan.changes.iter().any(|change| change.kind == *kind);
            let ready = plan.changes.iter().filter(|change| !done.contains(&change.kind));
            let ready = ready.filter(|change| change.order.all().all(|(kind, _)| done.contains(kind) || !planned(kind)));
            let ready: Vec<Kind> = ready.map(|change| change.kind).collect();
            assert!(!ready.is_empty(), "a cycle after {done:?}");
            done.extend(ready);
        }
    }
}
