import { expect, test } from "../support/fixtures.ts";
import { PAGE_URL } from "../support/gallery-page.ts";

const NOT_SET_UP = "This gallery is not set up yet. Run gallery-deploy up.";

test.beforeEach(({ expectedErrors }) => {
  expectedErrors.push(/Failed to load resource/);
});

for (const [what, answer, detail] of [
  ["missing", { status: 404, body: "" }, "config.json is missing."],
  ["hidden", { status: 403, body: "" }, "config.json is missing."],
  ["not JSON", { status: 200, body: "<html>" }, "config.json is not JSON."],
  ["incomplete", { status: 200, body: '{"region": "us-west-2"}' }, 'config.json: "endpoint" is missing or not valid.'],
] as const) {
  test(`with a config.json that is ${what} the page is not set up`, async ({ page, keepScreenshot }) => {
    await page.route("**/config.json", (route) => route.fulfill(answer));
    await page.goto(PAGE_URL);
    await expect(page.getByText(NOT_SET_UP)).toBeVisible();
    await expect(page.locator("#notice-detail")).toHaveText(detail);
    await expect(page.getByRole("button")).toHaveCount(0);
    await keepScreenshot(`not-set-up-${what.replace(" ", "-")}`);
  });
}

test("settings that cannot be asked for can be asked for again", async ({ app, page, keepScreenshot }) => {
  await page.route("**/config.json", (route) => route.abort("connectionreset"));
  await page.goto(PAGE_URL);
  await expect(page.locator("#notice-text")).toHaveText("The settings of this page could not be read.");
  await keepScreenshot("settings-unreadable");
  await page.unroute("**/config.json");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(app.viewState).toContainText("Open a gallery");
});

test("the settings are asked for anew, past every cache", async ({ app, page }) => {
  await app.load();
  const asked = page.waitForRequest("**/config.json");
  await page.reload();
  expect((await (await asked).allHeaders())["cache-control"]).toBe("no-cache");
});

test("the title comes from the settings", async ({ app, page }) => {
  await app.load();
  const json = { ...(await app.config()), title: "Our <b>holidays</b>" };
  await page.route("**/config.json", (route) => route.fulfill({ json }));
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Our <b>holidays</b>");
  await expect(page).toHaveTitle("Our <b>holidays</b>");
});

test("a gallery is seen even if the half of the page that uploads does not arrive", async ({ app, gallery, page, keepScreenshot }) => {
  await page.route("**/assets/uploads-*.js", (route) => route.abort());
  await page.goto(`${PAGE_URL}?gallery=${gallery}`);
  await expect(app.filesError).toHaveText("A part of this page could not be loaded. Reload the page to upload pictures.");
  await expect(app.viewState).toContainText("No pictures in");
  await expect(app.uploadButton).toBeDisabled();
  await keepScreenshot("uploads-missing");
});
