/** The button that copies the address of the open gallery. */

import { LINK_COPIED, LINK_NOT_COPIED } from "../text.ts";
import type { Announce } from "./announcer.ts";
import { byId } from "./elements.ts";

/** @returns what takes the words about an earlier copy away */
export function setUpCopyLink(announce: Announce): () => void {
  const button = byId("copy", HTMLButtonElement);
  const result = byId("copied", HTMLElement);
  const text = byId("copied-text", HTMLElement);
  const link = byId("link", HTMLInputElement);

  button.addEventListener("click", async () => {
    const copied = await copy(location.href);
    result.hidden = false;
    text.textContent = copied ? LINK_COPIED : LINK_NOT_COPIED;
    link.value = location.href;
    link.hidden = copied;
    if (!copied) {
      link.select();
    }
    announce(text.textContent);
  });
  return () => (result.hidden = true);
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
