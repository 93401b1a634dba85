/** Brings one file into the images bucket, in one request or in parts. */

import { AwsError, isNameTaken, isRetryable } from "./aws-error.ts";
import type { ImageStore } from "./image-store.ts";
import { type Pause, type RetryContext, withRetry } from "./retry.ts";

const MIB = 1024 * 1024;

/** Files larger than this go in parts, so that a broken connection costs one part and not all. */
export const PART_BYTES = 8 * MIB;

/** S3's limit of parts per upload. */
const MAX_PARTS = 10_000;

export interface UploadJob {
  readonly key: string;
  readonly file: File;
  /** Whether this file was sent under this key before, with an outcome that the page did not learn. */
  readonly maybeStored: boolean;
}

export interface UploadHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (sentBytes: number) => void;
  readonly onPause: (pause: Pause | null) => void;
}

/**
 * Uploads a file unless its key is taken.
 *
 * @throws AwsError with status 412 when another picture has the key
 * @throws AwsError, NetworkError when the attempts are used up; the signal's reason when it was cancelled
 */
export async function uploadFile(
  store: ImageStore,
  context: RetryContext,
  job: UploadJob,
  hooks: UploadHooks,
): Promise<void> {
  let maybeStored = job.maybeStored;
  const retrying = <T>(attempt: () => Promise<T>): Promise<T> => {
    let sent = false;
    return withRetry(context, hooks, () => {
      maybeStored ||= sent;
      sent = true;
      return attempt();
    });
  };
  try {
    if (job.file.size > PART_BYTES) {
      await uploadInParts(store, job, hooks, retrying);
    } else {
      await retrying(() => store.put(job.key, job.file, hooks));
    }
  } catch (error) {
    // An answer may be lost after S3 has stored the file. The next attempt then meets our own picture.
    if (maybeStored && mayBeOurs(error) && (await retrying(() => holds(store, job, hooks)))) {
      return;
    }
    throw error;
  }
}

type Retrying = <T>(attempt: () => Promise<T>) => Promise<T>;

async function uploadInParts(store: ImageStore, job: UploadJob, hooks: UploadHooks, retrying: Retrying): Promise<void> {
  const { key, file } = job;
  const { signal } = hooks;
  const uploadId = await retrying(() => store.createMultipart(key, file.type, { signal }));
  try {
    const partBytes = Math.max(PART_BYTES, Math.ceil(file.size / MAX_PARTS));
    const etags: string[] = [];
    for (let start = 0; start < file.size; start += partBytes) {
      const part = file.slice(start, start + partBytes);
      const onProgress = (sent: number): void => hooks.onProgress(start + sent);
      etags.push(await retrying(() => store.putPart(key, uploadId, etags.length + 1, part, { signal, onProgress })));
    }
    await retrying(() => store.completeMultipart(key, uploadId, etags, { signal }));
  } catch (error) {
    // Not waited for, and no harm when it fails: the bucket's lifecycle rule removes parts that are left over.
    store.abortMultipart(key, uploadId).catch(() => undefined);
    throw error;
  }
}

/** A name that is taken, or parts that were already joined, can be the work of an earlier attempt. */
function mayBeOurs(error: unknown): boolean {
  return isNameTaken(error) || (error instanceof AwsError && error.code === "NoSuchUpload");
}

/** Whether the object is there and is this very file, byte for byte. */
async function holds(store: ImageStore, { key, file }: UploadJob, { signal }: UploadHooks): Promise<boolean> {
  const stored = await store.get(key, { signal }).catch((error: unknown) => {
    if (isRetryable(error)) {
      throw error;
    }
    return null;
  });
  if (stored?.size !== file.size) {
    return false;
  }
  const ours = new Uint8Array(await file.arrayBuffer());
  return new Uint8Array(await stored.arrayBuffer()).every((byte, i) => byte === ours[i]);
}
