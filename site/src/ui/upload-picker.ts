/** Choosing files and sending them; what is wrong with a file is said beside the control. */

import type { Config } from "../config.ts";
import { fileProblem, withType } from "../file-check.ts";
import { keyFits, sendableFileName } from "../file-names.ts";
import type { Upload, UploadQueue } from "../upload-queue.ts";
import { fileText, limitsText, NO_FILE, readyText } from "../upload-text.ts";
import { byId, showProblem } from "./elements.ts";
import { listenForFiles } from "./incoming-files.ts";

export interface UploadPickerParts {
  readonly config: () => Config;
  readonly queue: UploadQueue;
  /** The gallery to upload into; null when its name will not do, which is then said beside its field. */
  readonly readGallery: () => string | null;
  readonly showGallery: (name: string) => void;
}

export interface UploadPicker {
  /** To be called when the queue has changed. */
  update(): void;
}

export function createUploadPicker({ config, queue, readGallery, showGallery }: UploadPickerParts): UploadPicker {
  const input = byId("files", HTMLInputElement);
  const message = byId("files-error", HTMLElement);
  const button = byId("upload", HTMLButtonElement);
  const ready = (): Upload[] => queue.uploads.filter(({ state }) => state.kind === "ready");

  function addFiles(files: readonly File[]): void {
    const problems: string[] = [];
    for (const file of files.map(withType)) {
      const problem = fileProblem(file, config());
      if (problem === null) {
        queue.add(file, sendableFileName(file.name));
      } else {
        problems.push(fileText(problem, file, config()));
      }
    }
    showProblem(input, message, problems.join("\n"));
  }

  function upload(): void {
    const uploads = ready();
    const gallery = readGallery();
    const tooLong = uploads.filter(({ name }) => gallery !== null && !keyFits(gallery, name));
    const problems = tooLong.map(({ file }) => fileText("name-too-long", file, config()));
    showProblem(input, message, uploads.length === 0 ? NO_FILE : problems.join("\n"));
    if (uploads.length > 0 && gallery !== null && tooLong.length === 0) {
      showGallery(gallery);
      queue.start(gallery);
    }
  }

  input.accept = config().acceptedTypes.join();
  byId("files-hint", HTMLElement).textContent = limitsText(config());
  byId("picker", HTMLFieldSetElement).disabled = false;
  button.addEventListener("click", upload);
  listenForFiles(addFiles);

  return {
    update() {
      button.textContent = readyText(ready().length);
    },
  };
}
