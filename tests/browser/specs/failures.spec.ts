import { expect, test } from "../support/fixtures.ts";
import { largePng, png } from "../support/images.ts";
import { hold, intercept, isUpload, s3Error } from "../support/requests.ts";

// The browser itself writes every failed request to the console.
const FAILED_REQUEST = /Failed to load resource/;

test.beforeEach(async ({ app, expectedErrors }) => {
  expectedErrors.push(FAILED_REQUEST);
  await app.load();
});

test("a broken connection and a busy server are tried again by themselves", async ({ app, gallery, page, keepScreenshot }) => {
  let attempts = 0;
  await intercept(page, isUpload, (route) => {
    attempts++;
    switch (attempts) {
      case 1:
        return route.abort("connectionreset");
      case 2:
        return route.fulfill(s3Error(503, "SlowDown"));
      default:
        return route.fallback();
    }
  });
  await app.upload(gallery, png("a.png"));
  await expect(app.state("a.png")).toHaveText(/^Retrying in \d s \(2 of 5\)$/);
  await keepScreenshot("retrying");
  await expect(app.state("a.png")).toHaveText(/^Retrying in \d s \(3 of 5\)$/);
  await app.expectStored("a.png");
  expect(attempts).toBe(3);
});

test("a lost answer does not make the page find its own picture in the way", async ({ app, gallery, page }) => {
  let attempts = 0;
  await intercept(page, isUpload, async (route) => {
    attempts++;
    if (attempts > 1) {
      return route.fallback();
    }
    await route.fetch();
    return route.abort("connectionreset");
  });
  await app.upload(gallery, png("a.png"));
  await app.expectStored("a.png");
  expect(attempts).toBe(2);
});

test("failed files are retried one by one or all at once", async ({ app, gallery, page, keepScreenshot }) => {
  let broken = true;
  await intercept(page, isUpload, (route) => (broken ? route.fulfill(s3Error(400, "Broken", "No.")) : route.fallback()));
  await app.upload(gallery, png("a.png"), png("b.png"), png("c.png"));
  for (const name of ["a.png", "b.png", "c.png"]) {
    await expect(app.state(name)).toHaveText("Failed: The storage answered 400 Broken No.");
  }
  await expect(page.locator("#uploads-summary")).toHaveText("0 of 3 uploaded, 3 failed");
  await keepScreenshot("failed");

  broken = false;
  await app.row("b.png").getByRole("button", { name: "Retry b.png" }).click();
  await app.expectStored("b.png");
  await expect(app.state("a.png")).toContainText("Failed");
  await page.getByRole("button", { name: "Retry all failed" }).click();
  await app.expectStored("a.png");
  await app.expectStored("c.png");
  await expect(page.getByRole("button", { name: "Retry all failed" })).toBeHidden();
});

test("three at a time; one is cancelled, then all, and one is sent after all", async ({ app, gallery, page, keepScreenshot }) => {
  const uploads = await hold(page, isUpload);
  const names = ["a.png", "b.png", "c.png", "d.png", "e.png"];
  await app.upload(gallery, ...names.map(png));
  await expect.poll(uploads.count).toBe(3);
  await expect(app.state("d.png")).toHaveText("Waiting");
  await keepScreenshot("three-at-a-time");

  await app.row("a.png").getByRole("button", { name: "Cancel a.png" }).click();
  await expect(app.state("a.png")).toHaveText("Cancelled");
  await expect.poll(uploads.count).toBe(4);

  await page.getByRole("button", { name: "Cancel all" }).click();
  for (const name of names) {
    await expect(app.state(name)).toHaveText("Cancelled");
  }
  await expect(page.locator("#uploads-summary")).toHaveText("0 of 5 uploaded, 5 cancelled");
  await keepScreenshot("cancelled");
  expect(uploads.count()).toBe(4);

  uploads.release();
  await app.row("e.png").getByRole("button", { name: "Retry e.png" }).click();
  await app.expectStored("e.png");
  await expect(app.pictures).toHaveCount(1);
});

test("cancelling a large file throws its parts away", async ({ app, gallery, page }) => {
  const secondPart = await hold(page, (request) => isUpload(request) && request.url().includes("partNumber=2"));
  const aborted = page.waitForResponse((response) => response.request().method() === "DELETE");
  await app.upload(gallery, largePng("large.png"));
  await expect.poll(secondPart.count).toBe(1);
  await app.row("large.png").getByRole("button", { name: "Cancel large.png" }).click();
  await expect(app.state("large.png")).toHaveText("Cancelled");
  const response = await aborted;
  expect(response.url()).toContain("uploadId=");
  expect(response.status()).toBe(204);
});

test("a new key is fetched when the old one is refused", async ({ app, gallery, page, expectedErrors }) => {
  // The local AWS refuses an unknown key without CORS headers, so that the page cannot read the refusal.
  expectedErrors.push(/CORS policy/);
  const config = await app.config();
  // The page starts with a key that S3 does not know, as after `gallery-deploy up` has replaced it.
  let key = "AKIAREMOVED";
  await page.route("**/config.json", (route) => {
    const json = { ...config, access_key_id: key };
    key = config.access_key_id;
    return route.fulfill({ json });
  });
  await page.reload();
  const keys: string[] = [];
  page.on("request", (request) => {
    if (isUpload(request)) {
      keys.push(/Credential=(\w+)/.exec(request.headers()["authorization"] ?? "")?.[1] ?? "");
    }
  });
  await app.upload(gallery, png("a.png"));
  await app.expectStored("a.png");
  expect(keys[0]).toBe("AKIAREMOVED");
  expect(keys.at(-1)).toBe(config.access_key_id);
});

test("a refused key is explained when there is no new one", async ({ app, gallery, page, keepScreenshot }) => {
  await intercept(page, isUpload, (route) => route.fulfill(s3Error(403, "InvalidAccessKeyId")));
  const reread = page.waitForRequest("**/config.json");
  await app.upload(gallery, png("a.png"));
  await expect(app.state("a.png")).toHaveText(/^Failed: This page may no longer do this: its key was removed or replaced\./);
  await reread;
  await keepScreenshot("key-refused");
});

test("an upload that the index does not show in time is called so", async ({ app, gallery, page, keepScreenshot }) => {
  await page.clock.install();
  await intercept(page, (request) => request.postData()?.includes("file_path = :p") === true, (route) =>
    route.fulfill({ json: { Items: [] }, headers: { "access-control-allow-origin": "*" } }),
  );
  await app.load();
  await app.upload(gallery, png("a.png"));
  await expect(app.state("a.png")).toHaveText("Uploaded, being indexed");
  await expect
    .poll(async () => {
      await page.clock.runFor(5_000);
      return app.state("a.png").textContent();
    })
    .toBe("Uploaded; still being indexed");
  await keepScreenshot("still-being-indexed");
});

test("uploads wait while there is no connection and go on by themselves", async ({ app, gallery, page, context, keepScreenshot }) => {
  await app.openGallery(gallery);
  await expect(app.viewState).toContainText("No pictures in");
  await context.setOffline(true);
  await expect(page.getByRole("alert")).toHaveText("You are offline. Uploads go on when the connection is back.");
  await app.upload(gallery, png("a.png"));
  await expect(app.state("a.png")).toHaveText("Waiting for the connection");
  await keepScreenshot("offline-upload");

  await context.setOffline(false);
  await expect(page.getByRole("alert")).toBeHidden();
  await app.expectStored("a.png");
});

test("the browser asks before the page is left while files are on their way", async ({ app, gallery, page }) => {
  const uploads = await hold(page, isUpload);
  const questions: string[] = [];
  page.on("dialog", async (dialog) => {
    questions.push(dialog.type());
    await dialog.dismiss();
  });
  await app.upload(gallery, png("a.png"));
  await expect.poll(uploads.count).toBe(1);
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => questions).toEqual(["beforeunload"]);

  uploads.release();
  await app.expectStored("a.png");
  await page.goto("about:blank");
  expect(questions).toHaveLength(1);
});
