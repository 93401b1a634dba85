import { expect, test } from "../support/fixtures.ts";
import { PAGE_URL } from "../support/gallery-page.ts";
import { largePng, png } from "../support/images.ts";
import { OtherClient } from "../support/other-client.ts";
import { hold, intercept, isQuery, readable } from "../support/requests.ts";

interface Query {
  readonly ExclusiveStartKey?: unknown;
  readonly KeyConditionExpression: string;
}

test("without a gallery the page says what to do", async ({ app, keepScreenshot }) => {
  await app.load();
  await expect(app.viewState).toContainText("Open a gallery to see its pictures.");
  await expect(app.refreshButton).toBeHidden();
  await keepScreenshot("start");
});

test("an empty gallery says so and offers to choose pictures", async ({ app, gallery, page, keepScreenshot }) => {
  // Long before the click that opens it: choosers are caught from the first listener on, but not from the same instant.
  const chooser = page.waitForEvent("filechooser");
  await app.load(gallery);
  await expect(app.viewState).toContainText(`No pictures in “${gallery}” yet.`);
  await keepScreenshot("empty");
  await app.viewState.getByRole("button", { name: "Choose pictures" }).click();
  await (await chooser).setFiles({ ...png("a.png") });
  await expect(app.row("a.png")).toContainText("Ready");
});

test("all pages of the query are read, newest first", async ({ app, gallery, page, expectedErrors, keepScreenshot }) => {
  // None of these pictures exists: every image fails, and its tile shows the name instead.
  expectedErrors.push(/Failed to load resource/);
  const item = (n: number): object => ({
    file_path: { S: `images/${gallery}/picture-${n}.png` },
    uploaded_at: { S: `2026-11-22T10:00:0${n}.000Z` },
  });
  const starts: unknown[] = [];
  await intercept(page, isQuery, (route) => {
    const { ExclusiveStartKey } = route.request().postDataJSON() as Query;
    starts.push(ExclusiveStartKey);
    const answers = [
      { Items: [item(1), item(4)], LastEvaluatedKey: { page: { S: "1" } } },
      { Items: [], LastEvaluatedKey: { page: { S: "2" } } },
      { Items: [item(3), item(2)] },
    ];
    return route.fulfill({ json: answers[starts.length - 1], headers: readable });
  });
  await app.load(gallery);
  await expect(page.locator("#view-count")).toHaveText("4 pictures");
  await expect(app.pictures.locator("a")).toHaveText(["picture-4.png", "picture-3.png", "picture-2.png", "picture-1.png"]);
  expect(starts).toEqual([undefined, { page: { S: "1" } }, { page: { S: "2" } }]);
  await keepScreenshot("broken-images");
});

test("Refresh shows the newest state and is disabled while loading", async ({ app, gallery, page, context, keepScreenshot }) => {
  await app.load();
  await app.upload(gallery, png("a.png"));
  await app.expectStored("a.png");

  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.locator("#pictures > li")).toHaveCount(1);
  await app.upload(gallery, png("b.png"));
  await app.expectStored("b.png");

  const query = await hold(other, isQuery);
  const refresh = other.getByRole("button", { name: "Refresh" });
  await refresh.focus();
  await other.keyboard.press("Enter");
  await expect.poll(query.count).toBe(1);
  await expect(refresh).toBeDisabled();
  await expect(other.locator("#pictures > li")).toHaveCount(0);
  await expect(other.locator("#view-state")).toContainText("Loading the gallery…");
  await other.screenshot({ path: "../../target/screenshots/loading.png" });
  query.release();
  await expect(other.locator("#pictures > li .name")).toHaveText(["b.png", "a.png"]);
  await expect(refresh).toBeEnabled();
  await expect(refresh).toBeFocused();
  await keepScreenshot("refreshed");
});

test("pictures that another client has put are shown, too", async ({ app, gallery, page }) => {
  await app.load(gallery);
  await expect(app.viewState).toContainText("No pictures in");
  const other = await OtherClient.ofPage();
  await other.put(gallery, png("copied.png"));
  await other.putInParts(gallery, largePng("in parts.png"));
  await expect(async () => {
    await page.getByRole("button", { name: "Refresh" }).click();
    await expect(app.pictures).toHaveCount(2, { timeout: 2_000 });
  }).toPass();
  await app.expectPicture("copied.png");
  await app.expectPicture("in parts.png");
});

test("a failed query is explained and can be tried again", async ({ app, gallery, page, expectedErrors, keepScreenshot }) => {
  expectedErrors.push(/Failed to load resource/);
  let broken = true;
  await intercept(page, isQuery, (route) =>
    broken
      ? route.fulfill({
          status: 400,
          headers: readable,
          json: { __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", message: "No such table" },
        })
      : route.fallback(),
  );
  await app.load(gallery);
  await expect(app.viewState).toContainText(
    "The gallery could not be loaded. The storage answered 400 ResourceNotFoundException No such table",
  );
  await keepScreenshot("query-failed");
  broken = false;
  await app.viewState.getByRole("button", { name: "Try again" }).click();
  await expect(app.viewState).toContainText("No pictures in");
});

test("after a failed query an upload brings the whole gallery, not one picture alone", async ({
  app,
  gallery,
  page,
  expectedErrors,
}) => {
  expectedErrors.push(/Failed to load resource/);
  await app.load();
  await app.upload(gallery, png("a.png"));
  await app.expectStored("a.png");
  let broken = true;
  await intercept(page, (request) => broken && isQuery(request), (route) => route.fulfill({ status: 400, headers: readable }));
  await app.refreshButton.click();
  await expect(app.viewState).toContainText("could not be loaded");
  broken = false;
  await app.upload(gallery, png("b.png"));
  await expect(app.pictures.locator(".name")).toHaveText(["b.png", "a.png"]);
});

test("a gallery that cannot be loaded offline is loaded when the connection is back", async ({
  app,
  gallery,
  context,
  expectedErrors,
  keepScreenshot,
}) => {
  expectedErrors.push(/Failed to load resource/);
  await app.load();
  await context.setOffline(true);
  await app.openGallery(gallery);
  await expect(app.viewState).toContainText("You are offline.");
  await keepScreenshot("offline-view");
  await context.setOffline(false);
  await expect(app.viewState).toContainText("No pictures in");
});

test("Back leads to the gallery before", async ({ app, gallery, page }) => {
  await app.load();
  await app.openGallery(`${gallery} 1`);
  await expect(page.getByRole("heading", { name: `${gallery} 1` })).toBeVisible();
  await app.openGallery(`${gallery} 2`);
  await expect(page.getByRole("heading", { name: `${gallery} 2` })).toBeVisible();
  await expect(page).toHaveTitle(`${gallery} 2 · Gallery`);
  await page.goBack();
  await expect(page.getByRole("heading", { name: `${gallery} 1` })).toBeVisible();
  await expect(app.galleryField).toHaveValue(`${gallery} 1`);
  await page.goBack();
  await expect(app.viewState).toContainText("Open a gallery");
});

test("the gallery's link is copied, or shown where copying is not allowed", async ({ app, gallery, page, context, keepScreenshot }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(PAGE_URL).origin });
  await app.load(`${gallery} é`);
  const copy = page.getByRole("button", { name: "Copy link" });
  await copy.click();
  await expect(page.locator("#copied")).toHaveText("Link copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  await keepScreenshot("link-copied");

  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
  });
  await copy.click();
  await expect(page.getByLabel("The browser did not allow copying. This is the link:")).toHaveValue(page.url());
  await keepScreenshot("link-not-copied");

  await app.openGallery(`${gallery} other`);
  await expect(page.locator("#copied")).toBeHidden();
});

test("a tile links to the original, in its own origin", async ({ app, gallery, page }) => {
  await app.load();
  await app.upload(gallery, png("(1)*!'.png"));
  await app.expectStored("(1)*!'.png");
  const { endpoint, images_bucket } = await app.config();
  const href = await app.pictures.getByRole("link").getAttribute("href");
  expect(href).toBe(`${endpoint}/${images_bucket}/images/${gallery}/%281%29%2A%21%27.png`);
  expect(new URL(page.url()).origin).not.toBe(new URL(endpoint).origin);
  await expect(app.pictures.getByRole("img")).toHaveAttribute("loading", "lazy");
});
