//! What the bucket and the table hold, page by page: listing, query, scan.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::DateTimeFormat;
use aws_sdk_s3::types::{EncodingType, Object, ObjectStorageClass, OptionalObjectAttributes};
use futures_util::stream::{Stream, TryStreamExt as _, iter, try_unfold};
use gallery_index::{Key, Listed, Stored};

use super::backend::value;
use super::merge::{Keyed, OutOfOrder};
use crate::aws::Aws;
use crate::aws::error::{AwsError, Class, Named as _};
use crate::aws::listed_key::decoded;
use crate::desired::IMAGES_PREFIX;
use crate::resource::index::Index;
use crate::resource::table::{PARTITION_KEY, SORT_KEY};

/// Entries in one page of a listing, which is what S3 gives at most, and of a scan for keys.
const PAGE: i32 = 1000;
/// Rows in one page of a query: memory does not depend on how large rows are. While a page is read, a row takes many times what an entry of a listing does, and
/// DynamoDB gives three such pages in less time than S3 takes for one of its own.
const ROWS: i32 = 300;

impl Keyed for Listed {
    fn key(&self) -> &str {
        self.key.as_str()
    }
}

impl Keyed for Stored {
    fn key(&self) -> &str {
        &self.file_path
    }
}

impl From<OutOfOrder> for AwsError {
    fn from(_: OutOfOrder) -> Self {
        let message = "the keys do not come in the order of their bytes, so images and rows cannot be compared";
        Self::told("s3:ListBucket", "the images or their rows", Class::Other, "OutOfOrder", message)
    }
}

/// Where a listing stands.
enum At {
    Start,
    Token(String),
}

/// One page of a listing.
struct Page {
    objects: Vec<Object>,
    prefixes: Vec<String>,
    next: Option<At>,
}

async fn list_page(aws: &Aws, bucket: &str, prefix: &str, delimiter: Option<&str>, at: At) -> Result<Page, AwsError> {
    list(aws, bucket, prefix, delimiter, at, PAGE).await
}

/// Keys come percent-encoded: XML cannot hold every character that a key can.
async fn list(aws: &Aws, bucket: &str, prefix: &str, delimiter: Option<&str>, at: At, most: i32) -> Result<Page, AwsError> {
    let token = match at {
        At::Start => None,
        At::Token(token) => Some(token),
    };
    let request = aws.s3.list_objects_v2().bucket(bucket).expected_bucket_owner(&aws.account).prefix(prefix).max_keys(most);
    let request = request.encoding_type(EncodingType::Url).set_delimiter(delimiter.map(ToOwned::to_owned));
    let request = request.optional_object_attributes(OptionalObjectAttributes::RestoreStatus).set_continuation_token(token);
    let page = request.send().await.named("s3:ListBucket", bucket)?;
    let prefixes = page.common_prefixes().iter().filter_map(|it| it.prefix()).map(decoded).collect::<Result<_, _>>()?;
    Ok(Page { prefixes, next: page.next_continuation_token.map(At::Token), objects: page.contents.unwrap_or_default() })
}

/// The images of a gallery, in the order of their keys.
pub(super) fn images<'a>(aws: &'a Aws, index: &'a Index, gallery: &str) -> impl Stream<Item = Result<Listed, AwsError>> + 'a {
    let prefix = format!("{IMAGES_PREFIX}{gallery}/");
    let pages = try_unfold(Some(At::Start), move |at| {
        let prefix = prefix.clone();
        async move {
            let Some(at) = at else { return Ok(None) };
            let page = list_page(aws, &index.bucket, &prefix, None, at).await?;
            let images = page.objects.into_iter().filter_map(|object| listed(&object).transpose()).collect::<Vec<_>>();
            Ok::<_, AwsError>(Some((iter(images), page.next)))
        }
    });
    pages.try_flatten()
}

/// The galleries that have objects, a page at a time.
pub(super) fn galleries<'a>(aws: &'a Aws, index: &'a Index) -> impl Stream<Item = Result<Vec<String>, AwsError>> + 'a {
    try_unfold(Some(At::Start), move |at| async move {
        let Some(at) = at else { return Ok(None) };
        let page = list_page(aws, &index.bucket, IMAGES_PREFIX, Some("/"), at).await?;
        let name = |prefix: &String| prefix.strip_prefix(IMAGES_PREFIX)?.strip_suffix('/').map(ToOwned::to_owned);
        let names = page.prefixes.iter().filter_map(name).filter(|name| !name.is_empty()).collect();
        Ok(Some((names, page.next)))
    })
}

/// How many images there are, a page at a time.
pub(super) fn counted_images<'a>(aws: &'a Aws, index: &'a Index) -> impl Stream<Item = Result<u64, AwsError>> + 'a {
    try_unfold(Some(At::Start), move |at| async move {
        let Some(at) = at else { return Ok(None) };
        let page = list_page(aws, &index.bucket, IMAGES_PREFIX, None, at).await?;
        let images = page.objects.iter().filter(|object| listed(object).is_ok_and(|it| it.is_some())).count();
        Ok(Some((images as u64, page.next)))
    })
}

/// One image, or `None`: with a listing, which takes no right to read it.
pub(super) async fn image(aws: &Aws, index: &Index, key: &str) -> Result<Option<Listed>, AwsError> {
    // No other key that begins so comes before it.
    let page = list(aws, &index.bucket, key, None, At::Start, 1).await?;
    let first = page.objects.first().map(listed).transpose()?.flatten();
    Ok(first.filter(|first| first.key.as_str() == key))
}

/// `None`: its key is not that of an image in a gallery, as of the folders that some programs make.
fn listed(object: &Object) -> Result<Option<Listed>, AwsError> {
    let Ok(key) = Key::new(decoded(object.key().unwrap_or_default())?) else { return Ok(None) };
    let restored = object.restore_status().is_some_and(|it| it.restore_expiry_date().is_some());
    let archived = match object.storage_class() {
        Some(ObjectStorageClass::Glacier | ObjectStorageClass::DeepArchive) => Some(!restored),
        // Of this class some lie in an archive.
        Some(ObjectStorageClass::IntelligentTiering) => None,
        _ => Some(false),
    };
    // In whole seconds, as a HEAD tells it.
    let seconds = object.last_modified().map(|time| aws_sdk_s3::primitives::DateTime::from_secs(time.secs()));
    let uploaded_at = seconds.and_then(|time| time.fmt(DateTimeFormat::DateTime).ok()).unwrap_or_default();
    let size = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    let etag = object.e_tag().unwrap_or_default().trim_matches('"').to_owned();
    Ok(Some(Listed { key, size, etag, uploaded_at, archived }))
}

/// The last key of a page of the table.
type LastKey = std::collections::HashMap<String, AttributeValue>;

/// The rows of a gallery, or only that of `file_path`, in the order of their keys.
pub(super) fn rows<'a>(
    aws: &'a Aws,
    index: &'a Index,
    gallery: &str,
    file_path: Option<&str>,
) -> impl Stream<Item = Result<Stored, AwsError>> + 'a {
    // Some names of attributes are reserved words, so none is used as it is.
    let mut request = aws.dynamodb.query().table_name(&index.table).consistent_read(true).limit(ROWS);
    for name in Stored::ATTRIBUTES {
        request = request.expression_attribute_names(format!("#{name}"), name);
    }
    let names = Stored::ATTRIBUTES.map(|name| format!("#{name}")).join(", ");
    request = request.projection_expression(names).expression_attribute_values(":gallery", AttributeValue::S(gallery.to_owned()));
    request = match file_path {
        None => request.key_condition_expression(format!("#{PARTITION_KEY} = :gallery")),
        Some(path) => request
            .key_condition_expression(format!("#{PARTITION_KEY} = :gallery AND #{SORT_KEY} = :path"))
            .expression_attribute_values(":path", AttributeValue::S(path.to_owned())),
    };
    let pages = try_unfold(Some(None), move |at: Option<Option<LastKey>>| {
        let request = request.clone();
        async move {
            let Some(at) = at else { return Ok(None) };
            let page = request.set_exclusive_start_key(at).send().await.named("dynamodb:Query", &index.table)?;
            let rows: Vec<_> = page.items.unwrap_or_default().into_iter().map(|item| Ok(stored(item))).collect();
            Ok::<_, AwsError>(Some((iter(rows), page.last_evaluated_key.map(Some))))
        }
    });
    pages.try_flatten()
}

fn stored(mut item: LastKey) -> Stored {
    Stored::read(|name| value(item.remove(name)?))
}

/// The galleries that have rows, a page at a time; a gallery may come several times.
pub(super) fn galleries_of_rows<'a>(
    aws: &'a Aws,
    index: &'a Index,
) -> impl Stream<Item = Result<(Vec<String>, u64), AwsError>> + 'a {
    try_unfold(Some(None), move |at: Option<Option<LastKey>>| async move {
        let Some(at) = at else { return Ok(None) };
        let request = aws.dynamodb.scan().table_name(&index.table).limit(PAGE).set_exclusive_start_key(at);
        let request = request.projection_expression("#g").expression_attribute_names("#g", PARTITION_KEY);
        let page = request.send().await.named("dynamodb:Scan", &index.table)?;
        let mut names: Vec<String> = Vec::new();
        for item in page.items() {
            // Rows of a gallery come one after the other.
            if let Some(AttributeValue::S(name)) = item.get(PARTITION_KEY).filter(|it| it.as_s().ok() != names.last()) {
                names.push(name.clone());
            }
        }
        Ok(Some(((names, page.items().len() as u64), page.last_evaluated_key.map(Some))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody can read what lies in an archive; what was restored from there everybody can. Times are told in whole seconds.
    #[test]
    fn a_listing_tells_whether_an_image_can_be_read() {
        use aws_sdk_s3::primitives::DateTime;
        use aws_sdk_s3::types::RestoreStatus;
        let object = |class, restored: bool| {
            let restored = RestoreStatus::builder().set_restore_expiry_date(restored.then(|| DateTime::from_secs(1))).build();
            let object = Object::builder().key("images/rome/a.png").e_tag("\"abc\"").size(12).storage_class(class);
            let object = object.last_modified(DateTime::from_secs_f64(1_773_480_413.75)).restore_status(restored).build();
            listed(&object).expect("a key").expect("an image")
        };
        let standard = object(ObjectStorageClass::Standard, false);
        assert_eq!((standard.etag.as_str(), standard.uploaded_at.as_str()), ("abc", "2026-03-14T09:26:53Z"));
        for (class, restored, archived) in [
            (ObjectStorageClass::Standard, false, Some(false)),
            (ObjectStorageClass::Glacier, false, Some(true)),
            (ObjectStorageClass::DeepArchive, true, Some(false)),
            (ObjectStorageClass::GlacierIr, false, Some(false)),
            (ObjectStorageClass::IntelligentTiering, false, None),
        ] {
            assert_eq!(object(class.clone(), restored).archived, archived, "{class:?}");
        }
    }
}
