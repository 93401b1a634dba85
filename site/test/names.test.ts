import { describe, expect, it } from "vitest";
import { commonStem, freeName, keyFits, sendableFileName } from "../src/file-names.ts";
import { byteLength, encodeKey, fileNameOf, objectKey } from "../src/keys.ts";
import { galleryNameProblem, withoutExtension } from "../src/names.ts";

describe("keys", () => {
  it.each([
    ["images/g/a.png", "images/g/a.png"],
    ["images/g/a b+c.png", "images/g/a%20b%2Bc.png"],
    ["images/50%/é日🏝.png", "images/50%25/%C3%A9%E6%97%A5%F0%9F%8F%9D.png"],
    ["images/g/(it's) *new*!", "images/g/%28it%27s%29%20%2Anew%2A%21"],
    ["images/g/a?b#c&d=e", "images/g/a%3Fb%23c%26d%3De"],
    ["images/g/-_.~", "images/g/-_.~"],
  ])("encodes %s", (key, encoded) => {
    expect(encodeKey(key)).toBe(encoded);
    expect(decodeURIComponent(encoded)).toBe(key);
    // What the browser makes of the address is the same path.
    expect(new URL(`https://host/${encoded}`).pathname).toBe(`/${encoded}`);
  });

  it("takes a key apart", () => {
    expect(fileNameOf(objectKey("summer 2026", "a.png"))).toBe("a.png");
    expect(fileNameOf("images/g/sub/a.png")).toBe("sub/a.png");
  });
});

describe("galleryNameProblem", () => {
  it.each(["summer", "a b", "...", "50% off?", "日本", "é".repeat(507)])("accepts %s", (name) => {
    expect(galleryNameProblem(name)).toBeNull();
  });

  it.each([
    ["", "empty"],
    ["  ", "empty"],
    ["a/b", "slash"],
    ["/", "slash"],
    [".", "dots"],
    ["..", "dots"],
    ["a\nb", "control"],
    ["a\u007f", "control"],
    ["half \ud83c", "control"],
    ["a".repeat(1016), "too-long"],
    ["é".repeat(508), "too-long"],
  ])("refuses %j", (name, problem) => {
    expect(galleryNameProblem(name)).toBe(problem);
  });

  it("leaves room for a file of one byte in the longest gallery", () => {
    const longest = "a".repeat(1015);
    expect(galleryNameProblem(longest)).toBeNull();
    expect(keyFits(longest, "x")).toBe(true);
    expect(keyFits(longest, "xy")).toBe(false);
  });
});

describe("file names", () => {
  it("replaces what no key can hold", () => {
    expect(sendableFileName("a/b\u0000c\ud800.png")).toBe("a_b_c_.png");
    expect(sendableFileName("🏝 é.png")).toBe("🏝 é.png");
  });

  it.each([
    ["photo.jpg", "photo"],
    ["archive.tar.gz", "archive.tar"],
    ["README", "README"],
    [".hidden", ".hidden"],
  ])("strips the extension of %s", (name, stem) => {
    expect(withoutExtension(name)).toBe(stem);
  });

  it("knows what numbered names have in common", () => {
    expect(commonStem("photo.jpg")).toBe("photo");
    expect(commonStem("photo (12).jpg")).toBe("photo");
    expect(commonStem("photo (x).jpg")).toBe("photo (x)");
  });
});

describe("freeName", () => {
  it.each([
    ["photo.jpg", [], "photo (2).jpg"],
    ["photo.jpg", ["photo (2).jpg", "photo (3).jpg"], "photo (4).jpg"],
    ["photo (2).jpg", [], "photo (3).jpg"],
    ["photo (7).jpg", ["photo (7).jpg"], "photo (2).jpg"],
    ["README", ["README (2)"], "README (3)"],
  ])("for %s with %j taken", (name, taken, expected) => {
    expect(freeName("g", name, new Set(taken))).toBe(expected);
  });

  it("stays within the length of a key without cutting an emoji in half", () => {
    const name = `${"🏝".repeat(252)}.jpg`;
    expect(byteLength(objectKey("g", name))).toBe(1021);
    const free = freeName("g", name, new Set());
    expect(free.endsWith(" (2).jpg")).toBe(true);
    expect(keyFits("g", free)).toBe(true);
    expect(free.isWellFormed()).toBe(true);
  });
});
