/** Stand-ins for time, connection and network that tests drive by hand. */

import type { Clock, Connection } from "../../src/clock.ts";
import type { Config } from "../../src/config.ts";
import type { HttpRequest, Send, SendOptions } from "../../src/http.ts";

export const CONFIG: Config = {
  region: "us-west-2",
  endpoint: null,
  imagesBucket: "holiday-images",
  table: "holiday-index",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  maxSizeMib: 25,
  acceptedTypes: ["image/png", "image/jpeg"],
  title: "Gallery",
};

/** Lets everything run that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) {
    await Promise.resolve();
  }
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.#now + milliseconds, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const next = this.#sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) {
        this.#now = end;
        return;
      }
      this.#sleepers = this.#sleepers.filter((each) => each !== next);
      this.#now = next.at;
      next.wake();
    }
  }
}

export class FakeConnection implements Connection {
  #online = true;
  #waiting: (() => void)[] = [];

  isOnline(): boolean {
    return this.#online;
  }

  online(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  }

  set(online: boolean): void {
    this.#online = online;
    if (online) {
      this.#waiting.splice(0).forEach((resolve) => resolve());
    }
  }
}

type Answer = Response | Error | ((request: HttpRequest, options: SendOptions) => Response | Promise<Response>);

/** A network that gives the answers in order and keeps what was asked. */
export class FakeNetwork {
  readonly requests: HttpRequest[] = [];
  readonly #answers: Answer[];

  constructor(...answers: Answer[]) {
    this.#answers = answers;
  }

  readonly send: Send = async (request, options) => {
    this.requests.push(request);
    const answer = this.#answers.shift();
    if (answer === undefined) {
      throw new Error(`one request too many: ${request.method} ${request.url}`);
    }
    if (answer instanceof Error) {
      throw answer;
    }
    return typeof answer === "function" ? answer(request, options) : answer;
  };

  /** Every request so far as "METHOD /path?query". */
  get lines(): string[] {
    return this.requests.map(({ method, url }) => `${method} ${url.replace(/^https?:\/\/[^/]+/, "")}`);
  }
}

export function s3Error(status: number, code: string): Response {
  return new Response(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>Why</Message></Error>`, { status });
}
