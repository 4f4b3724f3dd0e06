// The walkthrough's four steps, on the bundled example.

import { sleep } from "../editor.mjs";
import { staged } from "../staged.mjs";

export const play = (stage) =>
  staged("walkthrough", stage, { files: {}, size: [1600, 900] }, async (editor) => {
    await editor.command("KernelAgent: Get Started");
    const page = editor.page.locator(".gettingStartedContainer");
    const steps = page.locator(".getting-started-step");
    await steps.first().waitFor();
    if ((await steps.count()) !== 4) {
      throw new Error(`${await steps.count()} steps`);
    }
    const step = (text) => steps.filter({ hasText: text });
    for (const [index, text] of ["Choose the Python", "Open the example", "Fuse it", "Look at it"].entries()) {
      await step(text).locator(".step-title, h3").first().click();
      await sleep(700);
      await editor.picture(`walkthrough-${index + 1}`);
    }
    await step("Open the example").locator(".step-title, h3").first().click();
    await page.locator("a, .monaco-button", { hasText: "Open the Example" }).first().click();
    await editor.page.locator('.tab[data-resource-name="residual_mlp.py"]').waitFor();
    await editor.lens("Fuse to Triton").waitFor({ timeout: 60_000 });
    await editor.picture("walkthrough-example");
    await step("Fuse it").locator(".step-title, h3").first().click();
    await page.locator("a, .monaco-button", { hasText: "Fuse the Example" }).first().click();
    await editor.job("verified").waitFor({ timeout: 300_000 });
    for (const text of ["Choose the Python", "Open the example", "Fuse it"]) {
      await step(text).locator(".codicon-getting-started-step-checked, .complete").first().waitFor();
    }
    await editor.picture("walkthrough-fused");
  });
