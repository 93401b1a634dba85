//! Two streams in ascending order of their keys, as one: what stands under the same key comes together. Neither is held in memory.

use futures_util::join;
use futures_util::stream::{Stream, StreamExt as _, try_unfold};

/// What a stream is ordered by, bytewise: S3 lists so, and DynamoDB sorts texts so.
pub(super) trait Keyed {
    fn key(&self) -> &str;
}

/// A stream broke the order, so that what belongs together cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfOrder;

/// The pairs of both streams, in ascending order. Each pair has at least one side; none is left out, and none comes twice.
///
/// # Errors
/// The first error of either, where its turn comes; [`OutOfOrder`] as soon as it shows.
pub(super) fn merge<L: Keyed, R: Keyed, E: From<OutOfOrder>>(
    left: impl Stream<Item = Result<L, E>>,
    right: impl Stream<Item = Result<R, E>>,
) -> impl Stream<Item = Result<(Option<L>, Option<R>), E>> {
    let heads = (Box::pin(left.peekable()), Box::pin(right.peekable()));
    let pairs = try_unfold(heads, async |(mut left, mut right)| {
        // At once: each may have to be fetched.
        let (first, second) = join!(left.as_mut().peek(), right.as_mut().peek());
        let (takes_left, takes_right) = match (first, second) {
            (None, None) => return Ok(None),
            (Some(Ok(left)), Some(Ok(right))) => {
                let order = left.key().cmp(right.key());
                (order.is_le(), order.is_ge())
            }
            // An error is passed on before what comes after it.
            (Some(Err(_)), _) | (Some(Ok(_)), None) => (true, false),
            (_, Some(Err(_))) | (None, Some(Ok(_))) => (false, true),
        };
        let first = if takes_left { left.next().await.transpose()? } else { None };
        let second = if takes_right { right.next().await.transpose()? } else { None };
        Ok::<_, E>(Some(((first, second), (left, right))))
    });
    let mut last: Option<String> = None;
    pairs.map(move |pair| {
        let (left, right) = pair?;
        let key = left.as_ref().map(Keyed::key).or(right.as_ref().map(Keyed::key)).unwrap_or_default();
        if last.as_deref().is_some_and(|last| key <= last) {
            return Err(OutOfOrder.into());
        }
        let last = last.get_or_insert_default();
        last.clear();
        last.push_str(key);
        Ok((left, right))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use futures_util::FutureExt as _;
    use futures_util::stream::iter;
    use proptest::prelude::*;

    use super::*;

    /// A key, and a number to tell equal ones apart.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Entry(String, u32);

    impl Keyed for Entry {
        fn key(&self) -> &str {
            &self.0
        }
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Failure {
        Order,
        Call,
    }

    impl From<OutOfOrder> for Failure {
        fn from(_: OutOfOrder) -> Self {
            Self::Order
        }
    }

    type Merged = Vec<Result<(Option<Entry>, Option<Entry>), Failure>>;

    fn merged(left: Vec<Result<Entry, Failure>>, right: Vec<Result<Entry, Failure>>) -> Merged {
        merge(iter(left), iter(right)).collect::<Merged>().now_or_never().expect("nothing to wait for")
    }

    /// Short keys of few characters, so that both sides have many of them; bytes and characters sort alike only in UTF-8.
    fn entries() -> impl Strategy<Value = BTreeMap<String, u32>> {
        let character = prop::sample::select(vec!['a', 'b', '/', ' ', '\u{7f}', 'é', '\u{ffff}', '🖼']);
        let key = prop::collection::vec(character, 0..4).prop_map(String::from_iter);
        prop::collection::btree_map(key, any::<u32>(), 0..30)
    }

    fn list(entries: &BTreeMap<String, u32>) -> Vec<Result<Entry, Failure>> {
        entries.iter().map(|(key, number)| Ok(Entry(key.clone(), *number))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// Key by key, in order: what a comparison with everything in memory gives.
        #[test]
        fn a_merge_is_the_naive_comparison(left in entries(), right in entries()) {
            let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            let at = |side: &BTreeMap<String, u32>, key: &String| side.get(key).map(|number| Entry(key.clone(), *number));
            let naive: Merged = keys.into_iter().map(|key| Ok((at(&left, key), at(&right, key)))).collect();
            prop_assert_eq!(merged(list(&left), list(&right)), naive);
        }

        /// A stream that is not in order never passes for one that is.
        #[test]
        fn disorder_is_found(
            mut left in entries(),
            right in entries(),
            from in any::<prop::sample::Index>(),
            step in any::<prop::sample::Index>(),
        ) {
            left.extend([("x".to_owned(), 1), ("y".to_owned(), 2)]);
            let mut left = list(&left);
            let from = from.index(left.len());
            let to = (from + 1 + step.index(left.len() - 1)) % left.len();
            left.swap(from, to);
            prop_assert!(merged(left, list(&right)).contains(&Err(Failure::Order)));
        }
    }

    #[test]
    fn a_failure_ends_it_after_what_came_before() {
        let entry = |key: &str| Ok(Entry(key.into(), 0));
        let pairs = merged(vec![entry("a"), Err(Failure::Call), entry("b")], vec![entry("a"), entry("c")]);
        assert_eq!(pairs.len(), 2, "{pairs:?}");
        assert!(matches!(&pairs[0], Ok((Some(_), Some(_)))));
        assert_eq!(pairs[1], Err(Failure::Call));
    }
}
