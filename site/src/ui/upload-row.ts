/** One file of the upload list: preview, name, state in words, progress and the buttons that make sense now. */

import { stateText } from "../upload-text.ts";
import type { Upload, UploadQueue, UploadState } from "../upload-queue.ts";
import { make, rowButton } from "./elements.ts";

export interface UploadRow {
  readonly element: HTMLElement;
  update(): void;
  /** Frees what the browser keeps for the preview. */
  close(): void;
}

export function createUploadRow(upload: Upload, queue: UploadQueue): UploadRow {
  const { file } = upload;
  const preview = URL.createObjectURL(file);
  const name = make("span", { className: "name" });
  const state = make("span", { className: "state" });
  const progress = make("progress", { max: file.size });

  const accept = make("button", { type: "button", onclick: () => queue.acceptSuggestion(upload) });
  const buttons: readonly (readonly [HTMLButtonElement, readonly UploadState["kind"][]])[] = [
    [accept, ["taken"]],
    [rowButton("Retry", file.name, () => queue.retry(upload)), ["failed", "cancelled"]],
    [rowButton("Cancel", file.name, () => queue.cancel(upload)), ["waiting", "sending"]],
    [rowButton("Remove", file.name, () => queue.remove(upload)), ["ready", "taken", "failed", "cancelled"]],
  ];

  const element = make(
    "li",
    { className: "upload" },
    make("img", { src: preview, alt: "", loading: "lazy", decoding: "async" }),
    make("div", { className: "what" }, name, state, progress),
    make("div", { className: "actions" }, ...buttons.map(([button]) => button)),
  );

  function update(): void {
    const { kind } = upload.state;
    name.textContent = upload.name;
    state.textContent = stateText(upload);
    element.dataset["state"] = kind;
    progress.ariaLabel = `Progress of ${upload.name}`;
    progress.hidden = kind !== "sending";
    progress.value = upload.state.kind === "sending" ? upload.state.sentBytes : 0;
    if (upload.state.kind === "taken") {
      accept.textContent = `Upload as “${upload.state.suggestion}”`;
    }
    const hadFocus = element.contains(document.activeElement);
    for (const [button, kinds] of buttons) {
      button.hidden = !kinds.includes(kind);
    }
    if (hadFocus && !element.contains(document.activeElement)) {
      // The pressed button is gone: the next one in the row takes its place, so that the keyboard stays here.
      buttons.find(([button]) => !button.hidden)?.[0].focus();
    }
  }

  return { element, update, close: () => URL.revokeObjectURL(preview) };
}
