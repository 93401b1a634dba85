/** What the page refuses before anything is sent. */

import type { Config } from "./config.ts";

export type FileProblem = "not-a-picture" | "type-not-accepted" | "too-large" | "empty";

const MIB = 1024 * 1024;

/** Says why a file is not sent; null when it is fine. */
export function fileProblem(
  file: Pick<File, "type" | "size">,
  limits: Pick<Config, "acceptedTypes" | "maxSizeMib">,
): FileProblem | null {
  if (!limits.acceptedTypes.includes(file.type)) {
    return file.type.startsWith("image/") ? "type-not-accepted" : "not-a-picture";
  }
  if (file.size === 0) {
    return "empty";
  }
  return file.size > limits.maxSizeMib * MIB ? "too-large" : null;
}
