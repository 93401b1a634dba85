import { describe, expect, it } from "vitest";
import { Aws } from "../src/aws.ts";
import { NetworkError } from "../src/http.ts";
import { ImageStore } from "../src/image-store.ts";
import type { Pause } from "../src/retry.ts";
import { Session } from "../src/session.ts";
import { PART_BYTES, uploadFile } from "../src/upload-file.ts";
import { CONFIG, FakeClock, FakeConnection, FakeNetwork, s3Error, settle } from "./support/world.ts";

const KEY = "images/g/a.png";
const SMALL = new File(["picture"], "a.png", { type: "image/png" });
const LARGE = new File([new Uint8Array(2 * PART_BYTES + 5)], "a.png", { type: "image/png" });

const ok = (): Response => new Response("");
const part = (etag: string): Response => new Response("", { headers: { etag } });
const created = (): Response => new Response("<X><UploadId>id+1</UploadId></X>");
const completed = (): Response => new Response("<CompleteMultipartUploadResult/>");
const aborted = (): Response => new Response(null, { status: 204 });

interface Run {
  readonly clock: FakeClock;
  readonly connection: FakeConnection;
  readonly pauses: (Pause | null)[];
  readonly progress: number[];
  readonly cancel: () => void;
  /** "stored", or the error. */
  readonly outcome: () => unknown;
}

function start(network: FakeNetwork, file: File, maybeStored = false): Run {
  const clock = new FakeClock();
  const connection = new FakeConnection();
  const controller = new AbortController();
  const pauses: (Pause | null)[] = [];
  const progress: number[] = [];
  let outcome: unknown = "running";
  const store = new ImageStore(new Aws(new Session(CONFIG, async () => CONFIG), network.send));
  uploadFile(
    store,
    { clock, connection, random: () => 0.5 },
    { key: KEY, file, maybeStored },
    { signal: controller.signal, onPause: (pause) => pauses.push(pause), onProgress: (sent) => progress.push(sent) },
  ).then(
    () => (outcome = "stored"),
    (error: unknown) => (outcome = error),
  );
  return { clock, connection, pauses, progress, cancel: () => controller.abort(), outcome: () => outcome };
}

/** Signing waits for the browser's cryptography, which is no fake. */
async function until(done: () => boolean, run: Run): Promise<void> {
  for (let i = 0; i < 400 && !done(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await run.clock.advance(100);
  }
  expect(done()).toBe(true);
}

const finished = (run: Run): Promise<void> => until(() => run.outcome() !== "running", run);

describe("a small file", () => {
  it("goes in one request that does not overwrite", async () => {
    const network = new FakeNetwork((_, options) => {
      options.onProgress?.(7);
      return ok();
    });
    const run = start(network, SMALL);
    await finished(run);
    expect(run.outcome()).toBe("stored");
    expect(network.lines).toEqual([`PUT /${KEY}`]);
    const { headers, body } = network.requests[0]!;
    expect(headers.get("if-none-match")).toBe("*");
    expect(headers.get("content-type")).toBe("image/png");
    expect(body).toBe(SMALL);
    expect(run.progress).toEqual([7]);
  });

  it("is tried again after failures that may pass, with growing pauses", async () => {
    const network = new FakeNetwork(
      new NetworkError("No answer."),
      s3Error(503, "SlowDown"),
      s3Error(409, "ConditionalRequestConflict"),
      new Response("", { status: 500 }),
      ok(),
    );
    const run = start(network, SMALL);
    await finished(run);
    expect(run.outcome()).toBe("stored");
    expect(run.pauses.filter((pause) => pause !== null)).toEqual([
      { kind: "back-off", attempt: 2, delayMs: 1000 },
      { kind: "back-off", attempt: 3, delayMs: 2000 },
      { kind: "back-off", attempt: 4, delayMs: 4000 },
      { kind: "back-off", attempt: 5, delayMs: 8000 },
    ]);
  });

  it("fails after five attempts", async () => {
    const network = new FakeNetwork(...Array.from({ length: 5 }, () => s3Error(503, "SlowDown")));
    const run = start(network, SMALL);
    await finished(run);
    expect(run.outcome()).toMatchObject({ code: "SlowDown" });
    expect(network.requests).toHaveLength(5);
  });

  it("fails at once when trying again cannot help", async () => {
    const run = start(new FakeNetwork(s3Error(400, "EntityTooLarge")), SMALL);
    await finished(run);
    expect(run.outcome()).toMatchObject({ code: "EntityTooLarge" });
  });

  it("reports a taken name", async () => {
    const network = new FakeNetwork(s3Error(412, "PreconditionFailed"));
    const run = start(network, SMALL);
    await finished(run);
    expect(run.outcome()).toMatchObject({ status: 412 });
    expect(network.lines).toEqual([`PUT /${KEY}`]);
  });

  it("waits for a connection, and such failures do not count", async () => {
    const run: Run = start(
      new FakeNetwork(() => {
        run.connection.set(false);
        throw new NetworkError("No answer.");
      }, ok()),
      SMALL,
    );
    await until(() => run.pauses.length > 0, run);
    expect(run.pauses).toEqual([{ kind: "offline" }]);
    expect(run.outcome()).toBe("running");
    run.connection.set(true);
    await finished(run);
    expect(run.outcome()).toBe("stored");
    expect(run.pauses).toEqual([{ kind: "offline" }, null]);
  });

  it.each(["back-off", "offline"] as const)("can be cancelled during a pause (%s)", async (kind) => {
    const run: Run = start(
      new FakeNetwork(() => {
        run.connection.set(kind === "back-off");
        throw new NetworkError("No answer.");
      }),
      SMALL,
    );
    while (run.pauses.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    run.cancel();
    await settle();
    expect(run.outcome()).toMatchObject({ name: "AbortError" });
  });
});

describe("an answer that was lost", () => {
  it("is no reason to refuse our own picture", async () => {
    const network = new FakeNetwork(new NetworkError("No answer."), s3Error(412, "PreconditionFailed"), new Response("picture"));
    const run = start(network, SMALL);
    await finished(run);
    expect(run.outcome()).toBe("stored");
    expect(network.lines).toEqual([`PUT /${KEY}`, `PUT /${KEY}`, `GET /${KEY}`]);
  });

  it("may have been in an earlier run", async () => {
    const network = new FakeNetwork(s3Error(412, "PreconditionFailed"), new Response("picture"));
    const run = start(network, SMALL, true);
    await finished(run);
    expect(run.outcome()).toBe("stored");
  });

  it.each(["Picture", "pictures"])("does not make another picture ours (%s)", async (other) => {
    const network = new FakeNetwork(s3Error(412, "PreconditionFailed"), new Response(other));
    const run = start(network, SMALL, true);
    await finished(run);
    expect(run.outcome()).toMatchObject({ status: 412 });
  });

  it("keeps the first error when the picture cannot be read", async () => {
    const network = new FakeNetwork(s3Error(412, "PreconditionFailed"), s3Error(403, "AccessDenied"));
    const run = start(network, SMALL, true);
    await finished(run);
    expect(run.outcome()).toMatchObject({ status: 412 });
  });
});

describe("a large file", () => {
  it("goes in parts of 8 MiB, each with its own retries, and is not overwriting either", async () => {
    const network = new FakeNetwork(
      created(),
      (_, options) => {
        options.onProgress?.(PART_BYTES);
        return part('"e1"');
      },
      s3Error(500, "InternalError"),
      (_, options) => {
        options.onProgress?.(100);
        return part('"e2"');
      },
      part('"e3"'),
      completed(),
    );
    const run = start(network, LARGE);
    await finished(run);
    expect(run.outcome()).toBe("stored");
    expect(network.lines).toEqual([
      `POST /${KEY}?uploads=`,
      `PUT /${KEY}?partNumber=1&uploadId=id%2B1`,
      `PUT /${KEY}?partNumber=2&uploadId=id%2B1`,
      `PUT /${KEY}?partNumber=2&uploadId=id%2B1`,
      `PUT /${KEY}?partNumber=3&uploadId=id%2B1`,
      `POST /${KEY}?uploadId=id%2B1`,
    ]);
    expect(network.requests[0]!.headers.get("content-type")).toBe("image/png");
    expect((network.requests[4]!.body as Blob).size).toBe(5);
    const last = network.requests.at(-1)!;
    expect(last.headers.get("if-none-match")).toBe("*");
    expect(last.body).toBe(
      "<CompleteMultipartUpload>" +
        '<Part><PartNumber>1</PartNumber><ETag>"e1"</ETag></Part>' +
        '<Part><PartNumber>2</PartNumber><ETag>"e2"</ETag></Part>' +
        '<Part><PartNumber>3</PartNumber><ETag>"e3"</ETag></Part>' +
        "</CompleteMultipartUpload>",
    );
    expect(run.progress).toEqual([PART_BYTES, PART_BYTES + 100]);
  });

  it("joins the parts again when status 200 carried an error", async () => {
    const network = new FakeNetwork(
      created(),
      part("1"),
      part("2"),
      part("3"),
      new Response("<Error><Code>InternalError</Code></Error>"),
      completed(),
    );
    const run = start(network, LARGE);
    await finished(run);
    expect(run.outcome()).toBe("stored");
    expect(network.lines.slice(-2)).toEqual([`POST /${KEY}?uploadId=id%2B1`, `POST /${KEY}?uploadId=id%2B1`]);
  });

  it("throws its parts away when it fails", async () => {
    const network = new FakeNetwork(created(), s3Error(400, "Broken"), aborted());
    const run = start(network, LARGE);
    await finished(run);
    expect(run.outcome()).toMatchObject({ code: "Broken" });
    await until(() => network.requests.length === 3, run);
    expect(network.lines.at(-1)).toBe(`DELETE /${KEY}?uploadId=id%2B1`);
  });

  it("throws its parts away when it is cancelled, and does not mind a failure of that", async () => {
    const network = new FakeNetwork(
      created(),
      (_, { signal }) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))),
      new NetworkError("No answer."),
    );
    const run = start(network, LARGE);
    await until(() => network.requests.length === 2, run);
    run.cancel();
    await finished(run);
    expect(run.outcome()).toMatchObject({ name: "AbortError" });
    await until(() => network.requests.length === 3, run);
    expect(network.lines.at(-1)).toBe(`DELETE /${KEY}?uploadId=id%2B1`);
  });

  it("says what is missing when the bucket does not expose ETag (U8)", async () => {
    const run = start(new FakeNetwork(created(), ok(), aborted()), LARGE);
    await finished(run);
    expect(String(run.outcome())).toContain("ETag");
  });
});
