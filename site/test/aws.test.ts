import { describe, expect, it, vi } from "vitest";
import { Aws, type AwsRequest } from "../src/aws.ts";
import {
  AwsError,
  isClockWrong,
  isKeyRefused,
  isNameTaken,
  isRetryable,
  parseS3Error,
  readAwsError,
  xmlText,
} from "../src/aws-error.ts";
import type { Config } from "../src/config.ts";
import { NetworkError } from "../src/http.ts";
import { Session } from "../src/session.ts";
import { CONFIG, FakeNetwork, s3Error, settle } from "./support/world.ts";

const NEW_KEY: Config = { ...CONFIG, accessKeyId: "AKIDNEW" };
const GET = (): AwsRequest => ({ service: "s3", method: "GET", url: "https://b.s3.us-west-2.amazonaws.com/k" });

function usedKeys(network: FakeNetwork): (string | undefined)[] {
  return network.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.get("authorization") ?? "")?.[1]);
}

describe("reading errors", () => {
  it("reads S3's XML", () => {
    const body = `<?xml version="1.0"?><Error><Code>NoSuchUpload</Code><Message>a &lt;b&gt; &amp;amp; c</Message></Error>`;
    expect(parseS3Error(404, body)).toMatchObject({ status: 404, code: "NoSuchUpload", message: "a <b> &amp; c" });
  });

  it("takes an error in an answer of status 200 for a failure of the server", () => {
    expect(parseS3Error(200, "<Error><Code>InternalError</Code></Error>")).toMatchObject({ status: 500, code: "InternalError" });
  });

  it("finds no error in a result", () => {
    expect(parseS3Error(200, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")).toBeNull();
    expect(parseS3Error(200, "")).toBeNull();
  });

  it("reads DynamoDB's JSON", async () => {
    const body = { __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", message: "No table" };
    const error = await readAwsError(Response.json(body, { status: 400 }));
    expect(error).toMatchObject({ status: 400, code: "ResourceNotFoundException", message: "No table" });
  });

  it("survives anything else", async () => {
    const error = await readAwsError(new Response("<html>Bad gateway</html>", { status: 502 }));
    expect(error).toMatchObject({ status: 502, code: "", message: "" });
  });

  it("reads the first element of a name", () => {
    expect(xmlText("<a><UploadId>1&amp;2</UploadId><UploadId>3</UploadId></a>", "UploadId")).toBe("1&2");
    expect(xmlText("<a/>", "UploadId")).toBeNull();
  });
});

describe("what errors mean", () => {
  const error = (status: number, code = "", message = ""): AwsError => new AwsError(status, code, message);

  it.each([
    new NetworkError("No answer."),
    error(500, "InternalError"),
    error(503, "SlowDown"),
    error(429),
    error(409, "ConditionalRequestConflict"),
    error(400, "RequestTimeout"),
    error(400, "ProvisionedThroughputExceededException"),
  ])("%o may pass", (each) => expect(isRetryable(each)).toBe(true));

  it.each([error(412, "PreconditionFailed"), error(403, "AccessDenied"), error(400, "EntityTooLarge"), new Error("bug")])(
    "%o stays",
    (each) => expect(isRetryable(each)).toBe(false),
  );

  it("knows a taken name", () => {
    expect(isNameTaken(error(412, "PreconditionFailed"))).toBe(true);
    expect(isNameTaken(error(409, "ConditionalRequestConflict"))).toBe(false);
  });

  it("tells a refused key from a wrong clock", () => {
    expect(isKeyRefused(error(403, "InvalidAccessKeyId"))).toBe(true);
    expect(isKeyRefused(error(400, "UnrecognizedClientException"))).toBe(true);
    expect(isKeyRefused(error(403, "RequestTimeTooSkewed"))).toBe(false);
    expect(isClockWrong(error(403, "RequestTimeTooSkewed"))).toBe(true);
    const skewed = error(400, "InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than ...");
    expect(isKeyRefused(skewed)).toBe(false);
    expect(isClockWrong(skewed)).toBe(true);
  });
});

describe("Aws", () => {
  it("signs with the new key after the old one was refused", async () => {
    const network = new FakeNetwork(s3Error(403, "InvalidAccessKeyId"), new Response("ok"));
    const session = new Session(CONFIG, async () => NEW_KEY);
    const response = await new Aws(session, network.send).call(GET);
    expect(await response.text()).toBe("ok");
    expect(usedKeys(network)).toEqual(["AKIDEXAMPLE", "AKIDNEW"]);
    expect(session.config).toBe(NEW_KEY);
  });

  it("fails when config.json names the refused key still, after one look", async () => {
    const network = new FakeNetwork(s3Error(403, "AccessDenied"));
    let readings = 0;
    const session = new Session(CONFIG, async () => (readings++, CONFIG));
    await expect(new Aws(session, network.send).call(GET)).rejects.toMatchObject({ code: "AccessDenied" });
    expect(readings).toBe(1);
  });

  it("fails when the new key is refused as well", async () => {
    const network = new FakeNetwork(s3Error(403, "InvalidAccessKeyId"), s3Error(403, "AccessDenied"));
    const aws = new Aws(new Session(CONFIG, async () => NEW_KEY), network.send);
    await expect(aws.call(GET)).rejects.toMatchObject({ code: "AccessDenied" });
    expect(usedKeys(network)).toEqual(["AKIDEXAMPLE", "AKIDNEW"]);
  });

  it("signs with a new key after there was no answer, which may have been a hidden refusal (U2)", async () => {
    const network = new FakeNetwork(new NetworkError("No answer."), new Response("ok"));
    await new Aws(new Session(CONFIG, async () => NEW_KEY), network.send).call(GET);
    expect(usedKeys(network)).toEqual(["AKIDEXAMPLE", "AKIDNEW"]);
  });

  it("keeps to the missing answer when there is no new key", async () => {
    const network = new FakeNetwork(new NetworkError("No answer."));
    const aws = new Aws(new Session(CONFIG, () => Promise.reject(new TypeError("offline"))), network.send);
    await expect(aws.call(GET)).rejects.toBeInstanceOf(NetworkError);
  });

  it("does not look for a new key after other errors", async () => {
    const network = new FakeNetwork(s3Error(412, "PreconditionFailed"));
    const session = new Session(CONFIG, () => Promise.reject(new Error("not to be asked")));
    await expect(new Aws(session, network.send).call(GET)).rejects.toMatchObject({ status: 412 });
  });

  it("reads config.json once for requests that fail together", async () => {
    const refused = (): Response => s3Error(403, "InvalidAccessKeyId");
    const network = new FakeNetwork(refused(), refused(), refused(), new Response(), new Response(), new Response());
    const readings: ((config: Config) => void)[] = [];
    const session = new Session(CONFIG, () => new Promise((resolve) => readings.push(resolve)));
    const aws = new Aws(session, network.send);
    const calls = Promise.all([aws.call(GET), aws.call(GET), aws.call(GET)]);
    await vi.waitFor(() => expect(network.requests).toHaveLength(3));
    await settle();
    expect(readings).toHaveLength(1);
    readings[0]!(NEW_KEY);
    await calls;
    expect(usedKeys(network).filter((key) => key === "AKIDNEW")).toHaveLength(3);
  });
});
