// Drives the extension through its scenes in a real VS Code.
//
//   node tests/e2e/vscode/campaign.mjs --vsix vscode-client/kernelagent-lsp.vsix --python .venv/bin/python
//        [--size 1] [--only fuse,cancel] [--theme dark,light] [--pictures FOLDER]
//
// Each scene is played `size` times in each theme. KERNELAGENT_PICTURES names the folder of the screenshots, too.

import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    vsix: { type: "string" },
    python: { type: "string" },
    size: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    theme: { type: "string", default: "dark" },
    pictures: { type: "string" },
  },
});
const scenesFolder = join(import.meta.dirname, "scenes");
const only = values.only.split(",").filter(Boolean);
const names = readdirSync(scenesFolder)
  .map((file) => file.replace(/\.mjs$/, ""))
  .filter((name) => only.length === 0 || only.includes(name));
const pictures = resolve(values.pictures || process.env.KERNELAGENT_PICTURES || mkdtempSync(join(tmpdir(), "kernelagent-pictures-")));
console.log(`pictures: ${pictures}`);

let passed = 0;
let failed = 0;
for (let round = 1; round <= Number(values.size); round += 1) {
  for (const theme of values.theme.split(",")) {
    for (const name of names) {
      const { play } = await import(join(scenesFolder, `${name}.mjs`));
      const begun = Date.now();
      try {
        await play({ vsix: resolve(values.vsix), python: resolve(values.python), theme, pictures });
        passed += 1;
        console.log(`ok      ${name} (${theme}, round ${round}) ${((Date.now() - begun) / 1000).toFixed(1)} s`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED  ${name} (${theme}, round ${round}) ${firstLines(error.stack)}`);
      }
    }
  }
}

/** Without the hundreds of lines that a browser's driver writes of each thing that it tried. */
function firstLines(text) {
  return text.split("\n").slice(0, 12).join("\n");
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
