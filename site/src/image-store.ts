/** The images bucket: each method is one request of the S3 API. */

import type { Aws } from "./aws.ts";
import { parseS3Error, xmlText } from "./aws-error.ts";
import type { Config } from "./config.ts";
import { objectUrl } from "./endpoints.ts";
import type { SendOptions } from "./http.ts";

/** U6: refuses to write over an object that is there already (412). */
const ONLY_IF_ABSENT = { "if-none-match": "*" };

export class ImageStore {
  readonly #aws: Aws;

  constructor(aws: Aws) {
    this.#aws = aws;
  }

  async put(key: string, file: Blob, options: SendOptions): Promise<void> {
    const headers = { ...ONLY_IF_ABSENT, "content-type": file.type };
    await this.#aws.call((config) => ({ ...s3(config, key), method: "PUT", headers, body: file }), options);
  }

  /** The object's content. */
  async get(key: string, options: SendOptions): Promise<Blob> {
    const response = await this.#aws.call((config) => ({ ...s3(config, key), method: "GET" }), options);
    return response.blob();
  }

  /** Begins an upload in parts and returns its id. */
  async createMultipart(key: string, contentType: string, options: SendOptions): Promise<string> {
    const headers = { "content-type": contentType };
    const response = await this.#aws.call(
      (config) => ({ ...s3(config, key, "?uploads="), method: "POST", headers }),
      options,
    );
    const uploadId = xmlText(await response.text(), "UploadId");
    if (uploadId === null) {
      throw new Error("S3 began an upload in parts without giving its id.");
    }
    return uploadId;
  }

  /** Sends part `number`, counted from 1, and returns its ETag with the quotes. */
  async putPart(key: string, uploadId: string, number: number, part: Blob, options: SendOptions): Promise<string> {
    const query = `?partNumber=${number}&uploadId=${encodeURIComponent(uploadId)}`;
    const response = await this.#aws.call(
      (config) => ({ ...s3(config, key, query), method: "PUT", body: part }),
      options,
    );
    const etag = response.headers.get("etag");
    if (etag === null) {
      // U8: without ETag among the exposed headers of the bucket's CORS rule, no page can finish an upload in parts.
      throw new Error("The images bucket does not let this page read the ETag header.");
    }
    return etag;
  }

  /** Joins the parts, given in order by their ETags, to the object. */
  async completeMultipart(
    key: string,
    uploadId: string,
    etags: readonly string[],
    options: SendOptions,
  ): Promise<void> {
    const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`);
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    const headers = { ...ONLY_IF_ABSENT, "content-type": "application/xml" };
    const response = await this.#aws.call(
      (config) => ({ ...s3(config, key, uploadQuery(uploadId)), method: "POST", headers, body }),
      options,
    );
    // S3 sends the status before it has joined the parts: a failure after that is found in the body only.
    const error = parseS3Error(response.status, await response.text());
    if (error !== null) {
      throw error;
    }
  }

  /** Throws away the parts that were sent. */
  async abortMultipart(key: string, uploadId: string): Promise<void> {
    await this.#aws.call((config) => ({ ...s3(config, key, uploadQuery(uploadId)), method: "DELETE" }));
  }
}

function s3(config: Config, key: string, query = ""): { service: "s3"; url: string } {
  return { service: "s3", url: objectUrl(config, key) + query };
}

function uploadQuery(uploadId: string): string {
  return `?uploadId=${encodeURIComponent(uploadId)}`;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
