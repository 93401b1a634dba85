/** A client that is not the page: it puts pictures with the page's key, as `aws s3 cp` does, from outside the browser. */

import { AwsClient } from "aws4fetch";
import { PAGE_URL } from "./gallery-page.ts";
import type { TestFile } from "./images.ts";

/** S3 takes no part smaller than that but for the last. */
const PART_BYTES = 5 * 1024 * 1024;

interface Config {
  readonly region: string;
  readonly endpoint: string;
  readonly images_bucket: string;
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

export class OtherClient {
  readonly #config: Config;
  readonly #aws: AwsClient;

  private constructor(config: Config) {
    this.#config = config;
    this.#aws = new AwsClient({
      accessKeyId: config.access_key_id,
      secretAccessKey: config.secret_access_key,
      region: config.region,
      service: "s3",
    });
  }

  static async ofPage(): Promise<OtherClient> {
    // Node does not resolve `*.s3.localhost`, as browsers do: the same object is had by path.
    const page = new URL(PAGE_URL);
    const [bucket] = page.hostname.split(".");
    const answer = await fetch(`http://127.0.0.1:${page.port}/${bucket}/config.json`);
    return new OtherClient((await answer.json()) as Config);
  }

  async put(gallery: string, { name, mimeType, buffer }: TestFile): Promise<void> {
    await this.#send("PUT", gallery, name, "", buffer, { "content-type": mimeType });
  }

  async putInParts(gallery: string, { name, mimeType, buffer }: TestFile): Promise<void> {
    const begun = await this.#send("POST", gallery, name, "?uploads=", undefined, { "content-type": mimeType });
    const uploadId = /<UploadId>(.+)<\/UploadId>/.exec(await begun.text())![1]!;
    const parts: string[] = [];
    for (let start = 0; start < buffer.length; start += PART_BYTES) {
      const number = parts.length + 1;
      const query = `?partNumber=${number}&uploadId=${encodeURIComponent(uploadId)}`;
      const sent = await this.#send("PUT", gallery, name, query, buffer.subarray(start, start + PART_BYTES));
      parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${sent.headers.get("etag")}</ETag></Part>`);
    }
    const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
    await this.#send("POST", gallery, name, `?uploadId=${encodeURIComponent(uploadId)}`, body);
  }

  async #send(
    method: string,
    gallery: string,
    name: string,
    query: string,
    body?: Buffer | string,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { endpoint, images_bucket } = this.#config;
    const url = `${endpoint}/${images_bucket}/images/${gallery}/${encodeURIComponent(name)}${query}`;
    const answer = await this.#aws.fetch(url, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }) });
    if (!answer.ok) {
      throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer;
  }
}
