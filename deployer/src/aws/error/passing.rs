//! The errors of AWS that pass by themselves, and for how long each is worth waiting: one table for all kinds of resources.
//!
//! What is not here ends a change at the first attempt. The SDK retries none of these but throttling (and besides, 5xx and lost connections), for some seconds.

use super::{AwsError, Class};
use crate::aws::wait::Wait;
use crate::plan::Action;

/// A class of errors that pass by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Passing {
    /// What is waited for while they last, and how long at most.
    pub wait: Wait,
    matches: fn(&AwsError) -> bool,
    /// That something is not there. Waited for until it has once been seen; from then on its absence means that somebody deleted it.
    pub(in crate::aws) absence: bool,
}

impl Passing {
    pub(in crate::aws) const fn new(for_what: &'static str, at_most: u64, matches: fn(&AwsError) -> bool) -> Self {
        Self { wait: Wait::seconds(for_what, at_most), matches, absence: false }
    }

    pub(in crate::aws) const fn absence(for_what: &'static str, at_most: u64, matches: fn(&AwsError) -> bool) -> Self {
        Self { absence: true, ..Self::new(for_what, at_most, matches) }
    }

    /// Whether `error` is of this class.
    pub(crate) fn holds(&self, error: &AwsError) -> bool {
        (self.matches)(error)
    }

    /// The class of `error`, if it is one of `classes`.
    pub(in crate::aws) fn of(classes: &[Self], error: &AwsError) -> Option<Self> {
        classes.iter().find(|class| class.holds(error)).copied()
    }
}

/// §2.1: too many calls of the whole account, which others may make for a while. None that is refused so has taken effect. Every wait knows this one.
pub const THROTTLED: Passing = Passing::new("for AWS to take more calls", 60, |error| {
    error.is(&[
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "SlowDown",
    ])
});

/// I1: what this run made is not known to every server of IAM yet.
pub const ENTITY_NEW: Passing = Passing::absence("for IAM to know what was just made", 120, AwsError::is_not_found);

/// I1, S4: AWS says that something exists, and does not show it yet.
pub const NOT_SHOWN: Passing = Passing::new("for AWS to show what exists", 120, AwsError::is_not_found);

/// I7: another change of the same entity is under way, or its name was deleted a moment ago.
pub const ENTITY_BUSY: Passing = Passing::new("for IAM to finish another change of it", 300, |error| {
    error.is(&[
        "EntityTemporarilyUnmodifiable",
        "EntityTemporarilyUnmodifiableException",
        "ConcurrentModification",
        "ConcurrentModificationException",
    ])
});

/// I4: what was detached or deleted a moment ago still counts.
pub const ENTITY_IN_USE: Passing =
    Passing::new("for IAM to see that nothing is attached any more", 120, AwsError::is_of_what_hangs_on_it);

/// I6: services learn of a new key one after the other.
pub const KEY_NEW: Passing =
    Passing::new("for AWS to know the page's new key", 60, |error| error.is(&["InvalidClientTokenId", "InvalidAccessKeyId"]));

/// I5, G3: nobody knows whether the key was made. Whoever asks for one again must have deleted what was made.
pub const ANSWER_LOST: Passing = Passing::new("for IAM to answer", 30, |error| {
    error.class == Class::Network || error.status.is_some_and(|status| status >= 500)
});

/// I5: the user has two keys, and one of them is another run's, which has made it and not published yet.
pub const KEYS_FULL: Passing = Passing::new("for another run to be done with its key", 30, |error| error.is(&["LimitExceeded"]));

/// `config.json` is being written by another run at this moment.
pub const CONFIG_BUSY: Passing =
    Passing::new("for another run to be done with config.json", 30, |error| error.is(&["ConditionalRequestConflict"]));

/// L1, L2: the role, or its policy, is too new for Lambda. A wrong trust policy says the same for ever, so look at it before waiting.
pub const ROLE_NEW: Passing = Passing::new("for IAM to let Lambda take on the role", 300, |error| {
    let fragments =
        ["cannot be assumed by Lambda", "execution role does not have permissions", "KMS key is invalid for CreateGrant"];
    fragments.iter().any(|fragment| error.says("InvalidParameterValueException", fragment))
});

/// L5, L6: the function is pending, or an update of it is under way, perhaps one that began at the same moment.
pub const FUNCTION_BUSY: Passing = Passing::new("for Lambda to finish another change of the function", 300, |error| {
    ["in progress", "Pending", "concurrent update"].iter().any(|fragment| error.says("ResourceConflictException", fragment))
});

/// L11: a function of this name is still on its way out.
pub const FUNCTION_LEAVING: Passing = Passing::new("for the old function to be gone", 60, AwsError::is_of_a_function);

/// L8: the function was made a moment ago.
pub const FUNCTION_NEW: Passing =
    Passing::absence("for Lambda to know the new function", 60, |error| error.is(&["ResourceNotFoundException"]));

/// L8: what hangs on a function that was made a moment ago is refused in several wordings.
pub const FUNCTION_NOT_READY: Passing =
    Passing::new("for Lambda to take what belongs to the new function", 60, AwsError::is_of_a_function);

/// L1, S4: Lambda checks that the role may write into the bucket, and does not see yet what was just made.
pub const FAILURE_DESTINATION_NEW: Passing =
    Passing::new("for Lambda to see that the role may write into the bucket", 120, |error| {
        let fragments = ["execution role does not have permissions", "destination ARN"];
        fragments.iter().any(|fragment| error.says("InvalidParameterValueException", fragment))
    });

/// L8, L12: the function's policy has changed since it was read.
pub const PERMISSION_CHANGED: Passing =
    Passing::new("for another change of the function's policy", 60, |error| error.is(&["PreconditionFailedException"]));

/// G4: two requests on one log group at once.
pub const GROUP_BUSY: Passing = Passing::new("for CloudWatch to finish another change of the log group", 30, |error| {
    error.is(&["OperationAbortedException"])
});

/// D1: describing a table right after it was made may not find it.
pub const TABLE_NEW: Passing = Passing::absence("for DynamoDB to know the new table", 60, AwsError::is_not_found);

/// D2: the table is being made, changed or deleted.
pub const TABLE_BUSY: Passing = Passing::new("for DynamoDB to finish another change of the table", 600, AwsError::is_of_a_table);

/// D5: the time to live can be changed once an hour. Rows of deleted objects stay hidden meanwhile, so that a run need not wait so long.
pub const TIME_TO_LIVE_NEW: Passing = Passing::new("for DynamoDB to take another change of the time to live", 60, |error| {
    error.says("ValidationException", "modified multiple times")
});

/// D3: too many tables of the account change at once. The same code without that word is a quota, which never passes.
pub const TABLES_CROWDED: Passing = Passing::new("for DynamoDB to finish changes of other tables", 600, |error| {
    error.says("LimitExceededException", "simultaneously")
});

/// D4: backups of a new table are being made possible. A gallery without the recovery that it asks for is not finished, so the
/// end of this wait is a failure like any other; the next `up` goes on.
pub const BACKUPS_STARTING: Passing = Passing::new("for DynamoDB to make the table's backups possible", 300, |error| {
    error.is(&["ContinuousBackupsUnavailableException"])
});

/// S3: another change of the bucket is under way.
pub const BUCKET_BUSY: Passing =
    Passing::new("for S3 to finish another change of the bucket", 120, |error| error.is(&["OperationAborted"]));

/// S3: a bucket of this name was deleted a short while ago.
pub const BUCKET_NAME_BUSY: Passing =
    Passing::new("for S3 to free the bucket's name", 300, |error| error.is(&["OperationAborted"]));

/// S4: the bucket is so new that not every server knows it.
pub const BUCKET_NEW: Passing = Passing::absence("for S3 to know the new bucket", 120, AwsError::is_of_no_bucket);

/// S17: somebody still wrote, or a listing lagged; the bucket is emptied again.
pub const BUCKET_FILLED: Passing = Passing::new("for the bucket to be empty", 60, AwsError::is_of_a_filled_bucket);

/// S17: answers for single objects of a call that deletes many.
pub const OBJECTS_BUSY: Passing =
    Passing::new("for S3 to delete more objects", 120, |error| error.is(&["InternalError", "SlowDown", "ServiceUnavailable"]));

/// S6: the block of public policies that this run has lifted still holds. What IAM refuses never passes, and says so.
pub const POLICY_BLOCKED: Passing = Passing::new("for S3 to lift the block of public policies", 60, |error| {
    error.class == Class::Denied && !["identity-based policy", "explicit deny"].iter().any(|words| error.message.contains(words))
});

/// S15: S3 does not see yet that it may call the function.
pub const DESTINATION_NEW: Passing = Passing::new("for S3 to see the permission to call the function", 90, |error| {
    error.says("InvalidArgument", "Unable to validate the following destination configurations")
});

/// What passes when an entity of IAM is changed: one that this run has made, or the one before it, a moment ago.
pub const fn of_entity(action: Action) -> &'static [Passing] {
    match action {
        Action::Create | Action::Update => &[ENTITY_BUSY, ENTITY_NEW],
        Action::Delete => &[ENTITY_BUSY],
    }
}

/// What passes when a bucket is changed: one that this run has made, or the one before it, a moment ago.
pub const fn of_bucket(action: Action) -> &'static [Passing] {
    match action {
        Action::Create | Action::Update => &[BUCKET_BUSY, BUCKET_NEW],
        Action::Delete => &[BUCKET_BUSY],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::wait::tests::{error, fails_for_ever};
    use crate::error::Error;

    /// Every class, what AWS says, and how many seconds that is worth.
    fn table() -> Vec<(Passing, AwsError, u64)> {
        let not_found = |code| AwsError { class: Class::NotFound, ..error(code, "") };
        let denied = AwsError { class: Class::Denied, ..error("AccessDenied", "Access Denied") };
        let update = "The operation cannot be performed at this time. An update is in progress for resource: arn:f";
        let kms =
            "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant.";
        let time_to_live = "Time to live has been modified multiple times within a fixed interval";
        let destination = "Unable to validate the following destination configurations";
        vec![
            (ENTITY_NEW, not_found("NoSuchEntity"), 120),
            (NOT_SHOWN, not_found("NoSuchEntity"), 120),
            (ENTITY_BUSY, error("EntityTemporarilyUnmodifiable", ""), 300),
            (ENTITY_BUSY, error("ConcurrentModification", ""), 300),
            (ENTITY_IN_USE, error("DeleteConflict", ""), 120),
            (THROTTLED, error("Throttling", "Rate exceeded"), 60),
            (THROTTLED, error("TooManyRequestsException", "Rate exceeded"), 60),
            (THROTTLED, error("SlowDown", "Please reduce your request rate."), 60),
            (KEY_NEW, error("InvalidClientTokenId", ""), 60),
            (ANSWER_LOST, AwsError { status: Some(503), ..error("ServiceUnavailable", "") }, 30),
            (
                ROLE_NEW,
                error("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."),
                300,
            ),
            (ROLE_NEW, error("InvalidParameterValueException", kms), 300),
            (FUNCTION_BUSY, error("ResourceConflictException", update), 300),
            (
                FUNCTION_BUSY,
                error("ResourceConflictException", "The function could not be updated due to a concurrent update operation."),
                300,
            ),
            (FUNCTION_NOT_READY, error("ResourceConflictException", "in another wording"), 60),
            (KEYS_FULL, error("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"), 30),
            (CONFIG_BUSY, error("ConditionalRequestConflict", ""), 30),
            (PERMISSION_CHANGED, error("PreconditionFailedException", ""), 60),
            (FUNCTION_LEAVING, error("ResourceConflictException", "Function already exist: f"), 60),
            (FUNCTION_NEW, not_found("ResourceNotFoundException"), 60),
            (
                FAILURE_DESTINATION_NEW,
                error(
                    "InvalidParameterValueException",
                    "The function's execution role does not have permissions to call PutObject on arn:aws:s3:::b",
                ),
                120,
            ),
            (
                FAILURE_DESTINATION_NEW,
                error("InvalidParameterValueException", "The destination ARN arn:aws:s3:::b is invalid."),
                120,
            ),
            (TIME_TO_LIVE_NEW, error("ValidationException", time_to_live), 60),
            (GROUP_BUSY, error("OperationAbortedException", ""), 30),
            (TABLE_NEW, not_found("ResourceNotFoundException"), 60),
            (TABLE_BUSY, error("ResourceInUseException", ""), 600),
            (
                TABLES_CROWDED,
                error("LimitExceededException", "Only 500 tables can be created, updated, or deleted simultaneously"),
                600,
            ),
            (BACKUPS_STARTING, error("ContinuousBackupsUnavailableException", "Backups are being enabled"), 300),
            (BUCKET_BUSY, error("OperationAborted", ""), 120),
            (BUCKET_NAME_BUSY, error("OperationAborted", ""), 300),
            (BUCKET_NEW, not_found("NoSuchBucket"), 120),
            (BUCKET_FILLED, error("BucketNotEmpty", ""), 60),
            (OBJECTS_BUSY, error("SlowDown", "Please reduce your request rate."), 120),
            (POLICY_BLOCKED, denied, 60),
            (DESTINATION_NEW, error("InvalidArgument", destination), 90),
        ]
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_waited_for_as_long_as_it_is_worth() {
        for (class, error, worth) in table() {
            let (calls, took, end) = fails_for_ever(&[class], &error).await;
            assert!(took.as_secs() <= worth && took.as_secs() + 6 > worth, "{error}: {took:?} instead of {worth} s");
            assert!(calls > 5, "{error}: {calls} calls");
            let Error::Deadline { for_what, seconds, last: Some(last) } = end else { panic!("{error}: {end}") };
            assert_eq!((for_what, seconds, last), (class.wait.for_what, worth, error));
        }
    }

    /// Whatever a call is waited for, it may be refused since there are too many.
    #[tokio::test(start_paused = true)]
    async fn every_wait_knows_throttling() {
        let throttled = error("Throttling", "Rate exceeded");
        for passing in [&[][..], &[ENTITY_BUSY, ENTITY_NEW, ANSWER_LOST, KEYS_FULL]] {
            let (calls, _, end) = fails_for_ever(passing, &throttled).await;
            assert!(calls > 5, "{calls} calls");
            assert!(matches!(end, Error::Deadline { seconds: 60, last: Some(_), .. }), "{end}");
        }
        // Where it has a wait of its own, that one counts.
        let (_, _, end) = fails_for_ever(&[OBJECTS_BUSY], &error("SlowDown", "")).await;
        assert!(matches!(end, Error::Deadline { seconds: 120, .. }), "{end}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_only_looks_alike_ends_at_once() {
        let denied = |message| AwsError { class: Class::Denied, ..error("AccessDenied", message) };
        let lookalikes = [
            (ROLE_NEW, error("InvalidParameterValueException", "Unsupported runtime")),
            (FUNCTION_BUSY, error("ResourceConflictException", "Function already exist: f")),
            (TABLES_CROWDED, error("LimitExceededException", "The maximum number of tables is reached")),
            (POLICY_BLOCKED, denied("not authorized because no identity-based policy allows the s3:PutBucketPolicy action")),
            (POLICY_BLOCKED, denied("not authorized with an explicit deny in a service control policy")),
            (DESTINATION_NEW, error("InvalidArgument", "Configuration is ambiguously defined")),
            (ENTITY_NEW, error("LimitExceeded", "")),
            (THROTTLED, error("LimitExceededException", "")),
        ];
        for (class, error) in lookalikes {
            let (calls, _, end) = fails_for_ever(&[class], &error).await;
            assert_eq!(calls, 1, "{error}");
            assert!(matches!(end, Error::Aws(_)), "{error}");
        }
    }
}
