// A file without a name, and a notebook: nothing breaks, nothing is offered that can't be done, and the palette says why.

import { sleep } from "../editor.mjs";
import { MODULE, staged } from "../staged.mjs";

const NOTEBOOK = JSON.stringify({
  cells: [{ cell_type: "code", execution_count: null, metadata: {}, outputs: [], source: MODULE.split(/(?<=\n)/) }],
  metadata: { language_info: { name: "python" } },
  nbformat: 4,
  nbformat_minor: 5,
});

export const play = (stage) =>
  staged("nowhere", stage, { files: { "model.py": MODULE, "notebook.ipynb": NOTEBOOK } }, async (editor) => {
    await editor.openFile("model.py");
    await editor.lens("Fuse to Triton").waitFor({ timeout: 60_000 });
    await editor.command("File: New Untitled Text File");
    await editor.page.locator(".tab.active", { hasText: "Untitled-1" }).waitFor();
    await editor.page.keyboard.insertText(MODULE.replace(/^ +/gm, "")); // the editor indents by itself
    await editor.command("Change Language Mode");
    await editor.page.locator(".quick-input-widget .quick-input-filter input").fill("Python");
    await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "Python" }).first().click();
    await sleep(1000);
    await editor.command("KernelAgent: Fuse to Triton");
    await editor.notification("Only a saved .py file can be fused").waitFor();
    await editor.picture("untitled");
    await editor.closeNotifications();
    await editor.openFile("notebook.ipynb");
    await editor.page.locator(".notebook-editor .cell").first().waitFor({ timeout: 120_000 });
    await editor.page.locator(".notebook-editor .view-lines").first().click();
    await editor.command("KernelAgent: Fuse to Triton");
    await editor.notification("Only a saved .py file can be fused").waitFor();
    await editor.picture("notebook");
    if (editor.servers().length !== 1) {
      throw new Error("the server is gone");
    }
  });
