//! Errors by which it is decided how to go on, each by the code with which AWS tells it. What passes by itself is [`super::passing`].

use super::{AwsError, Class, denied_action};

impl AwsError {
    /// Whether the bucket is not there, or not yet known everywhere (S4).
    pub fn is_of_no_bucket(&self) -> bool {
        self.is(&["NoSuchBucket"])
    }

    /// Whether something is in the bucket that is to be deleted.
    pub fn is_of_a_filled_bucket(&self) -> bool {
        self.is(&["BucketNotEmpty"])
    }

    /// Whether the multipart upload has come to its end, or was given up already.
    pub fn is_of_no_upload(&self) -> bool {
        self.is(&["NoSuchUpload"])
    }

    /// Whether the object is another one than that of `If-Match`, or there although `If-None-Match` says that none is.
    pub fn is_of_another_object(&self) -> bool {
        self.is(&["PreconditionFailed", "NoSuchKey"])
    }

    /// Whether the bytes that arrived are not those of which the MD5 was told.
    pub fn is_of_other_bytes(&self) -> bool {
        self.is(&["BadDigest"])
    }

    /// Whether the bucket's ACL has grants, with which ACLs cannot be switched off (S9).
    pub fn is_of_grants(&self) -> bool {
        self.is(&["InvalidBucketAclWithObjectOwnership"])
    }

    /// Whether the object is encrypted with a key that only its uploader has (SSE-C), or one of KMS that the identity may not use.
    pub fn is_lack_of_a_key(&self) -> bool {
        let may_not = || denied_action(&self.message).is_some_and(|action| action.starts_with("kms:"));
        // `KMS.DisabledException`, of a key that is of no use to anybody any more.
        let of_kms = self.code.as_ref().is_some_and(|code| code.starts_with("KMS."));
        of_kms || self.is(&["InvalidRequest"]) || (self.class == Class::Denied && may_not())
    }

    /// Whether the object is in an archive.
    pub fn is_of_an_archive(&self) -> bool {
        self.is(&["InvalidObjectState"])
    }

    /// Whether something still hangs on the role or the user that is to be deleted (I4).
    pub fn is_of_what_hangs_on_it(&self) -> bool {
        self.is(&["DeleteConflict"])
    }

    /// Whether the function is there, or on its way out (L11).
    pub fn is_of_a_function(&self) -> bool {
        self.is(&["ResourceConflictException"])
    }

    /// Whether the table is there, or on its way out (D2), or being changed.
    pub fn is_of_a_table(&self) -> bool {
        self.is(&["ResourceInUseException"])
    }

    /// Whether DynamoDB does not take what it was told, which it says also of what holds already (D5).
    pub fn is_of_no_use(&self) -> bool {
        self.is(&["ValidationException"])
    }
}
