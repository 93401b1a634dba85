//! The rule against a model of S3 and DynamoDB, in which everything that can interleave does: changes of the object, events that
//! come late, twice and never, a `reindex` at any time, functions that stall between any two calls, calls that fail before or after they took effect, and an S3 that
//! misses objects (S11): a few looks in a row, or all looks of the first try of an event that tells of a new object.
//! Whatever happened, once each event was handled after the change that it tells of, the row says what the object is.
//!
//! 10,000 cases; a million when the variable `GALLERY_TESTS_ALL` is 1.

mod model;

use proptest::prelude::*;

use crate::model::{Call, Change, Misses, Model};

/// What happens next.
#[derive(Debug, Clone)]
enum Event {
    /// Somebody changes the object, and S3 has an event to deliver.
    Change(Change),
    /// S3 delivers one of the events.
    Deliver(usize, Misses),
    /// S3 delivers an event once more.
    DeliverAgain(usize, Misses),
    /// A `reindex` reads the row; what it does then interleaves like a function.
    Reindex(Misses),
    /// One of the functions that run makes its next calls, all but the last of which are answered, and stalls.
    Calls { function: usize, answered: usize, last: Call },
    /// One of the functions that run is killed.
    Kill(usize),
    /// The table drops a row that has expired.
    Expire,
}

fn event() -> impl Strategy<Value = Event> {
    let change = prop_oneof![
        4 => (0..3u8).prop_map(Change::Put),
        3 => Just(Change::Delete),
        2 => (0..6usize).prop_map(Change::DeleteVersion),
    ];
    let last = prop_oneof![
        8 => Just(Call::Answered),
        1 => Just(Call::Lost),
        1 => Just(Call::AnswerLost),
        1 => Just(Call::Repeated),
    ];
    let misses = || prop_oneof![4 => Just(Misses::None), 3 => any::<u64>().prop_map(Misses::Some), 1 => Just(Misses::All)];
    prop_oneof![
        6 => change.prop_map(Event::Change),
        5 => (0..6usize, misses()).prop_map(|(event, misses)| Event::Deliver(event, misses)),
        1 => (0..6usize, misses()).prop_map(|(event, misses)| Event::DeliverAgain(event, misses)),
        2 => misses().prop_map(Event::Reindex),
        12 => (0..3usize, 0..6usize, last).prop_map(|(function, answered, last)| Event::Calls { function, answered, last }),
        1 => (0..3usize).prop_map(Event::Kill),
        1 => Just(Event::Expire),
    ]
}

fn cases() -> u32 {
    if std::env::var("GALLERY_TESTS_ALL").is_ok_and(|all| all == "1") { 1_000_000 } else { 10_000 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn the_row_says_what_the_object_is(versioned: bool, events in prop::collection::vec(event(), 1..60)) {
        let mut model = Model::new(versioned);
        for event in events {
            match event {
                Event::Change(change) => model.change(change),
                Event::Deliver(event, misses) => model.deliver(event, misses),
                Event::DeliverAgain(event, misses) => model.deliver_again(event, misses),
                Event::Reindex(misses) => model.reindex(misses),
                Event::Calls { function, answered, last } => model.calls(function, answered, last),
                Event::Kill(function) => model.kill(function),
                Event::Expire => model.expire(),
            }
        }
        model.settle();
        prop_assert_eq!(model.row(), model.object());
    }
}
