/** The list of uploads with its total and the buttons for all of them. */

import { uploadsText } from "../upload-text.ts";
import type { QueueListener, Upload, UploadQueue } from "../upload-queue.ts";
import type { Announce } from "./announcer.ts";
import { byId } from "./elements.ts";
import { createUploadRow, type UploadRow } from "./upload-row.ts";

/** Makes the listener that shows what happens in the queue. */
export function createUploadList(queue: UploadQueue, announce: Announce): QueueListener {
  const section = byId("uploads", HTMLElement);
  const heading = byId("uploads-heading", HTMLElement);
  const list = byId("upload-list", HTMLUListElement);
  const summary = byId("uploads-summary", HTMLElement);
  const cancelAll = byId("cancel-all", HTMLButtonElement);
  const retryFailed = byId("retry-failed", HTMLButtonElement);
  const clearDone = byId("clear-done", HTMLButtonElement);
  const rows = new Map<Upload, UploadRow>();

  cancelAll.addEventListener("click", () => queue.cancelAll());
  retryFailed.addEventListener("click", () => queue.retryFailed());
  clearDone.addEventListener("click", () => queue.removeDone());

  function updateTotal(): void {
    const { uploads, busy } = queue;
    const has = (kind: string): boolean => uploads.some(({ state }) => state.kind === kind);
    section.hidden = uploads.length === 0;
    cancelAll.hidden = !busy;
    retryFailed.hidden = !has("failed");
    clearDone.hidden = !has("done");
    const text = uploadsText(uploads);
    if (summary.textContent !== text) {
      summary.textContent = text;
      announce(text);
    }
    // Leaving now would lose files: the browser asks. Only then, since the question also turns off its page cache.
    onbeforeunload = busy ? (event) => event.preventDefault() : null;
  }

  /** Runs a change of the list and keeps the keyboard's place in it. */
  function keepingFocus(change: () => void): void {
    const hadFocus = section.contains(document.activeElement);
    change();
    if (hadFocus && (!document.activeElement || document.activeElement === document.body)) {
      heading.focus();
    }
  }

  return {
    changed(upload) {
      keepingFocus(() => {
        let row = rows.get(upload);
        if (row === undefined) {
          row = createUploadRow(upload, queue);
          rows.set(upload, row);
          list.append(row.element);
        }
        row.update();
        updateTotal();
      });
    },
    removed(upload) {
      keepingFocus(() => {
        const row = rows.get(upload);
        row?.element.remove();
        row?.close();
        rows.delete(upload);
        updateTotal();
      });
    },
  };
}
