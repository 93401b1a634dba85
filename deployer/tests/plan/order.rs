//! What each kind of change waits for, in one list: whatever does not stand there runs at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gallery_deploy::plan::{Adopt, After, Order, Plan, down, up};
use gallery_deploy::resource::index::TO_FILL;
use gallery_deploy::resource::observed::Observed;
use gallery_deploy::resource::{Kind, Seen};

use crate::common::assert_golden;
use crate::mirror::{file, gallery, mirror, nothing, release};
use crate::{HOLIDAY, present};

fn told(order: &Order) -> String {
    let list = |when: &str, after: &[After]| {
        let after: Vec<String> = after.iter().map(|(kind, mark)| format!("{kind:?} {mark:?}")).collect();
        (!after.is_empty()).then(|| format!("{when} {}", after.join(", ")))
    };
    let Order { begin, proceed, commit } = order;
    let parts = [list("begins after", begin), list("goes on after", proceed), list("commits after", commit)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "at once".to_owned() } else { parts.join("; ") }
}

/// The orders of all that `plans` hold: one for each kind and action.
fn orders(plans: &[Plan]) -> BTreeMap<(String, Kind), String> {
    let mut orders = BTreeMap::new();
    for change in plans.iter().flat_map(|plan| &plan.changes) {
        let (action, order) = (format!("{:?}", change.action), told(&change.order));
        let known = orders.entry((action, change.kind)).or_insert_with(|| order.clone());
        assert_eq!(*known, order, "{:?} of {:?}", change.action, change.kind);
    }
    orders
}

/// Plans in which every kind is created, and every one updated.
fn ups() -> Vec<Plan> {
    let plain = gallery(HOLIDAY);
    let deployed = || mirror(&plain.desired);
    let up = |gallery: &crate::mirror::Gallery, seen: &Observed| up(&gallery.desired, seen, Adopt::Nothing);
    // Another release, other tags, and parts that somebody changed.
    let more = format!("{HOLIDAY}tags: {{ team: travel }}\nindexer: {{ memory: 256 }}\nsite: {{ title: Another }}\n");
    let other = release(&more, "bmV3", vec![file("assets/index-Efgh5678.js", "d4"), file("index.html", "e5")]);
    let mut drifted = deployed();
    present(&mut drifted.permission).ours.clear();
    present(&mut drifted.notification).ours[0].prefix = None;
    present(&mut drifted.async_invocation).retry_attempts = Some(0);
    present(&mut drifted.table).tags.insert(TO_FILL.into(), "to be filled".into());
    let mut parts = deployed();
    parts.permission = Seen::Absent;
    parts.async_invocation = Seen::Absent;
    parts.notification = Seen::Absent;
    parts.client_config = Seen::Absent;
    parts.site = Seen::Absent;
    // After `down` only the images are there.
    let closed = Observed { images_bucket: deployed().images_bucket, ..nothing() };
    vec![up(&plain, &nothing()), up(&other, &drifted), up(&plain, &parts), up(&plain, &closed)]
}

#[test]
fn what_waits_for_what() {
    let plain = gallery(HOLIDAY);
    let deployed = mirror(&plain.desired);
    let downs = [down(&plain.names, &deployed, false, None, &[]), down(&plain.names, &deployed, true, None, &[])];
    let mut text = String::new();
    for (command, orders) in [("up", orders(&ups())), ("down", orders(&downs))] {
        writeln!(text, "{command}").expect("a String takes it");
        for ((action, kind), order) in &orders {
            writeln!(text, "  {action:<6} {:<15} {order}", format!("{kind:?}")).expect("a String takes it");
        }
        let planned = |action: &str, kind: Kind| orders.contains_key(&(action.to_owned(), kind));
        let never: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| !planned("Create", *kind) || !planned("Update", *kind)).collect();
        assert!(command == "down" || never.is_empty(), "no plan here creates and none updates {never:?}");
    }
    assert_golden("tests/plan/order.txt", &text);
}
