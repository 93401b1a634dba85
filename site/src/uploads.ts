/**
 * Puts the parts together that upload. A chunk of its own: who only looks at a gallery sees it before this has arrived.
 */

import type { App } from "./app.ts";
import { clock, connection } from "./browser/environment.ts";
import { commonStem, freeName } from "./file-names.ts";
import { ImageStore } from "./image-store.ts";
import { waitForIndex } from "./index-wait.ts";
import { fileNameOf, objectKey } from "./keys.ts";
import { createUploadList } from "./ui/upload-list.ts";
import { createUploadPicker } from "./ui/upload-picker.ts";
import { uploadFile } from "./upload-file.ts";
import { type Upload, UploadQueue, type UploadWork } from "./upload-queue.ts";

export function startUploads({ session, aws, index, announce, form, view, showGallery }: App): void {
  const store = new ImageStore(aws);
  const retry = { clock, connection, random: Math.random };

  const work: UploadWork = {
    send({ gallery, name, file }, maybeStored, hooks) {
      return uploadFile(store, retry, { key: objectKey(gallery, name), file, maybeStored }, hooks);
    },

    async indexed({ gallery, name }) {
      const picture = await waitForIndex(clock, () => index.find(gallery, name));
      if (picture !== null) {
        view.add(gallery, picture);
      }
      return picture !== null;
    },

    async suggestName({ gallery, name }) {
      const inQueue = queue.uploads.filter((each) => each.gallery === gallery).map((each) => each.name);
      // Without the index the suggestion may be taken too; the next answer of S3 then leads to the one after it.
      const inIndex = await index.listByPrefix(gallery, commonStem(name)).catch(() => []);
      return freeName(gallery, name, new Set([...inQueue, ...inIndex.map(({ key }) => fileNameOf(key))]));
    },
  };

  const queue = new UploadQueue(work, {
    changed: (upload) => show(upload, list.changed),
    removed: (upload) => show(upload, list.removed),
  });
  const list = createUploadList(queue, announce);
  const picker = createUploadPicker({ config: () => session.config, queue, readGallery: form.read, showGallery });

  function show(upload: Upload, inList: (upload: Upload) => void): void {
    inList(upload);
    picker.update();
  }
}
