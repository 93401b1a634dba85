/** The three ways in which files come to the page: the picker, a drop anywhere, a paste. */

import { byId } from "./elements.ts";

export type OnFiles = (files: readonly File[]) => void;

export function listenForFiles(onFiles: OnFiles): void {
  const input = byId("files", HTMLInputElement);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    // Otherwise choosing the same file again would be no change.
    input.value = "";
    onFiles(files);
  });
  listenForDrops(onFiles);
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      onFiles(files.map((file) => renameScreenshot(file, new Date())));
    }
  });
}

function listenForDrops(onFiles: OnFiles): void {
  const target = byId("drop-target", HTMLElement);
  const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (carriesFiles(event)) {
      // Without this the browser would leave the page and open the file.
      event.preventDefault();
      target.classList.add("shown");
    }
  });
  addEventListener("dragleave", (event) => {
    // Only the pointer's way out of the window has no element that it enters.
    if (event.relatedTarget === null) {
      target.classList.remove("shown");
    }
  });
  addEventListener("drop", (event) => {
    target.classList.remove("shown");
    if (carriesFiles(event)) {
      event.preventDefault();
      onFiles([...(event.dataTransfer?.files ?? [])]);
    }
  });
}

/** Browsers call every picture from the clipboard "image.png"; the time tells them apart. */
function renameScreenshot(file: File, now: Date): File {
  if (file.name !== "image.png") {
    return file;
  }
  const time = now.toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return new File([file], `pasted ${time}.png`, { type: file.type });
}
