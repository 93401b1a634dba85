import { describe, expect, it } from "vitest";
import { sign } from "../src/aws.ts";
import { objectUrl } from "../src/endpoints.ts";
import { objectKey } from "../src/keys.ts";
import { CONFIG } from "./support/world.ts";

const AWKWARD = [
  "plain.png",
  "with space.png",
  "1+1=2.png",
  "100%.png",
  "%2F %41.png",
  "é.png",
  "日本.png",
  "🏝️.png",
  "(it's) *new*!.png",
  "a&b?c#d;e=f,g@h$i.png",
];

describe("sign", () => {
  it.each(AWKWARD)("signs the key of %s as S3 checks it", async (name) => {
    const key = objectKey("my gallery", name);
    const headers = { "if-none-match": "*", "content-type": "image/png" };
    const request = { service: "s3", method: "PUT", url: objectUrl(CONFIG, key), headers } as const;
    const signed = await sign(CONFIG, { ...request, body: new Blob(["x"]) });

    // The address goes out as it was built.
    expect(signed.url).toBe(request.url);
    const date = signed.headers.get("x-amz-date")!;
    const canonical = [
      "PUT",
      `/${key.split("/").map(uriEncode).join("/")}`,
      "",
      "host:holiday-images.s3.us-west-2.amazonaws.com",
      "if-none-match:*",
      "x-amz-content-sha256:UNSIGNED-PAYLOAD",
      `x-amz-date:${date}`,
      "",
      "host;if-none-match;x-amz-content-sha256;x-amz-date",
      "UNSIGNED-PAYLOAD",
    ].join("\n");
    expect(signed.headers.get("authorization")).toBe(await authorization("s3", date, canonical));
  });

  it("signs the query of an upload in parts", async () => {
    const uploadId = "a+b/c==";
    const url = `${objectUrl(CONFIG, "images/g/a.png")}?partNumber=2&uploadId=${encodeURIComponent(uploadId)}`;
    const signed = await sign(CONFIG, { service: "s3", method: "PUT", url });
    const date = signed.headers.get("x-amz-date")!;
    const canonical = [
      "PUT",
      "/images/g/a.png",
      "partNumber=2&uploadId=a%2Bb%2Fc%3D%3D",
      "host:holiday-images.s3.us-west-2.amazonaws.com",
      "x-amz-content-sha256:UNSIGNED-PAYLOAD",
      `x-amz-date:${date}`,
      "",
      "host;x-amz-content-sha256;x-amz-date",
      "UNSIGNED-PAYLOAD",
    ].join("\n");
    expect(signed.headers.get("authorization")).toBe(await authorization("s3", date, canonical));
  });

  it("covers the body of a request to DynamoDB", async () => {
    const body = '{"TableName":"é"}';
    const url = "https://dynamodb.us-west-2.amazonaws.com/";
    const headers = { "x-amz-target": "DynamoDB_20120810.Query" };
    const signed = await sign(CONFIG, { service: "dynamodb", method: "POST", url, headers, body });
    const date = signed.headers.get("x-amz-date")!;
    const canonical = [
      "POST",
      "/",
      "",
      "host:dynamodb.us-west-2.amazonaws.com",
      `x-amz-date:${date}`,
      "x-amz-target:DynamoDB_20120810.Query",
      "",
      "host;x-amz-date;x-amz-target",
      hex(await sha256(body)),
    ].join("\n");
    expect(signed.headers.get("authorization")).toBe(await authorization("dynamodb", date, canonical));
  });
});

// A second reading of the Signature Version 4 specification, to compare with.

/** "UriEncode": every byte but the unreserved characters, in upper-case hexadecimal. */
function uriEncode(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9_.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

async function authorization(service: string, date: string, canonical: string): Promise<string> {
  const scope = [date.slice(0, 8), CONFIG.region, service, "aws4_request"];
  let key: Uint8Array<ArrayBuffer> = new TextEncoder().encode(`AWS4${CONFIG.secretAccessKey}`);
  for (const part of scope) {
    key = await hmac(key, part);
  }
  const text = ["AWS4-HMAC-SHA256", date, scope.join("/"), hex(await sha256(canonical))].join("\n");
  const signedHeaders = canonical.split("\n").at(-2);
  const signature = hex(await hmac(key, text));
  return `AWS4-HMAC-SHA256 Credential=${CONFIG.accessKeyId}/${scope.join("/")}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const cryptoKey = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", cryptoKey, new TextEncoder().encode(text)));
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
