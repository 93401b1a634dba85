/** The sentences about files and uploads; those about the gallery are in text.ts. */

import type { Config } from "./config.ts";
import type { FileProblem } from "./file-check.ts";
import { MAX_ATTEMPTS } from "./retry.ts";
import { failureText, pictures } from "./text.ts";
import type { Upload, UploadState } from "./upload-queue.ts";

export const NO_FILE = "Choose at least one picture first.";

export function fileText(problem: FileProblem | "name-too-long", file: File, config: Config): string {
  switch (problem) {
    case "not-a-picture":
      return `“${file.name}” is not a picture.`;
    case "type-not-accepted":
      return `“${file.name}” is ${file.type}. Accepted are ${typeNames(config.acceptedTypes)}.`;
    case "too-large":
      return `“${file.name}” is too large (${sizeText(file.size)}). At most ${config.maxSizeMib} MiB are accepted.`;
    case "empty":
      return `“${file.name}” is empty.`;
    case "name-too-long":
      return `“${file.name}”: this name is too long together with the gallery's.`;
  }
}

export function limitsText(config: Config): string {
  return `${typeNames(config.acceptedTypes)}, up to ${config.maxSizeMib} MiB each. You can also drop pictures anywhere on this page, or paste them.`;
}

function typeNames(types: readonly string[]): string {
  return types.map((type) => type.replace(/^image\//, "").toUpperCase()).join(", ");
}

function sizeText(bytes: number): string {
  const kib = bytes / 1024;
  return kib < 1000 ? `${Math.ceil(kib)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

export function stateText(upload: Upload): string {
  const { state } = upload;
  switch (state.kind) {
    case "ready":
      return `Ready, ${sizeText(upload.file.size)}`;
    case "waiting":
      return "Waiting";
    case "sending":
      return sendingText(state, upload.file.size);
    case "taken":
      return `The gallery already has a picture named “${upload.name}”.`;
    case "failed":
      return `Failed: ${failureText(state.error)}`;
    case "cancelled":
      return "Cancelled";
    case "done":
      return { pending: "Uploaded, being indexed", listed: "Uploaded", late: "Uploaded; still being indexed" }[state.index];
  }
}

function sendingText({ sentBytes, pause }: UploadState & { kind: "sending" }, size: number): string {
  if (pause?.kind === "offline") {
    return "Waiting for the connection";
  }
  if (pause !== null) {
    return `Retrying in ${Math.ceil(pause.delayMs / 1000)} s (${pause.attempt} of ${MAX_ATTEMPTS})`;
  }
  return sentBytes >= size ? "Finishing" : `${Math.floor((sentBytes / size) * 100)} %`;
}

/** "2 of 5 uploaded, 1 failed"; empty while nothing was sent. */
export function uploadsText(uploads: readonly Upload[]): string {
  const count = (...kinds: UploadState["kind"][]): number =>
    uploads.filter((upload) => kinds.includes(upload.state.kind)).length;
  const total = uploads.length - count("ready");
  if (total === 0) {
    return "";
  }
  const parts: [number, string][] = [
    [count("failed"), "failed"],
    [count("taken"), "with a name that is taken"],
    [count("cancelled"), "cancelled"],
  ];
  const rest = parts.filter(([n]) => n > 0).map(([n, what]) => `, ${n} ${what}`);
  return `${count("done")} of ${total} uploaded${rest.join("")}`;
}

/** The label of the button that sends the chosen files. */
export function readyText(count: number): string {
  return count === 0 ? "Upload" : `Upload ${pictures(count)}`;
}
