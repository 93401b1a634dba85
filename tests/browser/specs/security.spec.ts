import { expect, test } from "../support/fixtures.ts";
import { PAGE_URL } from "../support/gallery-page.ts";
import { png } from "../support/images.ts";

test("the Content-Security-Policy names the two origins and no more", async ({ app, page }) => {
  await app.load();
  const { endpoint } = await app.config();
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  expect(policy).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; " +
      `img-src 'self' blob: data: ${endpoint}; connect-src 'self' ${endpoint}; base-uri 'none'; form-action 'none'`,
  );
});

test("the policy stops inline scripts and other origins", async ({ app, page, expectedErrors }) => {
  expectedErrors.push(/Content Security Policy/, /Failed to fetch/);
  await app.load();
  const result = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
    const elsewhere = await fetch("http://127.0.0.1:9/").then(() => "sent", () => "refused");
    return { ran: "ran" in window, elsewhere };
  });
  expect(result).toEqual({ ran: false, elsewhere: "refused" });
});

test("the images bucket answers the page's origin and no other", async ({ app, gallery, page, context, expectedErrors }) => {
  // Playwright itself does not tell of preflights.
  const preflights: string[] = [];
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ request }) => {
    if (request.method === "OPTIONS") {
      preflights.push(request.url);
    }
  });
  await app.load();
  await app.upload(gallery, png("a.png"));
  await app.expectStored("a.png");
  const { endpoint, images_bucket } = await app.config();
  const url = `${endpoint}/${images_bucket}/images/${gallery}/a.png`;
  expect(preflights).toContain(url);

  // The same browser on another origin; the bucket is the same under its other name.
  expectedErrors.push(/CORS policy/, /Failed to load resource/);
  const stranger = await context.newPage();
  await stranger.goto(`${endpoint}/_ministack/health`);
  const attempt = (init: RequestInit): Promise<string> =>
    stranger.evaluate(
      ({ url, init }) => fetch(url, init).then(() => "answered", () => "refused"),
      { url: url.replace("127.0.0.1", "localhost"), init },
    );
  expect(await attempt({ mode: "no-cors" })).toBe("answered");
  expect(await attempt({ method: "GET" })).toBe("refused");
  expect(await attempt({ method: "PUT" })).toBe("refused");
});

test("the page sends nothing to any third origin", async ({ app, gallery, page }) => {
  const origins = new Set<string>();
  page.on("request", (request) => {
    if (request.url().startsWith("http")) {
      origins.add(new URL(request.url()).origin);
    }
  });
  await app.load();
  await app.upload(gallery, png("a.png"));
  await app.expectStored("a.png");
  const { endpoint } = await app.config();
  expect([...origins].sort()).toEqual([new URL(PAGE_URL).origin, endpoint].sort());
});
