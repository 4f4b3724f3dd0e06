// The language status: which Python, busy while a job runs, and its click shows the jobs. Restart, logs, debug information.

import { until } from "../editor.mjs";
import { CLASS_LINE, staged } from "../staged.mjs";

export const play = (stage) =>
  staged("status", stage, {}, async (editor) => {
    const { page } = editor;
    await editor.openFile("model.py");
    await editor.goTo(CLASS_LINE);
    const first = await editor.server();
    const status = page.locator("#status\\.languageStatus");
    const shown = page.locator(".hover-language-status");
    const hover = async () => {
      await page.mouse.move(600, 300);
      await status.hover();
      await shown.first().waitFor();
    };
    await until(async () => {
      await hover();
      return (await shown.allInnerTexts()).join(" ").includes("Triton");
    }, "the versions in the language status", 60_000);
    await editor.picture("status", { points: true });
    await editor.lens("Fuse to Triton").click({ timeout: 60_000 });
    await editor.notification("Fusing GatedMLP").waitFor();
    await until(async () => {
      await hover();
      return (await shown.allInnerTexts()).join(" ").includes("1 job runs");
    }, "the busy status");
    await shown.locator("a", { hasText: "Show Jobs" }).click();
    await editor.job("Fuse GatedMLP").waitFor();
    await editor.command("KernelAgent: Restart Server");
    const warning = editor.notification("would be cancelled");
    await warning.waitFor();
    await editor.press(warning, "Restart Now");
    await until(() => editor.servers().some(({ pid }) => pid !== first.pid), "another server");
    await editor.job("cancelled").waitFor();
    await editor.notification("Fusing GatedMLP").waitFor({ state: "hidden" });
    await editor.command("KernelAgent: Copy Debug Information");
    await editor.notification("on the clipboard").waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    for (const part of ["VS Code 1.", "kernelagent-lsp", "Python 3."]) {
      if (!text.includes(part)) {
        throw new Error(`the debug information has no ${part}: ${text}`);
      }
    }
    await editor.command("KernelAgent: Show Logs");
    const panel = page.locator("#workbench\\.parts\\.panel");
    await panel.waitFor();
    await until(async () => (await panel.innerText()).replaceAll("\u00a0", " ").includes("Starting"), "the log");
    await editor.picture("logs");
  });
