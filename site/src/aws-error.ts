/** Refusals by S3 and DynamoDB: how they are read and what they mean for the page. */

import { NetworkError } from "./http.ts";

export class AwsError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Reads the answer of a failed request: XML from S3, JSON from DynamoDB, and whatever a proxy in between may send. */
export async function readAwsError(response: Response): Promise<AwsError> {
  const body = await response.text();
  return parseS3Error(response.status, body) ?? parseDynamoDbError(response.status, body);
}

/**
 * Reads `<Error><Code>…</Code><Message>…</Message></Error>`; null when the body is something else.
 *
 * CompleteMultipartUpload may answer 200 and still carry such a body: then the status is taken to be 500.
 */
export function parseS3Error(status: number, body: string): AwsError | null {
  if (!/<Error[\s>]/.test(body)) {
    return null;
  }
  const failedStatus = status === 200 ? 500 : status;
  return new AwsError(failedStatus, xmlText(body, "Code") ?? "", xmlText(body, "Message") ?? "");
}

function parseDynamoDbError(status: number, body: string): AwsError {
  try {
    const error = JSON.parse(body) as { __type?: unknown; message?: unknown; Message?: unknown };
    // The code comes as "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException".
    const code = String(error.__type ?? "").replace(/^.*#/, "");
    return new AwsError(status, code, String(error.message ?? error.Message ?? ""));
  } catch {
    return new AwsError(status, "", "");
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/** The text of the first element of that name; null when there is none. */
export function xmlText(xml: string, element: string): string | null {
  const match = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml);
  const text = match?.[1];
  return text === undefined ? null : text.replace(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}

const RETRYABLE_CODES = new Set([
  "ConditionalRequestConflict", // U6: another writer was busy with the same key
  "OperationAborted",
  "RequestTimeout",
  "SlowDown",
  "ThrottlingException",
  "ProvisionedThroughputExceededException",
]);

/** Whether the same request may succeed a little later. */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof NetworkError ||
    (error instanceof AwsError && (error.status >= 500 || error.status === 429 || RETRYABLE_CODES.has(error.code)))
  );
}

/** U6: `If-None-Match: *` found an object of that key. */
export function isNameTaken(error: unknown): boolean {
  return error instanceof AwsError && error.status === 412;
}

const KEY_REFUSED_CODES = new Set([
  "UnrecognizedClientException", // DynamoDB, status 400
  "AccessDeniedException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
]);

/** Whether the page's key was refused: removed, replaced, or no longer allowed to do this. */
export function isKeyRefused(error: unknown): error is AwsError {
  return (
    error instanceof AwsError &&
    (error.status === 403 || KEY_REFUSED_CODES.has(error.code)) &&
    !isClockWrong(error)
  );
}

/** Whether the signature was refused because this device's clock is wrong (S3's and DynamoDB's ways of saying so). */
export function isClockWrong(error: unknown): boolean {
  return (
    error instanceof AwsError &&
    (error.code === "RequestTimeTooSkewed" ||
      (error.code === "InvalidSignatureException" && /signature (expired|not yet current)/i.test(error.message)))
  );
}
