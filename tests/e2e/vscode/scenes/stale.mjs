// A class changes after its kernel was applied: that is said, and one quick fix fuses it again.

import { until } from "../editor.mjs";
import { CLASS_LINE, staged } from "../staged.mjs";

const LAST_LINE = 18;

export const play = (stage) =>
  staged("stale", stage, { settings: { "kernelagent.apply": "auto" } }, async (editor) => {
    await editor.openFile("model.py");
    await editor.goTo(CLASS_LINE);
    await editor.showJobs();
    await editor.lens("Fuse to Triton").click({ timeout: 60_000 });
    await editor.job("applied").waitFor({ timeout: 300_000 });
    await editor.openFile("model.py");
    await editor.goTo(LAST_LINE);
    await editor.page.keyboard.press("End");
    await editor.page.keyboard.type(" * 2.0");
    await editor.command("File: Save All");
    await editor.goTo(CLASS_LINE);
    await editor.page.locator(".squiggly-warning").first().waitFor();
    await editor.page.keyboard.press("Control+.");
    const again = editor.page.locator(".action-widget .monaco-list-row", { hasText: "Fuse again" });
    await again.waitFor();
    await editor.picture("stale");
    await again.click();
    await until(async () => (await editor.job("Fuse GatedMLP").count()) >= 2, "another job");
    await editor.job("applied").first().waitFor({ timeout: 300_000 });
    await until(() => editor.job("applied").count().then((count) => count === 1), "the new kernel alone", 300_000);
    await editor.picture("fused-again");
  });
