// A job is cancelled from the jobs view, another from the progress notification; a reload of the window forgets neither.

import { sleep, until } from "../editor.mjs";
import { CLASS_LINE, staged } from "../staged.mjs";

export const play = (stage) =>
  staged("cancel", stage, {}, async (editor) => {
    await editor.openFile("model.py");
    await editor.goTo(CLASS_LINE);
    await editor.showJobs();
    await editor.lens("Fuse to Triton").click({ timeout: 60_000 });
    const job = editor.job("Fuse GatedMLP").first();
    await job.waitFor();
    await editor.act(job, "Cancel");
    await editor.job("cancelled").waitFor();
    await editor.picture("cancelled");
    await editor.goTo(CLASS_LINE);
    await editor.command("KernelAgent: Fuse to Triton");
    const progress = editor.notification("Fusing GatedMLP to Triton");
    await progress.waitFor();
    await progress.locator(".monaco-button", { hasText: "Cancel" }).click();
    await until(async () => (await editor.job("cancelled").count()) === 2, "two cancelled jobs");
    await progress.waitFor({ state: "hidden" });
    await sleep(3000); // the editor writes down which files are open a moment later
    await editor.reload();
    await editor.showJobs();
    await until(async () => (await editor.job("cancelled").count()) === 2, "the history after a reload");
    await editor.lens("Fuse to Triton").waitFor();
  });
