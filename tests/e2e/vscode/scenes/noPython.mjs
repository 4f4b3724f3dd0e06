// No Python, or one that is too old: a message that says so, with a button; a better choice starts the server.

import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { staged } from "../staged.mjs";

export function play(stage) {
  const old = join(mkdtempSync(join(tmpdir(), "kernelagent-python-")), "python");
  const told = JSON.stringify({ executable: old, version: "3.8.10", torch: null, triton: null, hasServer: false });
  writeFileSync(old, `#!/bin/sh\necho '${told}'\n`);
  chmodSync(old, 0o755);
  const settings = { "kernelagent.server.interpreter": old };
  return staged("noPython", stage, { settings }, async (editor) => {
    await editor.openFile("model.py");
    const message = editor.notification("is Python 3.8.10");
    await message.waitFor();
    await editor.showJobs();
    await editor.page.getByText("KernelAgent is not running. Its log says why.").waitFor();
    await editor.picture("no-python");
    await editor.press(message, "Open Settings");
    await editor.page.locator(".settings-editor", { hasText: "that runs the server" }).waitFor();
    await editor.picture("no-python-settings");
    await editor.page.keyboard.press("Escape");
    await editor.page.locator(".settings-editor").waitFor({ state: "hidden" });
    editor.changeSettings({ "kernelagent.server.interpreter": "/nowhere/python" });
    await editor.notification("There is no working Python at /nowhere/python").waitFor();
    editor.changeSettings({ "kernelagent.server.interpreter": stage.python });
    await editor.openFile("model.py");
    await editor.lens("Fuse to Triton").waitFor({ timeout: 60_000 });
  });
}
