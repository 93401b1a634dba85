/** What a gallery may be called, and the parts of a file's name. */

import { byteLength, MAX_KEY_BYTES, objectKey } from "./keys.ts";

export type GalleryNameProblem = "empty" | "slash" | "dots" | "control" | "too-long";

// Control characters and halves of surrogate pairs: neither survives an XML listing or an address.
export const UNSENDABLE = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** Says why a text cannot be a gallery, which is one segment of an object's key; null when it can. */
export function galleryNameProblem(name: string): GalleryNameProblem | null {
  if (name.trim() === "") {
    return "empty";
  }
  if (name.includes("/")) {
    return "slash";
  }
  // Browsers remove these two from a path, however they are encoded.
  if (name === "." || name === "..") {
    return "dots";
  }
  if (UNSENDABLE.test(name)) {
    return "control";
  }
  // A file's name takes at least one byte.
  return byteLength(objectKey(name, "x")) > MAX_KEY_BYTES ? "too-long" : null;
}

/** The name without its extension, for screen readers. */
export function withoutExtension(fileName: string): string {
  return splitName(fileName).stem;
}

/** Parts "photo.jpg" into "photo" and ".jpg". */
export function splitName(fileName: string): { stem: string; extension: string } {
  const dot = fileName.lastIndexOf(".");
  // A name that begins with its only dot has no extension.
  return dot > 0 ? { stem: fileName.slice(0, dot), extension: fileName.slice(dot) } : { stem: fileName, extension: "" };
}
