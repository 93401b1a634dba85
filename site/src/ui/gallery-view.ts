/** The pictures of the open gallery, and the words for every state in which there are none. */

import type { Connection } from "../clock.ts";
import type { IndexTable } from "../index-table.ts";
import { newestFirst, type Picture } from "../pictures.ts";
import { emptyText, loadFailedText, loadingText, OFFLINE_VIEW, OPEN_A_GALLERY, pictures as picturesText } from "../text.ts";
import type { Announce } from "./announcer.ts";
import { byId } from "./elements.ts";
import { createPictureTile } from "./picture-tile.ts";

export interface GalleryView {
  /** Shows a gallery; null shows none. */
  open(gallery: string | null): void;
  /** Adds a picture that has come into the index, if its gallery is the open one. */
  add(gallery: string, picture: Picture): void;
}

export interface GalleryViewParts {
  readonly index: IndexTable;
  readonly connection: Connection;
  readonly announce: Announce;
  readonly urlOf: (key: string) => string;
  readonly choosePictures: () => void;
}

export function createGalleryView({ index, connection, announce, urlOf, choosePictures }: GalleryViewParts): GalleryView {
  const heading = byId("view-heading", HTMLElement);
  const count = byId("view-count", HTMLElement);
  const actions = byId("view-actions", HTMLElement);
  const refresh = byId("refresh", HTMLButtonElement);
  const state = byId("view-state", HTMLElement);
  const text = byId("view-text", HTMLElement);
  const button = byId("view-button", HTMLButtonElement);
  const list = byId("pictures", HTMLUListElement);

  let open: string | null = null;
  let pictures: Picture[] = [];
  let phase: "loading" | "loaded" | "failed" = "loaded";
  /** The loading that is under way; a newer one ends it. */
  let loading: AbortController | null = null;

  function showState(message: string, label = "", onClick: (() => void) | null = null): void {
    state.hidden = message === "";
    text.textContent = message;
    button.hidden = onClick === null;
    button.textContent = label;
    button.onclick = onClick;
  }

  function showPictures(): void {
    list.replaceChildren(...pictures.map((picture) => createPictureTile(picture, urlOf(picture.key))));
    showCount();
  }

  function showCount(): void {
    const empty = pictures.length === 0;
    count.textContent = empty ? "" : picturesText(pictures.length);
    showState(empty ? emptyText(open ?? "") : "", "Choose pictures", choosePictures);
  }

  async function load(gallery: string): Promise<void> {
    loading?.abort();
    const { signal } = (loading = new AbortController());
    const hadFocus = document.activeElement === refresh;
    refresh.disabled = true;
    phase = "loading";
    pictures = [];
    list.replaceChildren();
    list.ariaBusy = "true";
    count.textContent = "";
    showState(loadingText(0));
    try {
      const found = await index.list(gallery, { signal, onPage: (soFar) => showState(loadingText(soFar)) });
      signal.throwIfAborted();
      // Pictures that were uploaded meanwhile are kept.
      pictures = newestFirst([...found, ...pictures]);
      phase = "loaded";
      showPictures();
      announce(state.hidden ? picturesText(pictures.length) : emptyText(gallery));
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      phase = "failed";
      const message = connection.isOnline() ? loadFailedText(error) : OFFLINE_VIEW;
      showState(message, "Try again", () => void load(gallery));
      announce(message);
      if (!connection.isOnline()) {
        connection.online(signal).then(() => load(gallery), () => undefined);
      }
    }
    list.ariaBusy = null;
    refresh.disabled = false;
    if (hadFocus && document.activeElement === document.body) {
      // A disabled button loses the keyboard's focus; it gets it back.
      refresh.focus();
    }
  }

  refresh.addEventListener("click", () => {
    if (open !== null) {
      void load(open);
    }
  });

  return {
    open(gallery) {
      open = gallery;
      actions.hidden = gallery === null;
      heading.textContent = gallery ?? "Pictures";
      if (gallery !== null) {
        void load(gallery);
        return;
      }
      loading?.abort();
      pictures = [];
      showPictures();
      showState(OPEN_A_GALLERY);
    },

    add(gallery, picture) {
      if (gallery !== open || pictures.some(({ key }) => key === picture.key)) {
        return;
      }
      if (phase === "failed") {
        // One picture alone would pass for the whole gallery.
        void load(gallery);
        return;
      }
      pictures = newestFirst([...pictures, picture]);
      if (phase === "loaded") {
        const at = pictures.findIndex(({ key }) => key === picture.key);
        list.insertBefore(createPictureTile(picture, urlOf(picture.key)), list.children[at] ?? null);
        showCount();
      }
    },
  };
}
