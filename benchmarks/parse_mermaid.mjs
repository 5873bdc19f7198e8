// Median seconds that mermaid.js takes to parse each text of a JSON object on stdin: the part of benchmarks/parse.py in node.
// Usage: node parse_mermaid.mjs FOLDER REPEAT, where FOLDER has mermaid and jsdom in its node_modules.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, repeat] = process.argv.slice(2);
const require = createRequire(pathToFileURL(resolve(folder, "index.js")));
const { JSDOM } = require("jsdom");
const page = new JSDOM("<!DOCTYPE html><body></body>", { pretendToBeVisual: true });
globalThis.window = page.window;
globalThis.document = page.window.document;
globalThis.Option = page.window.Option;

const entry = resolve(folder, "node_modules/mermaid/dist/mermaid.core.mjs");
const mermaid = (await import(pathToFileURL(entry))).default;
mermaid.initialize({ startOnLoad: false, maxTextSize: 1e9, maxEdges: 1e9, logLevel: 5 });
console.log = console.warn = console.error = () => {};

const texts = JSON.parse(readFileSync(0, "utf8"));
const seconds = {};
for (const [name, text] of Object.entries(texts)) {
  const times = [];
  for (let run = 0; run <= Number(repeat); run++) {
    const began = performance.now();
    await mermaid.mermaidAPI.getDiagramFromText(text);
    times.push((performance.now() - began) / 1000);
  }
  times.shift();
  times.sort((a, b) => a - b);
  seconds[name] = times[Math.floor(times.length / 2)];
}
process.stdout.write(JSON.stringify(seconds));
