//! Sends files of the page: several at once, with little of them in memory, whatever their number and size.

use std::cell::Cell;
use std::path::Path;

use aws_sdk_s3::config::{self, RequestChecksumCalculation, StalledStreamProtectionConfig};
use aws_sdk_s3::primitives::{ByteStream, Length, SdkBody};
use aws_sdk_s3::types::ServerSideEncryption;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::Aws;
use super::clients::with_an_object;
use super::error::passing::of_bucket;
use super::error::{AwsError, Class, Named as _};
use super::wait::{Progress, retry};
use crate::error::Error;
use crate::event::{Progressed, Unit};
use crate::plan::{Action, UPLOAD_MEMORY, UPLOADS_AT_ONCE};
use crate::resource::site::{Content, Headers, SiteFile};
use crate::site_files::{self, SiteError};

/// So much of a streamed file (in bytes) is read at once. The HTTP client holds up to sixteen such pieces.
const PIECE: usize = 16 << 10;
/// Files that are compressed at once: it is work for processors, and takes memory.
const MADE_AT_ONCE: usize = 2;

/// Uploads `files`, several at once.
///
/// # Errors
/// The first upload that fails for good; a file that is not what it was when its ETag was computed.
pub async fn upload(aws: &Aws, bucket: &str, files: &[SiteFile], progress: Progress<'_>) -> Result<(), Error> {
    let total = files.iter().map(|file| file.size).sum();
    let sent = Cell::new(0);
    let (memory, making) = (Semaphore::new(UPLOAD_MEMORY), Semaphore::new(MADE_AT_ONCE));
    let upload = async |file: &SiteFile| {
        // Neither is ever closed.
        let _held = memory.acquire_many(u32::try_from(file.memory()).unwrap_or(u32::MAX)).await.ok();
        let body = {
            let _made = making.acquire().await.ok();
            body(file).await?
        };
        let streamed = file.streamed().map(|source| source.path.as_path());
        let object = Object {
            key: &file.key,
            headers: &file.headers,
            body,
            md5: streamed.map(|_| file.content_md5()),
            on_the_line: total,
        };
        put(aws, bucket, object, progress).await.map_err(|error| match streamed {
            Some(path) => or_changed(error, path, file.size),
            None => error,
        })?;
        sent.set(sent.get() + file.size);
        progress.reached(Progressed { done: sent.get(), total: Some(total), unit: Unit::Bytes });
        Ok(())
    };
    iter(files).map(upload).buffer_unordered(UPLOADS_AT_ONCE).try_collect::<()>().await
}

/// What is sent of `file`: in memory, or a reader of the file that begins anew with each attempt.
async fn body(file: &SiteFile) -> Result<SdkBody, Error> {
    let source = match &file.content {
        Content::Held(bytes) => return Ok(bytes.clone().into()),
        Content::File(source) => source.clone(),
    };
    if file.streamed().is_some() {
        site_files::check_size(&source.path, file.size)?;
        let stream = ByteStream::read_from().path(&source.path).length(Length::Exact(file.size)).buffer_size(PIECE).build().await;
        let changed = |_| SiteError::Changed { path: source.path.clone() };
        return Ok(stream.map_err(changed)?.into_inner());
    }
    let (size, etag) = (file.size, file.etag.clone());
    let made = spawn_blocking(move || site_files::read_again(&source, size, &etag)).await;
    Ok(made.map_err(|error| Error::Bug(error.to_string()))??.into())
}

/// The same, or that `path` is not the file of `size` bytes any more that was to be sent.
fn or_changed(error: Error, path: &Path, size: u64) -> Error {
    match (&error, site_files::check_size(path, size)) {
        (Error::Aws(refused), _) if refused.is_of_other_bytes() => SiteError::Changed { path: path.to_owned() }.into(),
        (_, Err(changed)) if !error.is_stopped() => changed.into(),
        _ => error,
    }
}

/// An object to be written.
pub(super) struct Object<'a> {
    pub(super) key: &'a str,
    pub(super) headers: &'a Headers,
    /// In memory, or one that can begin anew.
    pub(super) body: SdkBody,
    /// Base64 of the MD5 that the body must have, where it is streamed.
    pub(super) md5: Option<String>,
    /// How many bytes share the line, all that is sent at the same time.
    pub(super) on_the_line: u64,
}

impl<'a> Object<'a> {
    pub(super) fn small(key: &'a str, headers: &'a Headers, body: String) -> Self {
        let on_the_line = body.len() as u64;
        Self { key, headers, body: body.into(), md5: None, on_the_line }
    }
}

/// Writes an object.
///
/// # Errors
/// That it fails for good.
pub(super) async fn put(aws: &Aws, bucket: &str, object: Object<'_>, progress: Progress<'_>) -> Result<(), Error> {
    let Object { key, headers, body, md5, on_the_line } = object;
    let call = async || {
        let body =
            body.try_clone().ok_or_else(|| AwsError::told("s3:PutObject", key, Class::Other, "NoBody", "it was sent already"))?;
        let request = aws.s3.put_object().bucket(bucket).key(key).expected_bucket_owner(&aws.account);
        let request = request.content_type(&headers.content_type).cache_control(&headers.cache_control);
        let request = request.set_content_encoding(headers.encoding.clone()).set_content_md5(md5.clone());
        // Not the bucket's default, which may still be another: the public cannot read what KMS has encrypted, and its ETag is no MD5 (E1).
        let request = request.server_side_encryption(ServerSideEncryption::Aes256);
        let request = request.body(ByteStream::new(body)).customize().config_override(config_of(on_the_line, md5.is_some()));
        request.send().await.named("s3:PutObject", key)
    };
    retry(progress, of_bucket(Action::Create), call).await?;
    Ok(())
}

fn config_of(on_the_line: u64, is_streamed: bool) -> config::Builder {
    let config = with_an_object(on_the_line);
    if !is_streamed {
        return config;
    }
    // S3 checks the MD5: no other sum is to be computed on the way, which would change how the body is sent.
    let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    // On a slow line that many share, nothing is read for a while; and nothing is while the request waits for its turn.
    config.stalled_stream_protection(StalledStreamProtectionConfig::enabled().upload_enabled(false).build())
}
