import { beforeEach, describe, expect, it } from "vitest";
import { AwsError } from "../src/aws-error.ts";
import type { UploadHooks } from "../src/upload-file.ts";
import { MAX_SENDING, type Upload, UploadQueue } from "../src/upload-queue.ts";
import { settle } from "./support/world.ts";

interface Sending {
  readonly name: string;
  readonly gallery: string;
  readonly maybeStored: boolean;
  readonly hooks: UploadHooks;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

const TAKEN = new AwsError(412, "PreconditionFailed", "");

let sendings: Sending[];
let indexAnswers: ((listed: boolean) => void)[];
let changed: string[];
let removed: string[];
let queue: UploadQueue;

beforeEach(() => {
  sendings = [];
  indexAnswers = [];
  changed = [];
  removed = [];
  queue = new UploadQueue(
    {
      send: ({ name, gallery }, maybeStored, hooks) =>
        new Promise((succeed, fail) => {
          sendings.push({ name, gallery, maybeStored, hooks, succeed, fail });
          hooks.signal.addEventListener("abort", () => fail(hooks.signal.reason));
        }),
      indexed: () => new Promise((answer) => indexAnswers.push(answer)),
      suggestName: async ({ name }) => `other ${name}`,
    },
    { changed: ({ name, state }) => changed.push(`${name} ${state.kind}`), removed: ({ name }) => removed.push(name) },
  );
});

function add(...names: string[]): Upload[] {
  return names.map((name) => queue.add(new File(["x"], name), name));
}

const states = (): string[] => queue.uploads.map(({ state }) => state.kind);

describe("UploadQueue", () => {
  it("sends nothing before it is told to", () => {
    add("a", "b");
    expect(states()).toEqual(["ready", "ready"]);
    expect(sendings).toEqual([]);
    expect(queue.busy).toBe(false);
  });

  it("sends three at a time, in order, into the gallery that was named", async () => {
    add("a", "b", "c", "d", "e");
    queue.start("g");
    expect(sendings.map(({ name, gallery }) => gallery + name)).toEqual(["ga", "gb", "gc"]);
    expect(sendings).toHaveLength(MAX_SENDING);
    expect(states()).toEqual(["sending", "sending", "sending", "waiting", "waiting"]);
    expect(queue.busy).toBe(true);
    sendings[1]!.succeed();
    await settle();
    expect(sendings.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
    sendings[0]!.fail(new Error("no"));
    await settle();
    expect(states()).toEqual(["failed", "done", "sending", "sending", "sending"]);
  });

  it("keeps the gallery of files that are on their way", () => {
    const [a] = add("a");
    queue.start("first");
    const [b] = add("b");
    queue.start("second");
    expect([a!.gallery, b!.gallery]).toEqual(["first", "second"]);
  });

  it("reports progress and pauses", () => {
    const [a] = add("a");
    queue.start("g");
    const { hooks } = sendings[0]!;
    hooks.onProgress(5);
    expect(a!.state).toEqual({ kind: "sending", sentBytes: 5, pause: null });
    hooks.onPause({ kind: "offline" });
    expect(a!.state).toEqual({ kind: "sending", sentBytes: 5, pause: { kind: "offline" } });
    hooks.onPause(null);
    expect(a!.state).toEqual({ kind: "sending", sentBytes: 5, pause: null });
  });

  it("says whether the index shows what was stored", async () => {
    const [a, b] = add("a", "b");
    queue.start("g");
    sendings.forEach(({ succeed }) => succeed());
    await settle();
    expect(a!.state).toEqual({ kind: "done", index: "pending" });
    expect(queue.busy).toBe(false);
    indexAnswers[0]!(true);
    indexAnswers[1]!(false);
    await settle();
    expect(a!.state).toEqual({ kind: "done", index: "listed" });
    expect(b!.state).toEqual({ kind: "done", index: "late" });
  });

  it("does not bring back a file that was removed while the index was asked", async () => {
    add("a");
    queue.start("g");
    sendings[0]!.succeed();
    await settle();
    queue.removeDone();
    expect(removed).toEqual(["a"]);
    indexAnswers[0]!(true);
    await settle();
    expect(queue.uploads).toEqual([]);
    expect(changed).toEqual(["a ready", "a waiting", "a sending", "a done"]);
  });

  it("cancels a file that is being sent and gives its place away once the request has ended", async () => {
    const [a] = add("a", "b", "c", "d");
    queue.start("g");
    queue.cancel(a!);
    expect(a!.state.kind).toBe("cancelled");
    expect(sendings[0]!.hooks.signal.aborted).toBe(true);
    expect(sendings).toHaveLength(3);
    await settle();
    expect(sendings.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
    expect(a!.state.kind).toBe("cancelled");
  });

  it("does not let late news of a cancelled file through", async () => {
    const [a] = add("a");
    queue.start("g");
    queue.cancel(a!);
    sendings[0]!.hooks.onProgress(1);
    sendings[0]!.hooks.onPause(null);
    await settle();
    expect(a!.state.kind).toBe("cancelled");
  });

  it("sends a cancelled file again only after its old request has ended", async () => {
    const [a] = add("a");
    queue.start("g");
    queue.cancel(a!);
    queue.retry(a!);
    expect(a!.state.kind).toBe("waiting");
    expect(sendings).toHaveLength(1);
    await settle();
    expect(sendings).toHaveLength(2);
    expect(sendings[1]!.maybeStored).toBe(true);
    sendings[1]!.succeed();
    await settle();
    expect(a!.state.kind).toBe("done");
  });

  it("cancels a waiting file without ever sending it", async () => {
    const [, , , d] = add("a", "b", "c", "d");
    queue.start("g");
    queue.cancel(d!);
    sendings[0]!.succeed();
    await settle();
    expect(sendings).toHaveLength(3);
    queue.retry(d!);
    expect(sendings[3]).toMatchObject({ name: "d", maybeStored: false });
  });

  it("cancels all, and nothing starts meanwhile", async () => {
    add("a", "b", "c", "d", "e");
    queue.start("g");
    add("f");
    queue.cancelAll();
    await settle();
    expect(states()).toEqual(["cancelled", "cancelled", "cancelled", "cancelled", "cancelled", "ready"]);
    expect(sendings).toHaveLength(3);
  });

  it("retries one failed file, or all", async () => {
    const [a, b, c] = add("a", "b", "c");
    queue.start("g");
    sendings.forEach(({ fail }) => fail(new Error("no")));
    await settle();
    queue.retry(b!);
    expect([a, b, c].map((each) => each!.state.kind)).toEqual(["failed", "sending", "failed"]);
    queue.retryFailed();
    expect(states()).toEqual(["sending", "sending", "sending"]);
    expect(sendings.map(({ name }) => name)).toEqual(["a", "b", "c", "b", "a", "c"]);
    expect(sendings.slice(3).every(({ maybeStored }) => maybeStored)).toBe(true);
  });

  it("offers another name when the name is taken, and sends under it", async () => {
    const [a] = add("a");
    queue.start("g");
    sendings[0]!.fail(TAKEN);
    await settle();
    expect(a!.state).toEqual({ kind: "taken", suggestion: "other a" });
    queue.acceptSuggestion(a!);
    expect(a!.name).toBe("other a");
    expect(sendings[1]).toMatchObject({ name: "other a", maybeStored: false });
    sendings[1]!.succeed();
    await settle();
    expect(states()).toEqual(["done"]);
  });

  it("keeps the reason of a failure", async () => {
    const [a] = add("a");
    queue.start("g");
    const error = new AwsError(403, "AccessDenied", "");
    sendings[0]!.fail(error);
    await settle();
    expect(a!.state).toEqual({ kind: "failed", error });
  });

  it("ignores what makes no sense in a state", async () => {
    const [a, b] = add("a", "b");
    queue.cancel(a!);
    queue.retry(a!);
    queue.acceptSuggestion(a!);
    expect(states()).toEqual(["ready", "ready"]);
    queue.remove(b!);
    expect(removed).toEqual(["b"]);
    queue.start("g");
    queue.remove(a!);
    queue.retry(a!);
    expect(states()).toEqual(["sending"]);
    sendings[0]!.succeed();
    await settle();
    queue.cancel(a!);
    expect(states()).toEqual(["done"]);
    expect(() => queue.cancel(b!)).toThrow("not in the queue");
  });
});
