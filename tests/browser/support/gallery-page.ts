/** The page as a person uses it. */

import { expect, type Locator, type Page } from "@playwright/test";
import type { TestFile } from "./images.ts";

/** The part of config.json that tests need. */
export interface PageConfig {
  readonly endpoint: string;
  readonly images_bucket: string;
  readonly table: string;
  readonly access_key_id: string;
  readonly max_size_mib: number;
}

export const PAGE_URL = process.env["GALLERY_URL"] ?? "";

export class GalleryPage {
  readonly page: Page;
  readonly galleryField: Locator;
  readonly galleryError: Locator;
  readonly filesInput: Locator;
  readonly filesError: Locator;
  readonly uploadButton: Locator;
  readonly refreshButton: Locator;
  readonly uploads: Locator;
  readonly pictures: Locator;
  readonly viewState: Locator;

  constructor(page: Page) {
    this.page = page;
    this.galleryField = page.getByLabel("Gallery name");
    this.galleryError = page.locator("#gallery-error");
    this.filesInput = page.getByLabel("Choose pictures");
    this.filesError = page.locator("#files-error");
    this.uploadButton = page.getByRole("button", { name: /^Upload( \d+ pictures?)?$/ });
    this.refreshButton = page.getByRole("button", { name: "Refresh" });
    this.uploads = page.locator("#upload-list > li");
    this.pictures = page.locator("#pictures > li");
    this.viewState = page.locator("#view-state");
  }

  /** Loads the page and waits until it can be used. */
  async load(gallery?: string): Promise<void> {
    const query = gallery === undefined ? "" : `?${new URLSearchParams({ gallery })}`;
    await this.page.goto(PAGE_URL + query);
    await expect(this.filesInput).toBeEnabled();
  }

  async openGallery(name: string): Promise<void> {
    await this.galleryField.fill(name);
    await this.page.getByRole("button", { name: "Open" }).click();
  }

  /** Chooses files with the picker; they are not sent yet. */
  async choose(...files: readonly TestFile[]): Promise<void> {
    // Playwright also sets files on a control that is disabled, as this one is until the settings are there; people cannot.
    await expect(this.filesInput).toBeEnabled();
    await this.filesInput.setInputFiles(files.map((file) => ({ ...file })));
  }

  /** Chooses files and sends them. */
  async upload(gallery: string, ...files: readonly TestFile[]): Promise<void> {
    await this.choose(...files);
    await this.galleryField.fill(gallery);
    await this.uploadButton.click();
  }

  /** Brings files to the page as a drop or a paste does. */
  async bring(event: "drop" | "paste", ...files: readonly TestFile[]): Promise<void> {
    const data = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") }));
    await this.page.evaluate(
      ({ event, data }) => {
        const transfer = new DataTransfer();
        for (const { name, mimeType, base64 } of data) {
          const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          transfer.items.add(new File([bytes], name, { type: mimeType }));
        }
        const bubbling = { bubbles: true, cancelable: true };
        if (event === "drop") {
          document.body.dispatchEvent(new DragEvent("dragover", { ...bubbling, dataTransfer: transfer }));
          document.body.dispatchEvent(new DragEvent("drop", { ...bubbling, dataTransfer: transfer }));
        } else {
          document.body.dispatchEvent(new ClipboardEvent("paste", { ...bubbling, clipboardData: transfer }));
        }
      },
      { event, data },
    );
  }

  row(name: string): Locator {
    return this.uploads.filter({ has: this.page.locator(".name").getByText(name, { exact: true }) });
  }

  /** The words for the state of an upload. */
  state(name: string): Locator {
    return this.row(name).locator(".state");
  }

  tile(name: string): Locator {
    return this.pictures.filter({ has: this.page.locator(".name").getByText(name, { exact: true }) });
  }

  /** The picture is in the list, and the browser has decoded what its public address gives. */
  async expectPicture(name: string): Promise<void> {
    const image = this.tile(name).getByRole("img");
    await image.scrollIntoViewIfNeeded();
    await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth)).toBeGreaterThan(0);
  }

  async expectStored(name: string): Promise<void> {
    await expect(this.state(name)).toHaveText("Uploaded");
    await this.expectPicture(name);
  }

  async config(): Promise<PageConfig> {
    return this.page.evaluate(async () => (await fetch("./config.json")).json());
  }
}
