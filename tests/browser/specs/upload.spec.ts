import { expect, test } from "../support/fixtures.ts";
import { largePng, png } from "../support/images.ts";
import { hold, isUpload } from "../support/requests.ts";

test("pictures come by picker, by drop and by paste, are uploaded and appear", async ({ app, gallery, page, keepScreenshot }) => {
  await app.load();
  await app.choose(png("one.png"), png("two.png"));
  await app.bring("drop", png("three.png"));
  await app.bring("paste", png("four.png"));
  await expect(app.uploads).toHaveCount(4);
  await expect(app.row("one.png")).toContainText("Ready");
  await expect(app.uploadButton).toHaveText("Upload 4 pictures");
  await keepScreenshot("uploads-ready");

  await app.galleryField.fill(gallery);
  await app.uploadButton.click();

  for (const name of ["one.png", "two.png", "three.png", "four.png"]) {
    await app.expectStored(name);
  }
  await expect(page.locator("#uploads-summary")).toHaveText("4 of 4 uploaded");
  await expect(app.pictures).toHaveCount(4);
  await expect(page.getByRole("status")).not.toBeEmpty();
  await keepScreenshot("uploads-done");
});

test("a gallery is shown again by its shareable address", async ({ app, gallery, page, keepScreenshot }) => {
  await app.load();
  await app.upload(gallery, png("a.png"), png("b.png"), png("c.png"), png("d.png"), png("e.png"), png("f.png"));
  await expect(app.pictures).toHaveCount(6);
  expect(new URL(page.url()).searchParams.get("gallery")).toBe(gallery);

  const address = page.url();
  await page.goto("about:blank");
  await page.goto(address);

  await expect(page.getByRole("heading", { name: gallery })).toBeVisible();
  await expect(app.galleryField).toHaveValue(gallery);
  await expect(page.locator("#view-count")).toHaveText("6 pictures");
  await app.expectPicture("a.png");
  await keepScreenshot("gallery");
});

test("a screenshot from the clipboard gets a name of its own", async ({ app }) => {
  await app.load();
  await app.bring("paste", png("image.png"));
  await expect(app.uploads.locator(".name")).toHaveText(/^pasted \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.png$/);
});

test("the whole page takes a drop", async ({ app, page, keepScreenshot }) => {
  await app.load();
  const target = page.locator("#drop-target");
  const drag = (type: string): Promise<boolean> =>
    page.evaluate((type) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["x"], "a.png", { type: "image/png" }));
      return document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }, type);
  expect(await drag("dragover"), "the browser would open the file").toBe(false);
  await expect(target).toBeVisible();
  await keepScreenshot("drop-target");
  await drag("dragleave");
  await expect(target).toBeHidden();
  expect(await drag("drop"), "the browser would open the file").toBe(false);
  await expect(app.uploads).toHaveCount(1);
});

test("a name that is taken leads to another name", async ({ app, gallery, expectedErrors, keepScreenshot }) => {
  expectedErrors.push(/status of 412/);
  await app.load();
  await app.upload(gallery, png("photo.png"));
  await app.expectStored("photo.png");

  await app.upload(gallery, png("photo.png"));
  const second = app.uploads.nth(1);
  await expect(second).toContainText("The gallery already has a picture named “photo.png”.");
  await keepScreenshot("name-taken");
  await second.getByRole("button", { name: "Upload as “photo (2).png”" }).click();
  await app.expectStored("photo (2).png");

  await app.upload(gallery, png("photo.png"));
  await app.uploads.nth(2).getByRole("button", { name: "Upload as “photo (3).png”" }).click();
  await app.expectStored("photo (3).png");
  await expect(app.pictures).toHaveCount(3);
});

test("a large file goes in parts, with progress", async ({ app, gallery, page, keepScreenshot }) => {
  const calls: string[] = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.endsWith("/large.png") && request.method() !== "GET") {
      calls.push(`${request.method()} ${searchParams.get("partNumber") ?? ""}`.trim());
    }
  });
  const secondPart = await hold(page, (request) => isUpload(request) && request.url().includes("partNumber=2"));
  await app.load();
  await app.upload(gallery, largePng("large.png"));

  const progress = app.row("large.png").getByRole("progressbar", { name: "Progress of large.png" });
  await expect.poll(() => secondPart.count()).toBe(1);
  await expect.poll(() => progress.evaluate((bar: HTMLProgressElement) => bar.value)).toBeGreaterThanOrEqual(8 * 1024 * 1024);
  await expect(app.state("large.png")).toHaveText(/^9\d %$/);
  await keepScreenshot("progress");
  secondPart.release();

  await app.expectStored("large.png");
  expect(calls.filter((call) => !call.startsWith("OPTIONS"))).toEqual(["POST", "PUT 1", "PUT 2", "POST"]);
});

const AWKWARD = [
  "a b.png",
  "1+1=2.png",
  "100%.png",
  "%2F.png",
  "café.png",
  "日本.png",
  "🏝️.png",
  "(it's) *new*!.png",
  "a&b?c#d;e=f,g@h$i.png",
  "back\\slash.png",
  `${"long".repeat(40)}.png`,
];

test("awkward names of files and galleries survive the way there and back", async ({ app, gallery, page, keepScreenshot }) => {
  const awkwardGallery = `${gallery} (é + 50% 日本 🏝️) & 'more'*!`;
  await app.load();
  await app.upload(awkwardGallery, ...AWKWARD.map(png));
  for (const name of AWKWARD) {
    await expect(app.state(name)).toHaveText("Uploaded");
  }

  await app.load(awkwardGallery);
  await expect(app.pictures).toHaveCount(AWKWARD.length);
  for (const name of AWKWARD) {
    await app.expectPicture(name);
    await expect(app.tile(name).getByRole("img")).toHaveAttribute("alt", name.replace(/\.png$/, ""));
  }
  await expect(page.getByRole("heading", { name: awkwardGallery })).toBeVisible();
  await keepScreenshot("awkward-names");
});

test("HTML in the names of galleries and files is shown as text", async ({ app, gallery, page, keepScreenshot }) => {
  const script = "<img src=x onerror=alert(1)>";
  const galleryName = `${gallery}<script>alert(1)<\\script>${script}`;
  const fileName = `"><b>${script}&amp;.png`;
  page.on("dialog", () => {
    throw new Error("a name was run as a script");
  });
  await app.load();
  await app.upload(galleryName, png(fileName));
  await app.expectStored(fileName);

  await app.load(galleryName);
  await app.expectPicture(fileName);
  await expect(page.locator("#view-heading")).toHaveText(galleryName);
  await expect(page.locator("b, [src=x], main script")).toHaveCount(0);
  await keepScreenshot("html-names");
});
