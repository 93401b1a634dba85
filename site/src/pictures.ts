/** The pictures of a gallery in the order in which they are shown. */

export interface Picture {
  /** The object's key, `images/GALLERY/FILE`. */
  readonly key: string;
  /** RFC 3339 in UTC, so that texts sort as times; empty when the index does not say. */
  readonly uploadedAt: string;
}

/** Newest first, each key once: a later mention of a key replaces the earlier one. */
export function newestFirst(pictures: Iterable<Picture>): Picture[] {
  const byKey = new Map<string, Picture>();
  for (const picture of pictures) {
    byKey.set(picture.key, picture);
  }
  return [...byKey.values()].sort((a, b) => compare(b.uploadedAt, a.uploadedAt) || compare(a.key, b.key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
