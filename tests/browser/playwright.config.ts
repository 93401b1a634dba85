import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "specs",
  globalSetup: "./support/local-stack.ts",
  outputDir: "../../target/browser-test-results",
  fullyParallel: true,
  workers: 2,
  // A test that passes only now and then is a failing test.
  retries: 0,
  forbidOnly: true,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 20_000 },
  use: {
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    // No snapshots of the DOM: to take them Playwright reads the page's blob: addresses, which its policy forbids.
    trace: { mode: "retain-on-failure", snapshots: false },
    launchOptions: {
      // Debian's Chromium; Playwright's own would be another download.
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
