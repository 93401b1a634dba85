import { describe, expect, it } from "vitest";
import { dynamoDbUrl, objectUrl } from "../src/endpoints.ts";
import { CONFIG } from "./support/world.ts";

describe("objectUrl", () => {
  it("addresses AWS by the bucket's own host", () => {
    expect(objectUrl(CONFIG, "images/g/a.png")).toBe("https://holiday-images.s3.us-west-2.amazonaws.com/images/g/a.png");
  });

  it("addresses a bucket with a dot by path (U10)", () => {
    const config = { ...CONFIG, imagesBucket: "my.images" };
    expect(objectUrl(config, "images/g/a.png")).toBe("https://s3.us-west-2.amazonaws.com/my.images/images/g/a.png");
  });

  it("addresses an endpoint by path", () => {
    const config = { ...CONFIG, endpoint: "http://127.0.0.1:4566" };
    expect(objectUrl(config, "images/g/a b.png")).toBe("http://127.0.0.1:4566/holiday-images/images/g/a%20b.png");
  });
});

describe("dynamoDbUrl", () => {
  it.each([
    ["us-west-2", "https://dynamodb.us-west-2.amazonaws.com/"],
    ["us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com/"],
    ["cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/"],
    ["us-iso-east-1", "https://dynamodb.us-iso-east-1.c2s.ic.gov/"],
    ["us-isob-east-1", "https://dynamodb.us-isob-east-1.sc2s.sgov.gov/"],
    ["us-isof-south-1", "https://dynamodb.us-isof-south-1.csp.hci.ic.gov/"],
    ["eu-isoe-west-1", "https://dynamodb.eu-isoe-west-1.cloud.adc-e.uk/"],
    ["eusc-de-east-1", "https://dynamodb.eusc-de-east-1.amazonaws.eu/"],
  ])("follows the partition of %s", (region, url) => {
    expect(dynamoDbUrl({ ...CONFIG, region })).toBe(url);
  });

  it("is the endpoint where there is one", () => {
    expect(dynamoDbUrl({ ...CONFIG, endpoint: "http://127.0.0.1:4566" })).toBe("http://127.0.0.1:4566/");
  });
});
