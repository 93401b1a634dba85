/** What every test starts from: the page, a gallery of its own, and an eye on the console. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ConsoleMessage, expect, test as base } from "@playwright/test";
import { GalleryPage } from "./gallery-page.ts";

const SCREENSHOTS = join(import.meta.dirname, "../../../target/screenshots");

interface Fixtures {
  readonly app: GalleryPage;
  /** A gallery that no other test uses. */
  readonly gallery: string;
  /** Keeps a picture of the page's state. */
  readonly keepScreenshot: (name: string) => Promise<void>;
  /** Console errors that a test provokes; every other one fails it. */
  readonly expectedErrors: RegExp[];
}

export const test = base.extend<Fixtures>({
  app: async ({ page, expectedErrors }, use) => {
    const errors: string[] = [];
    page.on("console", (message: ConsoleMessage) => {
      if (message.type() === "error" || message.type() === "warning") {
        errors.push(`${message.text()} (${message.location().url})`);
      }
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    await use(new GalleryPage(page));
    expect(errors.filter((error) => !expectedErrors.some((expected) => expected.test(error)))).toEqual([]);
  },

  gallery: async ({}, use, testInfo) => {
    await use(`holiday-${testInfo.testId.slice(-6)}-${testInfo.repeatEachIndex}`);
  },

  keepScreenshot: async ({ page }, use) => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await use(async (name) => void (await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })));
  },

  expectedErrors: async ({}, use) => use([]),
});

export { expect };
