/** Signs requests with the page's key and sends them. */

import { AwsV4Signer } from "aws4fetch";
import { isKeyRefused, readAwsError } from "./aws-error.ts";
import type { Config } from "./config.ts";
import { type HttpRequest, NetworkError, type Send, type SendOptions } from "./http.ts";
import type { Session } from "./session.ts";

export interface AwsRequest {
  readonly service: "s3" | "dynamodb";
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Blob | string;
}

/** Derived signing keys by secret, day, region and service: four HMACs less per request. */
const signingKeys = new Map<string, ArrayBuffer>();

/**
 * Adds a Signature Version 4 of now.
 *
 * The body of an S3 request is not part of the signature: hashing would mean to read every file twice, and TLS guards it.
 */
export async function sign(config: Config, request: AwsRequest): Promise<HttpRequest> {
  const { accessKeyId, secretAccessKey, region } = config;
  const { service, method, url, headers = {}, body = null } = request;
  const options = { service, method, url, headers, accessKeyId, secretAccessKey, region, cache: signingKeys };
  const signed = await new AwsV4Signer({ ...options, body: typeof body === "string" ? body : null }).sign();
  return { method, url: signed.url.href, headers: signed.headers, body };
}

export class Aws {
  readonly #session: Session;
  readonly #send: Send;

  constructor(session: Session, send: Send) {
    this.#session = session;
    this.#send = send;
  }

  /**
   * Sends one request. When the key seems to be refused and `config.json` holds another by now, sends it once more with that one.
   *
   * @param build makes the request from the settings in use
   * @throws AwsError for any status but 2xx
   * @throws NetworkError when no answer came
   */
  async call(build: (config: Config) => AwsRequest, options: SendOptions = {}): Promise<Response> {
    const config = this.#session.config;
    try {
      return await this.#attempt(config, build, options);
    } catch (error) {
      // No answer may be a refusal as well: without CORS headers, as U2 has it, the browser hides it from the page.
      const maybeRefused = isKeyRefused(error) || error instanceof NetworkError;
      const renewed = maybeRefused ? await this.#session.renew(config) : null;
      if (renewed === null) {
        throw error;
      }
      return this.#attempt(renewed, build, options);
    }
  }

  async #attempt(config: Config, build: (config: Config) => AwsRequest, options: SendOptions): Promise<Response> {
    const response = await this.#send(await sign(config, build(config)), options);
    if (!response.ok) {
      throw await readAwsError(response);
    }
    return response;
  }
}
