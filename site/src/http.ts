/** The one way in which this page sends something, so that tests can stand in for the network. */

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Blob | string | null;
}

export interface SendOptions {
  /** Ends the request; `Send` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes of the body that have left so far. */
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/**
 * Sends one request and resolves with whatever status came back.
 *
 * @throws NetworkError when no answer came, or none that the browser lets the page see
 */
export type Send = (request: HttpRequest, options: SendOptions) => Promise<Response>;

export class NetworkError extends Error {}
