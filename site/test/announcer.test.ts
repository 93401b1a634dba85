import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createAnnouncer } from "../src/ui/announcer.ts";

const region = { textContent: "" };

beforeEach(() => {
  region.textContent = "";
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("says the first message at once", () => {
  createAnnouncer(region)("1 of 3 uploaded");
  expect(region.textContent).toBe("1 of 3 uploaded");
});

it("says the newest message of a second when the second is over, and nothing before", () => {
  const announce = createAnnouncer(region);
  announce("1 of 3 uploaded");
  announce("2 of 3 uploaded");
  announce("3 of 3 uploaded");
  vi.advanceTimersByTime(999);
  expect(region.textContent).toBe("1 of 3 uploaded");
  vi.advanceTimersByTime(1);
  expect(region.textContent).toBe("3 of 3 uploaded");
  announce("1 of 1 deleted");
  vi.advanceTimersByTime(999);
  expect(region.textContent).toBe("3 of 3 uploaded");
  vi.advanceTimersByTime(1);
  expect(region.textContent).toBe("1 of 1 deleted");
});

it("says a message at once after a second of silence", () => {
  const announce = createAnnouncer(region);
  announce("1 of 2 uploaded");
  vi.advanceTimersByTime(1000);
  announce("2 of 2 uploaded");
  expect(region.textContent).toBe("2 of 2 uploaded");
});
