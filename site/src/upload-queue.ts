/**
 * The files on their way: a state machine without DOM and without network.
 *
 * ```text
 * ready -> waiting -> sending -> done
 *             ^          |-----> taken      (another name, then waiting)
 *             |          |-----> failed     (retry, then waiting)
 *             '----------'-----> cancelled  (retry, then waiting)
 * ```
 */

import { isNameTaken } from "./aws-error.ts";
import type { Pause } from "./retry.ts";
import type { UploadHooks } from "./upload-file.ts";

/** How many files are sent at the same time. */
export const MAX_SENDING = 3;

export type UploadState =
  /** Chosen; nothing is sent before the person says so. */
  | { readonly kind: "ready" }
  | { readonly kind: "waiting" }
  | { readonly kind: "sending"; readonly sentBytes: number; readonly pause: Pause | null }
  /** The gallery has a picture of this name; the suggested one is free. */
  | { readonly kind: "taken"; readonly suggestion: string }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "cancelled" }
  /** Stored; `index` says whether the gallery's list shows it. */
  | { readonly kind: "done"; readonly index: "pending" | "listed" | "late" };

export interface Upload {
  readonly file: File;
  /** The name that the picture gets in the gallery. */
  readonly name: string;
  /** Empty while the upload is ready. */
  readonly gallery: string;
  readonly state: UploadState;
}

/** What the queue needs from the world. */
export interface UploadWork {
  /** Sends the file; `maybeStored` says that an earlier try of the same name ended without an answer. */
  send(upload: Upload, maybeStored: boolean, hooks: UploadHooks): Promise<void>;
  /** Waits for the picture to be in the index; false when that takes too long. Never rejects. */
  indexed(upload: Upload): Promise<boolean>;
  /** A name that the gallery does not hold. Never rejects. */
  suggestName(upload: Upload): Promise<string>;
}

export interface QueueListener {
  changed(upload: Upload): void;
  removed(upload: Upload): void;
}

interface Entry extends Upload {
  name: string;
  gallery: string;
  state: UploadState;
  maybeStored: boolean;
}

export class UploadQueue {
  readonly #work: UploadWork;
  readonly #listener: QueueListener;
  readonly #entries: Entry[] = [];
  /** The files that hold one of the places; a cancelled one does until its request has ended. */
  readonly #running = new Map<Entry, AbortController>();

  constructor(work: UploadWork, listener: QueueListener) {
    this.#work = work;
    this.#listener = listener;
  }

  get uploads(): readonly Upload[] {
    return this.#entries;
  }

  /** Whether leaving the page now would lose something that is on its way. */
  get busy(): boolean {
    return this.#entries.some(isActive);
  }

  add(file: File, name: string): Upload {
    const entry: Entry = { file, name, gallery: "", state: { kind: "ready" }, maybeStored: false };
    this.#entries.push(entry);
    this.#listener.changed(entry);
    return entry;
  }

  /** Sends all files that are ready into a gallery. */
  start(gallery: string): void {
    for (const entry of this.#ofKind("ready")) {
      entry.gallery = gallery;
      this.#set(entry, { kind: "waiting" });
    }
    this.#fill();
  }

  cancel(upload: Upload): void {
    const entry = this.#entry(upload);
    if (isActive(entry)) {
      this.#running.get(entry)?.abort();
      this.#set(entry, { kind: "cancelled" });
    }
  }

  cancelAll(): void {
    this.#entries.filter(isActive).forEach((entry) => this.cancel(entry));
  }

  /** Sends a failed or cancelled file again. */
  retry(upload: Upload): void {
    const entry = this.#entry(upload);
    if (entry.state.kind === "failed" || entry.state.kind === "cancelled") {
      this.#set(entry, { kind: "waiting" });
      this.#fill();
    }
  }

  retryFailed(): void {
    this.#ofKind("failed").forEach((entry) => this.retry(entry));
  }

  /** Sends a file whose name is taken under the suggested one. */
  acceptSuggestion(upload: Upload): void {
    const entry = this.#entry(upload);
    if (entry.state.kind === "taken") {
      entry.name = entry.state.suggestion;
      entry.maybeStored = false;
      this.#set(entry, { kind: "waiting" });
      this.#fill();
    }
  }

  /** Forgets a file that is not on its way. */
  remove(upload: Upload): void {
    const entry = this.#entry(upload);
    if (!isActive(entry)) {
      this.#entries.splice(this.#entries.indexOf(entry), 1);
      this.#listener.removed(entry);
    }
  }

  removeDone(): void {
    this.#ofKind("done").forEach((entry) => this.remove(entry));
  }

  #ofKind(kind: UploadState["kind"]): Entry[] {
    return this.#entries.filter((entry) => entry.state.kind === kind);
  }

  #entry(upload: Upload): Entry {
    const entry = this.#entries.find((each) => each === upload);
    if (entry === undefined) {
      throw new Error("This upload is not in the queue.");
    }
    return entry;
  }

  #set(entry: Entry, state: UploadState): void {
    entry.state = state;
    this.#listener.changed(entry);
  }

  /** Starts waiting files as long as there is room. */
  #fill(): void {
    for (const entry of this.#ofKind("waiting")) {
      if (this.#running.size >= MAX_SENDING) {
        return;
      }
      // A file that was cancelled and wanted again waits for its old request to end.
      if (!this.#running.has(entry)) {
        void this.#run(entry);
      }
    }
  }

  async #run(entry: Entry): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.#running.set(entry, controller);
    this.#set(entry, { kind: "sending", sentBytes: 0, pause: null });

    const outcome = await this.#send(entry, signal);

    this.#running.delete(entry);
    // Whatever came after a cancellation is not news, and the file may be waiting again.
    if (!signal.aborted) {
      this.#set(entry, outcome);
    }
    this.#fill();
    if (entry.state === outcome && outcome.kind === "done") {
      const listed = await this.#work.indexed(entry);
      if (this.#entries.includes(entry)) {
        this.#set(entry, { kind: "done", index: listed ? "listed" : "late" });
      }
    }
  }

  /** Sends a file and says how that ended. */
  async #send(entry: Entry, signal: AbortSignal): Promise<UploadState> {
    let sentBytes = 0;
    const report = (pause: Pause | null): void => {
      if (!signal.aborted) {
        this.#set(entry, { kind: "sending", sentBytes, pause });
      }
    };
    try {
      const { maybeStored } = entry;
      entry.maybeStored = true;
      await this.#work.send(entry, maybeStored, {
        signal,
        onProgress: (bytes) => {
          sentBytes = bytes;
          report(null);
        },
        onPause: report,
      });
      return { kind: "done", index: "pending" };
    } catch (error) {
      if (isNameTaken(error) && !signal.aborted) {
        return { kind: "taken", suggestion: await this.#work.suggestName(entry) };
      }
      return { kind: "failed", error };
    }
  }
}

function isActive(upload: Upload): boolean {
  return upload.state.kind === "waiting" || upload.state.kind === "sending";
}
