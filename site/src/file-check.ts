/** What the page refuses before anything is sent. */

import type { Config } from "./config.ts";

export type FileProblem = "not-a-picture" | "type-not-accepted" | "too-large" | "empty";

const MIB = 1024 * 1024;

/** Types of pictures by the ending of the name. Browsers know only those that they can show themselves, and of others tell no type. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["bmp", "image/bmp"],
  ["gif", "image/gif"],
  ["heic", "image/heic"],
  ["heif", "image/heif"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["jxl", "image/jxl"],
  ["png", "image/png"],
  ["tif", "image/tiff"],
  ["tiff", "image/tiff"],
  ["webp", "image/webp"],
]);

/** The same file, with the type that its name tells where the browser told none. */
export function withType(file: File): File {
  const ending = /\.([^.]+)$/.exec(file.name)?.[1] ?? "";
  const type = TYPES.get(ending.toLowerCase());
  return file.type !== "" || type === undefined ? file : new File([file], file.name, { type, lastModified: file.lastModified });
}

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
