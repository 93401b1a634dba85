/** What a picture is called in its gallery, and what instead when that name is taken. */

import { byteLength, MAX_KEY_BYTES, objectKey } from "./keys.ts";
import { splitName, UNSENDABLE } from "./names.ts";

/** Whether gallery and file name together fit into a key. */
export function keyFits(gallery: string, fileName: string): boolean {
  return byteLength(objectKey(gallery, fileName)) <= MAX_KEY_BYTES;
}

/** A file's name as it can stand in a key: what cannot be sent becomes an underscore. */
export function sendableFileName(name: string): string {
  return name.replace(new RegExp(`${UNSENDABLE.source}|/`, "gu"), "_");
}

/**
 * The part that all numbered names of a picture begin with: "photo" for "photo.jpg" and for "photo (2).jpg".
 */
export function commonStem(fileName: string): string {
  return splitName(fileName).stem.replace(/ \(\d+\)$/, "");
}

/**
 * Finds the first free one of "photo (2).jpg", "photo (3).jpg" and so on.
 *
 * @param taken names that are in use in the gallery, as far as known
 */
export function freeName(gallery: string, fileName: string, taken: ReadonlySet<string>): string {
  const { extension } = splitName(fileName);
  let stem = commonStem(fileName);
  for (let number = 2; ; number++) {
    const ending = ` (${number})${extension}`;
    while (stem !== "" && !keyFits(gallery, stem + ending)) {
      // By characters, not by code units: half of an emoji is no name.
      stem = [...stem].slice(0, -1).join("");
    }
    const candidate = stem + ending;
    if (!taken.has(candidate) && candidate !== fileName) {
      return candidate;
    }
  }
}
