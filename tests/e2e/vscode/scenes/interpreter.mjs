// The Python Environments extension's choice goes first, then the Python extension's; a change of it leaves the server.

import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { until } from "../editor.mjs";
import { standIns } from "../pythonExtensions.mjs";
import { staged } from "../staged.mjs";

/** The same Python under another name. */
function alias(python, name) {
  const path = join(mkdtempSync(join(tmpdir(), "kernelagent-python-")), name);
  writeFileSync(path, `#!/bin/sh\nexec '${python}' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

export function play(stage) {
  const [first, second] = [alias(stage.python, "first-python"), alias(stage.python, "second-python")];
  const settings = { "kernelagent.interpreter": null, "standin.environments": first, "standin.python": second };
  return staged("interpreter", stage, { settings, extensions: standIns() }, async (editor) => {
    const { page } = editor;
    await editor.openFile("model.py");
    const server = await editor.server();
    const shown = page.locator(".hover-language-status");
    const shows = (text) =>
      until(async () => {
        await page.mouse.move(600, 300);
        await page.locator("#status\\.languageStatus").hover();
        await shown.first().waitFor();
        return (await shown.allInnerTexts()).join(" ").includes(text);
      }, text, 60_000);
    await shows("Python Environments");
    await editor.showJobs();
    await editor.openFile("model.py");
    await editor.lens("Fuse to Triton").click({ timeout: 60_000 });
    await editor.job("verified").waitFor({ timeout: 300_000 });
    const workers = editor.processes("bootstrap.py");
    if (workers.length === 0) {
      throw new Error("no worker runs");
    }
    editor.changeSettings({ "standin.environments": "" });
    await shows("Python extension");
    await until(
      () => !editor.processes("bootstrap.py").some(({ pid }) => workers.some((old) => old.pid === pid)),
      "the old interpreter's workers to end",
    );
    if (editor.servers().every(({ pid }) => pid !== server.pid)) {
      throw new Error("the server was restarted");
    }
    await editor.command("KernelAgent: Select the Interpreter");
    await editor.notification("The Python extension asks.").waitFor();
  });
}
