/** Sends requests by XMLHttpRequest: `fetch` cannot tell how much of a body has left. */

import { type HttpRequest, NetworkError, type SendOptions } from "../http.ts";

export function sendByXhr({ method, url, headers, body }: HttpRequest, options: SendOptions): Promise<Response> {
  const { signal, onProgress } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.responseType = "blob";
    headers.forEach((value, name) => xhr.setRequestHeader(name, value));
    if (onProgress) {
      xhr.upload.onprogress = (event) => onProgress(event.loaded);
    }
    const abort = (): void => xhr.abort();
    signal?.addEventListener("abort", abort);
    xhr.onload = () => resolve(toResponse(xhr));
    xhr.onerror = () => reject(new NetworkError("No answer."));
    xhr.onabort = () => reject(signal?.reason);
    xhr.onloadend = () => signal?.removeEventListener("abort", abort);
    xhr.send(body);
  });
}

function toResponse(xhr: XMLHttpRequest): Response {
  // Asking for a header that the other origin does not expose would leave a warning in the console; this way does not.
  const headers = xhr.getAllResponseHeaders().trim().split("\r\n");
  const pairs = headers.filter(Boolean).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  // A Response of status 204 refuses any body, even an empty one.
  const body = xhr.status === 204 ? null : (xhr.response as Blob);
  return new Response(body, { status: xhr.status, headers: pairs });
}
