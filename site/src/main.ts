/**
 * The page of gallery-deploy.
 *
 * Reading order: `config.ts` says where the pictures are; `aws.ts` signs and sends; `image-store.ts` and `index-table.ts` are the
 * two services; `upload-queue.ts`, `upload-file.ts` and `retry.ts` are the way of a file. None of these knows the DOM, so they
 * are tested without a browser. `ui/` and `browser/` are thin; `app.ts` and `uploads.ts` put all together.
 */

import { startApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { byId } from "./ui/elements.ts";
import { showApp, showNotice, showUploadsMissing } from "./ui/notice.ts";

const offline = byId("offline", HTMLElement);
const showConnection = (): void => void (offline.hidden = navigator.onLine);
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
showConnection();

// Asked for at once, but not waited for.
const uploads = import("./uploads.ts").catch(() => {
  showUploadsMissing();
  return null;
});

readConfig().then((config) => {
  showApp();
  const app = startApp(config);
  uploads.then((half) => half?.startUploads(app));
}, showNotice);
