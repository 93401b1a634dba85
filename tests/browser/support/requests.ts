/** Telling the page's requests apart, to fail or to hold some of them. */

import type { Page, Request, Route } from "@playwright/test";

export const isUpload = (request: Request): boolean =>
  request.method() === "PUT" && new URL(request.url()).pathname.includes("/images/");

export const isQuery = (request: Request): boolean =>
  request.headers()["x-amz-target"] === "DynamoDB_20120810.Query";

export type Verdict = (request: Request) => boolean;

/** Routes the requests that `matches` picks, and lets all others through. */
export async function intercept(page: Page, matches: Verdict, handler: (route: Route) => unknown): Promise<void> {
  await page.route("**/*", (route) => (matches(route.request()) ? handler(route) : route.fallback()));
}

/** Holds the requests that `matches` picks until `release` is called. */
export async function hold(page: Page, matches: Verdict): Promise<{ readonly count: () => number; release(): void }> {
  let released = false;
  const held: Route[] = [];
  await intercept(page, matches, (route) => (released ? route.fallback() : held.push(route)));
  return {
    count: () => held.length,
    release() {
      released = true;
      for (const route of held) {
        void route.fallback();
      }
    },
  };
}

/** An answer that the browser lets the page read, as S3's and DynamoDB's are. */
export const readable = { "access-control-allow-origin": "*", "access-control-expose-headers": "ETag" };

/** An error as S3 sends it. */
export function s3Error(status: number, code: string, message = ""): Parameters<Route["fulfill"]>[0] {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: readable, contentType: "application/xml", body };
}
