// Open, lens, fuse with the built-in synthesizer, progress, jobs view, apply, undo, report.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { until } from "../editor.mjs";
import { CLASS_LINE, staged } from "../staged.mjs";

export const play = (stage) =>
  staged("fuse", stage, {}, async (editor) => {
    await editor.openFile("model.py");
    await editor.lens("Fuse to Triton").waitFor({ timeout: 60_000 });
    await editor.goTo(CLASS_LINE);
    await editor.showJobs();
    await editor.picture("welcome-view");
    await editor.lens("Fuse to Triton").click();
    const running = editor.job("Fuse GatedMLP");
    await running.waitFor();
    await editor.notification("Fusing GatedMLP to Triton").waitFor();
    await until(async () => (await editor.jobs().count()) >= 3, "stages in the jobs view", 60_000);
    await editor.picture("running");
    const question = editor.notification("GatedMLP").filter({ has: editor.page.locator(".monaco-button", { hasText: "Apply" }) });
    await question.waitFor({ timeout: 300_000 });
    await editor.job("verified").waitFor();
    await editor.lens("Apply the Triton kernel").waitFor();
    await editor.job("verified").hover();
    await editor.picture("verified", { points: true });
    if (existsSync(join(editor.workspace, "model_triton.py"))) {
      throw new Error("something was written before Apply");
    }
    await editor.job("verified").hover();
    await editor.job("verified").locator(".action-label[aria-label='Review']").click();
    await editor.page.locator(".tab.active", { hasText: "Review GatedMLP" }).waitFor();
    await editor.page.locator(".multiDiffEntry").first().waitFor();
    await editor.picture("review");
    if (existsSync(join(editor.workspace, "model_triton.py"))) {
      throw new Error("reviewing has written something");
    }
    await editor.openFile("model.py");
    await editor.job("verified").hover();
    await editor.job("verified").locator(".action-label[aria-label='Apply']").click();
    await editor.job("applied").waitFor();
    await editor.picture("applied");
    await editor.job("applied").hover();
    await editor.job("applied").locator(".action-label[aria-label='Report']").click();
    await editor.page.locator(".tab", { hasText: "report.md" }).waitFor();
    const page = editor.page.frameLocator("iframe.webview").frameLocator("iframe");
    await page.locator("h2", { hasText: "Verdict" }).waitFor();
    await page.locator("img").first().evaluate((image) => image.decode()); // fails where the graph is not found
    await editor.picture("report");
  });
