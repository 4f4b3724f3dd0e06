// What Apply wrote inline is one step: one undo takes all of it back.

import { until } from "../editor.mjs";
import { CLASS_LINE, MODULE, staged } from "../staged.mjs";

export const play = (stage) =>
  staged("undo", stage, { settings: { "kernelagent.output": "inline" } }, async (editor) => {
    await editor.openFile("model.py");
    await editor.goTo(CLASS_LINE);
    await editor.showJobs();
    await editor.lens("Fuse to Triton").click({ timeout: 60_000 });
    await editor.job("verified").waitFor({ timeout: 300_000 });
    await editor.job("verified").hover();
    await editor.job("verified").locator(".action-label[aria-label='Apply']").click();
    await editor.job("applied").waitFor();
    await editor.openFile("model.py");
    await editor.command("File: Save");
    await until(() => editor.text("model.py").includes("@triton.jit"), "the kernel in the file");
    await editor.picture("inline");
    await editor.page.locator(".editor-group-container.active .view-lines").click({ position: { x: 200, y: 10 } });
    await editor.page.keyboard.press("Control+Z");
    await editor.command("File: Save");
    await until(() => editor.text("model.py") === MODULE, "the file as it was");
  });
