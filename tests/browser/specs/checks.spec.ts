import { expect, test } from "../support/fixtures.ts";
import { png } from "../support/images.ts";

test.beforeEach(async ({ app, page }) => {
  page.on("dialog", () => {
    throw new Error("messages stand beside their control, never in an alert");
  });
  await app.load();
});

test("no file and no gallery name are said beside their controls", async ({ app, keepScreenshot }) => {
  await app.uploadButton.click();
  await expect(app.filesError).toHaveText("Choose at least one picture first.");
  await expect(app.filesInput).toHaveAccessibleDescription(/Choose at least one picture first\./);
  await expect(app.filesInput).toHaveAttribute("aria-invalid", "true");
  await expect(app.galleryError).toHaveText("Enter the name of a gallery.");
  await expect(app.galleryField).toHaveAccessibleDescription("Enter the name of a gallery.");
  await expect(app.galleryField).toBeFocused();
  await keepScreenshot("messages-nothing-given");

  await app.choose(png("a.png"));
  await expect(app.filesError).toBeEmpty();
  await app.galleryField.fill("x");
  await expect(app.galleryError).toBeEmpty();
  await expect(app.galleryField).not.toHaveAttribute("aria-invalid");
});

for (const [name, problem] of [
  ["a/b", "A gallery's name cannot contain a slash (/)."],
  ["..", "A gallery cannot be called “.” or “..”."],
  ["   ", "Enter the name of a gallery."],
  ["é".repeat(600), "This name is too long"],
] as const) {
  test(`the gallery name ${name.slice(0, 5)} is refused`, async ({ app, page }) => {
    await app.openGallery(name);
    await expect(app.galleryError).toContainText(problem);
    expect(new URL(page.url()).search).toBe("");
  });
}

test("an address with an impossible gallery says so", async ({ app }) => {
  await app.load("a/b");
  await expect(app.galleryError).toHaveText("A gallery's name cannot contain a slash (/).");
  await expect(app.viewState).toContainText("Open a gallery");
});

test("files that will not do are named with the reason, the others are kept", async ({ app, keepScreenshot }) => {
  const { max_size_mib } = await app.config();
  const tooLarge = Buffer.alloc(max_size_mib * 1024 * 1024 + 1);
  await app.choose(
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("text") },
    { name: "drawing.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") },
    { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
    { name: "huge.png", mimeType: "image/png", buffer: tooLarge },
    png("fine.png"),
  );
  await expect(app.filesError).toContainText("“notes.txt” is not a picture.");
  await expect(app.filesError).toContainText("“drawing.svg” is image/svg+xml. Accepted are JPEG, PNG");
  await expect(app.filesError).toContainText("“empty.png” is empty.");
  await expect(app.filesError).toContainText(`“huge.png” is too large (${max_size_mib}.0 MiB). At most ${max_size_mib} MiB`);
  await expect(app.uploads).toHaveCount(1);
  await expect(app.row("fine.png")).toContainText("Ready");
  await keepScreenshot("messages-refused-files");

  await app.row("fine.png").getByRole("button", { name: "Remove fine.png" }).click();
  await expect(app.uploads).toHaveCount(0);
});

test("a name that is too long together with the gallery's is refused", async ({ app, gallery }) => {
  const name = `${"n".repeat(1000)}.png`;
  await app.upload(gallery, png(name));
  await expect(app.filesError).toContainText("too long together with the gallery's");
  await expect(app.row(name)).toContainText("Ready");
});
