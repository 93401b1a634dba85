import { defineConfig } from "vitest/config";

// The oldest browsers the page is built for: the first ones with CSS light-dark().
const browsers = ["chrome123", "firefox120", "safari17.5"];

export default defineConfig({
  // Relative addresses, so that the page works wherever it is served from.
  base: "./",
  build: {
    target: browsers,
    cssTarget: browsers,
    // One chunk, asked for at the start: there is nothing to preload.
    modulePreload: false,
    assetsInlineLimit: 0,
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
