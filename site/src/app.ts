/** Puts the parts together that show a gallery. */

import { Aws } from "./aws.ts";
import { connection } from "./browser/environment.ts";
import { sendByXhr } from "./browser/xhr.ts";
import { type Config, readConfig } from "./config.ts";
import { objectUrl } from "./endpoints.ts";
import { IndexTable } from "./index-table.ts";
import { galleryNameProblem } from "./names.ts";
import { Session } from "./session.ts";
import { galleryInAddress, putGalleryInAddress } from "./ui/address.ts";
import { type Announce, createAnnouncer } from "./ui/announcer.ts";
import { setUpCopyLink } from "./ui/copy-link.ts";
import { byId } from "./ui/elements.ts";
import { createGalleryForm, type GalleryForm } from "./ui/gallery-form.ts";
import { createGalleryView, type GalleryView } from "./ui/gallery-view.ts";

/** What the uploading half of the page builds upon. */
export interface App {
  readonly session: Session;
  readonly aws: Aws;
  readonly index: IndexTable;
  readonly announce: Announce;
  readonly form: GalleryForm;
  readonly view: GalleryView;
  /** Shows a gallery unless it is the open one. */
  readonly showGallery: (name: string) => void;
}

export function startApp(config: Config): App {
  const session = new Session(config, readConfig);
  const aws = new Aws(session, sendByXhr);
  const index = new IndexTable(aws);
  const announce = createAnnouncer(byId("announcements", HTMLElement));
  const view = createGalleryView({
    index,
    connection,
    announce,
    urlOf: (key) => objectUrl(session.config, key),
    choosePictures: () => byId("files", HTMLInputElement).click(),
  });
  const form = createGalleryForm(openGallery);
  const forgetCopy = setUpCopyLink(announce);

  function openGallery(name: string): void {
    putGalleryInAddress(name);
    showAddress();
  }

  /** Shows the gallery that the address names. */
  function showAddress(): void {
    const gallery = galleryInAddress();
    const usable = gallery !== null && galleryNameProblem(gallery) === null;
    document.title = usable ? `${gallery} · ${config.title}` : config.title;
    if (gallery !== null) {
      form.show(gallery);
    }
    forgetCopy();
    view.open(usable ? gallery : null);
  }

  byId("title", HTMLElement).textContent = config.title;
  addEventListener("popstate", showAddress);
  showAddress();

  const showGallery = (name: string): void => {
    if (name !== galleryInAddress()) {
      openGallery(name);
    }
  };
  return { session, aws, index, announce, form, view, showGallery };
}
