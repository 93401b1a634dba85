/** The field with the gallery's name and the button that opens it. */

import { galleryNameProblem } from "../names.ts";
import { galleryNameText } from "../text.ts";
import { byId, showProblem } from "./elements.ts";

export interface GalleryForm {
  /** The name in the field; null, with the reason shown beside it, when it cannot be a gallery. */
  read(): string | null;
  /** Puts a gallery's name into the field, and says what is wrong with it if it cannot be one. */
  show(name: string): void;
}

export function createGalleryForm(onOpen: (name: string) => void): GalleryForm {
  const field = byId("gallery", HTMLInputElement);
  const message = byId("gallery-error", HTMLElement);

  function check(name: string): boolean {
    const problem = galleryNameProblem(name);
    showProblem(field, message, problem === null ? "" : galleryNameText(problem));
    return problem === null;
  }

  function read(): string | null {
    const name = field.value.trim();
    if (check(name)) {
      return name;
    }
    field.focus();
    return null;
  }

  byId("gallery-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const name = read();
    if (name !== null) {
      onOpen(name);
    }
  });
  field.addEventListener("input", () => showProblem(field, message, ""));

  return {
    read,
    show(name) {
      field.value = name;
      check(name);
    },
  };
}
