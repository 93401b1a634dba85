/** The open gallery as part of the page's address: `?gallery=NAME`. */

const PARAMETER = "gallery";

/** The gallery that the address names, exactly as it stands there; null when it names none. */
export function galleryInAddress(): string | null {
  return new URLSearchParams(location.search).get(PARAMETER);
}

/** Puts a gallery into the address, so that it can be shared and Back leads to the one before. */
export function putGalleryInAddress(gallery: string): void {
  if (galleryInAddress() !== gallery) {
    history.pushState(null, "", `?${new URLSearchParams({ [PARAMETER]: gallery })}`);
  }
}
