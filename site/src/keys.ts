/** Object keys: `images/GALLERY/FILE`. */

const PREFIX = "images/";

/** S3's limit for a key, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1024;

export function objectKey(gallery: string, fileName: string): string {
  return `${PREFIX}${gallery}/${fileName}`;
}

/** The part of a key after its gallery. */
export function fileNameOf(key: string): string {
  return key.slice(key.indexOf("/", PREFIX.length) + 1);
}

/** Length in bytes of UTF-8, which is what S3 counts. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Percent-encodes a key for the path of an address; slashes stay. */
export function encodeKey(key: string): string {
  return key.split("/").map(encodeSegment).join("/");
}

/**
 * Percent-encodes all but the unreserved characters of RFC 3986.
 *
 * `encodeURIComponent` leaves `! ' ( ) *` bare, while a Signature Version 4 covers them percent-encoded.
 */
export function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
