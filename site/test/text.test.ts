import { describe, expect, it } from "vitest";
import { AwsError } from "../src/aws-error.ts";
import { fileProblem, withType } from "../src/file-check.ts";
import { NetworkError } from "../src/http.ts";
import { failureText, loadingText } from "../src/text.ts";
import { fileText, limitsText, readyText, stateText, uploadsText } from "../src/upload-text.ts";
import type { Upload, UploadState } from "../src/upload-queue.ts";
import { CONFIG } from "./support/world.ts";

const MIB = 1024 * 1024;

function upload(state: UploadState): Upload {
  return { file: new File([new Uint8Array(200)], "a.png"), name: "a.png", gallery: "g", state };
}

describe("fileProblem", () => {
  it.each([
    [{ type: "image/png", size: 25 * MIB }, null],
    [{ type: "image/png", size: 25 * MIB + 1 }, "too-large"],
    [{ type: "image/png", size: 0 }, "empty"],
    [{ type: "image/svg+xml", size: 9 }, "type-not-accepted"],
    [{ type: "text/plain", size: 9 }, "not-a-picture"],
    [{ type: "", size: 9 }, "not-a-picture"],
  ])("%j", (file, problem) => {
    expect(fileProblem(file, CONFIG)).toBe(problem);
  });
});

describe("withType", () => {
  it.each([
    ["a.heic", "", "image/heic"],
    ["A.B.JPG", "", "image/jpeg"],
    ["notes.txt", "", ""],
    ["heic", "", ""],
    ["a.heic", "image/x-own", "image/x-own"],
  ])("%s, told as %j", (name, told, type) => {
    const file = withType(new File(["picture"], name, { type: told, lastModified: 7 }));
    expect([file.name, file.type, file.size, file.lastModified]).toEqual([name, type, 7, 7]);
  });
});

describe("words for files", () => {
  it("says what is accepted", () => {
    expect(limitsText(CONFIG)).toMatch(/^PNG, JPEG, up to 25 MiB each\./);
    const svg = new File(["<svg/>"], "a.svg", { type: "image/svg+xml" });
    expect(fileText("type-not-accepted", svg, CONFIG)).toBe("“a.svg” is image/svg+xml. Accepted are PNG, JPEG.");
  });

  it.each<[UploadState, string]>([
    [{ kind: "ready" }, "Ready, 1 KiB"],
    [{ kind: "waiting" }, "Waiting"],
    [{ kind: "sending", sentBytes: 0, pause: null }, "0 %"],
    [{ kind: "sending", sentBytes: 85, pause: null }, "42 %"],
    [{ kind: "sending", sentBytes: 200, pause: null }, "Finishing"],
    [{ kind: "sending", sentBytes: 9, pause: { kind: "offline" } }, "Waiting for the connection"],
    [{ kind: "sending", sentBytes: 9, pause: { kind: "back-off", attempt: 2, delayMs: 3500 } }, "Retrying in 4 s (2 of 5)"],
    [{ kind: "taken", suggestion: "a (2).png" }, "The gallery already has a picture named “a.png”."],
    [{ kind: "failed", error: new NetworkError("") }, "Failed: The storage could not be reached."],
    [{ kind: "cancelled" }, "Cancelled"],
    [{ kind: "done", index: "pending" }, "Uploaded, being indexed"],
    [{ kind: "done", index: "listed" }, "Uploaded"],
    [{ kind: "done", index: "late" }, "Uploaded; still being indexed"],
  ])("%j", (state, words) => {
    expect(stateText(upload(state))).toBe(words);
  });

  it("sums up", () => {
    expect(uploadsText([upload({ kind: "ready" })])).toBe("");
    const kinds: UploadState[] = [
      { kind: "ready" },
      { kind: "waiting" },
      { kind: "done", index: "listed" },
      { kind: "failed", error: null },
      { kind: "failed", error: null },
      { kind: "taken", suggestion: "" },
      { kind: "cancelled" },
    ];
    expect(uploadsText(kinds.map(upload))).toBe("1 of 6 uploaded, 2 failed, 1 with a name that is taken, 1 cancelled");
  });

  it("counts in words", () => {
    expect([0, 1, 2].map(readyText)).toEqual(["Upload", "Upload 1 picture", "Upload 2 pictures"]);
    expect(loadingText(12_345)).toBe("Loading the gallery… 12,345 pictures so far");
  });
});

describe("failureText", () => {
  it.each([
    [new AwsError(403, "InvalidAccessKeyId", ""), "its key was removed or replaced"],
    [new AwsError(403, "RequestTimeTooSkewed", ""), "The clock of this device is wrong."],
    [new AwsError(400, "EntityTooLarge", "Too big."), "The storage answered 400 EntityTooLarge Too big."],
    [new AwsError(502, "", ""), "The storage answered 502"],
    [new Error("Bug."), "Error: Bug."],
  ])("%o", (error, words) => {
    expect(failureText(error)).toContain(words);
  });
});
