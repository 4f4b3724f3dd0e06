// The question's own Review opens both files side by side, and the question is asked again.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { CLASS_LINE, staged } from "../staged.mjs";

export const play = (stage) =>
  staged("review", stage, {}, async (editor) => {
    await editor.openFile("model.py");
    await editor.goTo(CLASS_LINE);
    await editor.showJobs();
    await editor.lens("Fuse to Triton").click({ timeout: 60_000 });
    const button = (text) => editor.page.locator(".monaco-button", { hasText: text });
    const question = editor.notification("GatedMLP").filter({ has: button("Review") });
    await question.waitFor({ timeout: 300_000 });
    await editor.press(question, "Review");
    await editor.page.locator(".tab.active", { hasText: "Review GatedMLP" }).waitFor();
    await editor.page.locator(".multiDiffEntry").first().waitFor();
    await question.waitFor();
    await editor.picture("review-from-question");
    if (existsSync(join(editor.workspace, "model_triton.py"))) {
      throw new Error("reviewing has written something");
    }
    await editor.press(question, "Discard");
    await editor.job("discarded").waitFor();
    await editor.job("discarded").hover();
    if (await editor.job("discarded").locator(".action-label[aria-label='Apply']").count()) {
      throw new Error("what was discarded is offered");
    }
    await editor.picture("discarded", { points: true });
  });
