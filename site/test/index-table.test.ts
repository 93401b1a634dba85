import { describe, expect, it } from "vitest";
import { Aws } from "../src/aws.ts";
import { IndexTable } from "../src/index-table.ts";
import { INDEX_WAIT_MS, waitForIndex } from "../src/index-wait.ts";
import { newestFirst } from "../src/pictures.ts";
import { Session } from "../src/session.ts";
import { CONFIG, FakeClock, FakeNetwork } from "./support/world.ts";

function tableOn(network: FakeNetwork): IndexTable {
  return new IndexTable(new Aws(new Session(CONFIG, async () => CONFIG), network.send));
}

const item = (key: string, at: string): object => ({ file_path: { S: key }, uploaded_at: { S: at } });

describe("IndexTable", () => {
  it("follows LastEvaluatedKey to the end, past empty pages too", async () => {
    const last = { gallery: { S: "g" }, file_path: { S: "images/g/a" } };
    const network = new FakeNetwork(
      Response.json({ Items: [item("images/g/a", "2026-01-01T00:00:00Z")], LastEvaluatedKey: last }),
      Response.json({ Items: [], LastEvaluatedKey: last }),
      Response.json({ Items: [item("images/g/b", "2026-01-02T00:00:00Z")] }),
    );
    const counts: number[] = [];
    const pictures = await tableOn(network).list("g", { onPage: (count) => counts.push(count) });
    expect(pictures).toEqual([
      { key: "images/g/a", uploadedAt: "2026-01-01T00:00:00Z" },
      { key: "images/g/b", uploadedAt: "2026-01-02T00:00:00Z" },
    ]);
    expect(counts).toEqual([1, 1]);
    const bodies = network.requests.map(({ body }) => JSON.parse(body as string) as Record<string, unknown>);
    expect(bodies.map((body) => body["ExclusiveStartKey"])).toEqual([undefined, last, last]);
    expect(bodies[0]).toMatchObject({
      TableName: "holiday-index",
      KeyConditionExpression: "gallery = :g",
      ExpressionAttributeValues: { ":g": { S: "g" } },
      FilterExpression: "attribute_not_exists(#hidden)",
      ExpressionAttributeNames: { "#hidden": "hidden" },
      ConsistentRead: true,
    });
  });

  it("asks for one picture by its key", async () => {
    const network = new FakeNetwork(Response.json({ Items: [] }));
    expect(await tableOn(network).find("g", "é.png")).toBeNull();
    expect(JSON.parse(network.requests[0]!.body as string)).toMatchObject({
      KeyConditionExpression: "gallery = :g AND file_path = :p",
      ExpressionAttributeValues: { ":p": { S: "images/g/é.png" } },
    });
  });

  it("bears items without the attributes of our indexer", async () => {
    const network = new FakeNetwork(Response.json({ Items: [{ file_path: { S: "images/g/a" } }] }));
    expect(await tableOn(network).list("g")).toEqual([{ key: "images/g/a", uploadedAt: "" }]);
  });
});

describe("newestFirst", () => {
  it("sorts by time, then by key, and keeps one of each key", () => {
    const pictures = [
      { key: "a", uploadedAt: "2026-01-01" },
      { key: "c", uploadedAt: "2026-01-02" },
      { key: "b", uploadedAt: "2026-01-02" },
      { key: "z", uploadedAt: "" },
      { key: "a", uploadedAt: "2026-01-03" },
    ];
    expect(newestFirst(pictures).map(({ key, uploadedAt }) => key + uploadedAt)).toEqual([
      "a2026-01-03",
      "b2026-01-02",
      "c2026-01-02",
      "z",
    ]);
  });
});

describe("waitForIndex", () => {
  it("asks with growing pauses until the picture is there, over failed questions", async () => {
    const clock = new FakeClock();
    const asked: number[] = [];
    const found = waitForIndex(clock, async () => {
      asked.push(clock.now());
      if (asked.length === 2) {
        throw new Error("no connection");
      }
      return asked.length === 4 ? "picture" : null;
    });
    await clock.advance(INDEX_WAIT_MS);
    expect(await found).toBe("picture");
    expect(asked).toEqual([250, 750, 1750, 3750]);
  });

  it("gives up at the deadline and not before", async () => {
    const clock = new FakeClock();
    let outcome: unknown = "waiting";
    void waitForIndex(clock, async () => null).then((found) => (outcome = found));
    await clock.advance(INDEX_WAIT_MS - 1);
    expect(outcome).toBe("waiting");
    await clock.advance(1);
    expect(outcome).toBeNull();
  });
});
