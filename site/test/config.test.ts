import { describe, expect, it } from "vitest";
import { NotSetUpError, parseConfig, readConfig } from "../src/config.ts";

const FILE = {
  region: "us-west-2",
  endpoint: null,
  images_bucket: "holiday-images-123456789012-us-west-2",
  table: "holiday-index",
  access_key_id: "AKIA",
  secret_access_key: "secret",
  max_size_mib: 25,
  accepted_types: ["image/jpeg", "image/png"],
  title: "Gallery",
};

describe("parseConfig", () => {
  it("takes what the deployer writes", () => {
    expect(parseConfig(FILE)).toEqual({
      region: "us-west-2",
      endpoint: null,
      imagesBucket: "holiday-images-123456789012-us-west-2",
      table: "holiday-index",
      accessKeyId: "AKIA",
      secretAccessKey: "secret",
      maxSizeMib: 25,
      acceptedTypes: ["image/jpeg", "image/png"],
      title: "Gallery",
    });
  });

  it("cuts the endpoint down to its origin", () => {
    expect(parseConfig({ ...FILE, endpoint: "http://127.0.0.1:4566/" }).endpoint).toBe("http://127.0.0.1:4566");
  });

  it.each(Object.keys(FILE))("refuses a file without %s", (key) => {
    const { [key as keyof typeof FILE]: _, ...rest } = FILE;
    expect(() => parseConfig(rest)).toThrow(new NotSetUpError(`config.json: "${key}" is missing or not valid.`));
  });

  it.each([
    ["region", "us west"],
    ["endpoint", "ftp://127.0.0.1"],
    ["endpoint", "http://"],
    ["images_bucket", "images/other"],
    ["table", " "],
    ["access_key_id", 7],
    ["max_size_mib", 0],
    ["max_size_mib", "25"],
    ["accepted_types", []],
    ["accepted_types", ["jpeg"]],
    ["accepted_types", "image/jpeg"],
    ["title", ""],
  ])("refuses %s: %j", (key, value) => {
    expect(() => parseConfig({ ...FILE, [key]: value })).toThrow(NotSetUpError);
  });

  it.each([null, 7, "text"])("refuses %j", (value) => {
    expect(() => parseConfig(value)).toThrow(NotSetUpError);
  });
});

describe("readConfig", () => {
  const answering = (response: Response): typeof fetch => async () => response;

  it("asks past the cache", async () => {
    let asked: unknown[] = [];
    await readConfig(async (...request) => {
      asked = request;
      return Response.json(FILE);
    });
    expect(asked).toEqual(["./config.json", { cache: "no-store" }]);
  });

  it.each([403, 404])("takes status %i for a page that is not set up", async (status) => {
    await expect(readConfig(answering(new Response("", { status })))).rejects.toThrow(NotSetUpError);
  });

  it("takes what is no JSON for a page that is not set up", async () => {
    await expect(readConfig(answering(new Response("<html>")))).rejects.toThrow(NotSetUpError);
  });

  it("tells a failing server from that", async () => {
    const failing = readConfig(answering(new Response("", { status: 503 })));
    await expect(failing).rejects.toThrow("503");
    await expect(failing).rejects.not.toBeInstanceOf(NotSetUpError);
  });
});
