// Fails the build when the page has grown over its budget or has lost one of the properties that the deployer and the
// Content-Security-Policy count on. Run after `vite build`.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Bytes after gzip. Initial is what index.html loads: it shows a gallery. All is that and what uploads. */
const BUDGETS = [
  { what: "initial js", extension: "js", initial: true, bytes: 10_000 },
  { what: "all js", extension: "js", initial: false, bytes: 15_000 },
  { what: "css", extension: "css", initial: false, bytes: 2_500 },
];

/** The deployer replaces this origin by those of the images bucket and of DynamoDB. */
const PLACEHOLDER = "https://origins.gallery-deploy.invalid";
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; " +
  `img-src 'self' blob: data: ${PLACEHOLDER}; connect-src 'self' ${PLACEHOLDER}; base-uri 'none'; form-action 'none'`;

/** Addresses in the output that nothing is fetched from: the placeholder, and the name of SVG in the icon. */
const HARMLESS = [PLACEHOLDER, "http://www.w3.org"];

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const read = (file) => readFileSync(join(dist, file), "utf8");
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(dist.length));
const html = read("index.html");
const problems = [];

for (const { what, extension, initial, bytes } of BUDGETS) {
  const counted = files.filter((file) => file.endsWith(`.${extension}`) && (!initial || html.includes(file)));
  const size = counted.reduce((sum, file) => sum + gzipSync(read(file), { level: 9 }).length, 0);
  console.log(`${what}: ${size} of ${bytes} bytes gzip`);
  if (size === 0 || size > bytes) {
    problems.push(`${what} is outside its budget`);
  }
}

for (const file of files) {
  // A host that goes on with `${` is put together at run time from config.json.
  for (const origin of read(file).match(/https?:\/\/[a-z0-9.-]+(?![a-z0-9.$-])/gi) ?? []) {
    if (!HARMLESS.includes(origin)) {
      problems.push(`${file} names the origin ${origin}`);
    }
  }
}

if (!html.includes(`http-equiv="Content-Security-Policy" content="${POLICY}"`)) {
  problems.push("the Content-Security-Policy of index.html is not the agreed one");
}
if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i.test(html)) {
  problems.push("index.html holds an inline script or style, which its Content-Security-Policy forbids");
}
for (const file of files.filter((each) => each !== "index.html" && !/^assets\/.+-[\w-]{8}\.\w+$/.test(each))) {
  problems.push(`${file} has no hash in its name`);
}

if (problems.length > 0) {
  console.error(problems.map((problem) => `error: ${problem}`).join("\n"));
  process.exitCode = 1;
}
