/** The sentences about the gallery and about failures; upload-text.ts has those about files, index.html the fixed ones. */

import { AwsError, isClockWrong, isKeyRefused } from "./aws-error.ts";
import { NetworkError } from "./http.ts";
import type { GalleryNameProblem } from "./names.ts";

export const UPLOADS_MISSING = "A part of this page could not be loaded. Reload the page to upload pictures.";
export const SETTINGS_UNREADABLE = "The settings of this page could not be read.";
export const OPEN_A_GALLERY = "Open a gallery to see its pictures. A gallery begins with its first picture.";
export const OFFLINE_VIEW = "You are offline. The pictures are shown again when the connection is back.";
export const LINK_COPIED = "Link copied.";
export const LINK_NOT_COPIED = "The browser did not allow copying. This is the link:";

const GALLERY_NAME: Readonly<Record<GalleryNameProblem, string>> = {
  empty: "Enter the name of a gallery.",
  slash: "A gallery's name cannot contain a slash (/).",
  dots: "A gallery cannot be called “.” or “..”.",
  control: "A gallery's name cannot contain control characters.",
  "too-long": "This name is too long: S3 allows 1,024 bytes for gallery and file name together.",
};

export function galleryNameText(problem: GalleryNameProblem): string {
  return GALLERY_NAME[problem];
}

/** Why a request to AWS failed, for the person in front of the page. */
export function failureText(error: unknown): string {
  if (error instanceof NetworkError) {
    return "The storage could not be reached.";
  }
  if (isClockWrong(error)) {
    return "The clock of this device is wrong. Set it and try again.";
  }
  if (isKeyRefused(error)) {
    return "This page may no longer do this: its key was removed or replaced. The owner can renew it with gallery-deploy up.";
  }
  if (error instanceof AwsError) {
    return `The storage answered ${[error.status, error.code, error.message].filter(Boolean).join(" ")}`;
  }
  return String(error);
}

export function loadingText(count: number): string {
  return count === 0 ? "Loading the gallery…" : `Loading the gallery… ${pictures(count)} so far`;
}

export function emptyText(gallery: string): string {
  return `No pictures in “${gallery}” yet.`;
}

export function loadFailedText(error: unknown): string {
  return `The gallery could not be loaded. ${failureText(error)}`;
}

export function pictures(count: number): string {
  return count === 1 ? "1 picture" : `${count.toLocaleString("en")} pictures`;
}
