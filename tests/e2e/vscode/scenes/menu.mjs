// The context menu fuses without a keyboard; the palette offers what can be done in the file at hand, and no more.

import { MODULE, staged } from "../staged.mjs";

export const play = (stage) =>
  staged("menu", stage, { files: { "model.py": MODULE, "plain.py": "answer = 42\n" } }, async (editor) => {
    const { page } = editor;
    await editor.openFile("plain.py");
    await editor.server();
    const here = await editor.commandsLike("KernelAgent: ");
    if (here.some((title) => title.includes("Fuse to Triton"))) {
      throw new Error(`fusing is offered in a file without modules: ${here.join(", ")}`);
    }
    if (!here.some((title) => title.includes("Set API Key"))) {
      throw new Error(`no key can be set: ${here.join(", ")}`);
    }
    await editor.openFile("model.py");
    await editor.lens("Fuse to Triton").waitFor({ timeout: 60_000 });
    await page.locator(".view-line", { hasText: "gated = F.silu" }).click({ button: "right" });
    const entry = page.locator(".monaco-menu .action-item", { hasText: "KernelAgent" });
    await entry.waitFor();
    await entry.hover();
    const fuse = page.getByRole("listitem").filter({ hasText: /^Fuse to Triton$/ });
    await fuse.waitFor();
    await editor.picture("menu", { points: true });
    await fuse.click();
    await editor.notification("Fusing GatedMLP to Triton").waitFor();
  });
