/** What stands in place of the whole page while there are no settings. */

import { NotSetUpError } from "../config.ts";
import { SETTINGS_UNREADABLE, UPLOADS_MISSING } from "../text.ts";
import { byId } from "./elements.ts";

/** Says why the page cannot be used; trying again makes sense only when the settings could not be asked for. */
export function showNotice(error: unknown): void {
  const notSetUp = error instanceof NotSetUpError;
  byId("not-set-up", HTMLElement).hidden = !notSetUp;
  byId("notice-text", HTMLElement).textContent = notSetUp ? "" : SETTINGS_UNREADABLE;
  byId("notice-detail", HTMLElement).textContent = error instanceof Error ? error.message : "";
  const button = byId("notice-button", HTMLButtonElement);
  button.hidden = notSetUp;
  button.onclick = () => location.reload();
}

/** Puts the page in place of the notice. */
export function showApp(): void {
  byId("notice", HTMLElement).hidden = true;
  byId("app", HTMLElement).hidden = false;
}

/** The half of the page that uploads has not arrived: galleries can be seen all the same. */
export function showUploadsMissing(): void {
  byId("files-error", HTMLElement).textContent = UPLOADS_MISSING;
}
