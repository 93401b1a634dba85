import axe from "axe-core";
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { PAGE_URL } from "../support/gallery-page.ts";
import { png } from "../support/images.ts";
import { hold, intercept, isUpload, s3Error } from "../support/requests.ts";

test("everything can be done by keyboard alone", async ({ app, gallery, page, expectedErrors }) => {
  // The last step opens a bare image, for which the browser looks for an icon.
  expectedErrors.push(/favicon\.ico/);
  // Long before the key that opens it: choosers are caught from the first listener on, but not from the same instant.
  const chooser = page.waitForEvent("filechooser");
  await app.load();
  const { keyboard } = page;

  await keyboard.press("Tab");
  await expect(app.galleryField).toBeFocused();
  await keyboard.type(gallery);
  await keyboard.press("Enter");
  await expect(app.viewState).toContainText("No pictures in");

  await keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Open" })).toBeFocused();
  await keyboard.press("Tab");
  await expect(app.filesInput).toBeFocused();
  await keyboard.press("Enter");
  await (await chooser).setFiles([{ ...png("a.png") }, { ...png("b.png") }]);

  // The first of the two is taken away again; the keyboard stays in the list.
  await expect(app.row("a.png").getByRole("button", { name: "Remove a.png" })).toBeVisible();
  await keyboard.press("Tab");
  await expect(app.uploadButton).toBeFocused();
  await keyboard.press("Tab");
  await expect(app.row("a.png").getByRole("button", { name: "Remove a.png" })).toBeFocused();
  await keyboard.press("Space");
  await expect(app.uploads).toHaveCount(1);
  await expect(page.getByRole("heading", { name: "Uploads" })).toBeFocused();

  await keyboard.press("Shift+Tab");
  await expect(app.uploadButton).toBeFocused();
  await keyboard.press("Enter");
  await app.expectStored("b.png");

  for (const name of ["Clear finished", "Copy link", "Refresh"]) {
    await keyboard.press("Tab");
    await expect(page.getByRole("button", { name })).toBeFocused();
  }
  await keyboard.press("Tab");
  await expect(app.pictures.getByRole("link")).toBeFocused();
  await keyboard.press("Enter");
  await expect(page).toHaveURL(/b\.png$/);
});

test("the keyboard stays in the row when its button goes away", async ({ app, gallery, page }) => {
  const uploads = await hold(page, isUpload);
  await app.load();
  await app.upload(gallery, png("a.png"));
  await expect.poll(uploads.count).toBe(1);
  await app.row("a.png").getByRole("button", { name: "Cancel a.png" }).focus();
  await page.keyboard.press("Enter");
  await expect(app.row("a.png").getByRole("button", { name: "Retry a.png" })).toBeFocused();
});

test("screen readers are told of progress, not of every step", async ({ app, gallery, page }) => {
  await app.load();
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const region = document.getElementById("announcements")!;
    new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
  });
  await app.upload(gallery, ...["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => png(`${name}.png`)));
  await expect(page.getByRole("status")).toHaveText("8 of 8 uploaded");
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);
  await expect.poll(async () => (await said()).at(-1)).toContain("8 of 8 uploaded");
  // Eight pictures are sent, stored and listed: 24 steps at least.
  expect((await said()).length).toBeLessThan(24);
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [390, 1280]) {
    test(`axe finds nothing at ${width} px in ${colorScheme}`, async ({ app, gallery, page, expectedErrors, keepScreenshot }) => {
      expectedErrors.push(/Failed to load resource/);
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      const look = async (state: string): Promise<void> => {
        expect(await violations(page), state).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${state}: the page is wider than the window`).toBeLessThanOrEqual(0);
        await keepScreenshot(`${state}-${width}-${colorScheme}`);
      };

      await app.load();
      await look("axe-start");
      await app.uploadButton.click();
      await app.choose({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("x") });
      await look("axe-messages");

      await app.upload(gallery, ...["morning", "noon", "evening", "night"].map((name) => png(`${name}.png`)));
      for (const name of ["morning.png", "noon.png", "evening.png", "night.png"]) {
        await app.expectStored(name);
      }
      await intercept(page, (request) => isUpload(request) && request.url().endsWith("failing.png"), (route) =>
        route.fulfill(s3Error(400, "Broken")),
      );
      const held = await hold(page, (request) => isUpload(request) && request.url().endsWith("held.png"));
      await app.upload(gallery, png("failing.png"), png("night.png"), png("held.png"));
      await app.choose(png("a picture with quite a long name that does not fit into one line of a phone.png"));
      await expect.poll(held.count).toBe(1);
      await expect(app.state("failing.png")).toContainText("Failed");
      await expect(app.uploads.nth(5)).toContainText("The gallery already has");
      await look("axe-uploads");

      await page.getByRole("button", { name: "Cancel all" }).click();
      await app.load(`${gallery} empty`);
      await expect(app.viewState).toContainText("No pictures");
      await look("axe-empty");

      await page.route("**/config.json", (route) => route.fulfill({ status: 404 }));
      await page.goto(PAGE_URL);
      await expect(page.getByText("This gallery is not set up yet.")).toBeVisible();
      await look("axe-not-set-up");
    });
  }
}

/** The rules that the page breaks, each with the elements. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
