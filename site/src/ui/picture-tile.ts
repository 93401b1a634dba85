/** One picture of the gallery: the image, linked to the original, and its name. */

import { fileNameOf } from "../keys.ts";
import { withoutExtension } from "../names.ts";
import type { Picture } from "../pictures.ts";
import { make } from "./elements.ts";

export function createPictureTile(picture: Picture, url: string): HTMLLIElement {
  const name = fileNameOf(picture.key);
  const image = make("img", { alt: withoutExtension(name), loading: "lazy", decoding: "async", src: url });
  const link = make("a", { href: url }, image);
  image.onerror = () => {
    // The object is gone or is no picture that this browser can show: its name still says what it was.
    link.classList.add("broken");
    image.replaceWith(make("span", { textContent: name }));
  };
  const caption = make("span", { className: "name", textContent: name, ariaHidden: "true" });
  return make("li", {}, link, caption);
}
