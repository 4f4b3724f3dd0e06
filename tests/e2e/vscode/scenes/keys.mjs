// A key is entered, reaches the server's environment alone, and is removed again.

import { until } from "../editor.mjs";
import { staged } from "../staged.mjs";

const KEY = "sk-test-0123456789abcdef-only-for-this-scene";

const isGiven = ({ environment }) => environment.includes(`ANTHROPIC_API_KEY=${KEY}`);

export const play = (stage) =>
  staged("keys", stage, {}, async (editor) => {
    await editor.openFile("model.py");
    const first = await editor.server();
    await editor.command("KernelAgent: Set API Key");
    const row = editor.page.locator(".quick-input-list .monaco-list-row", { hasText: "Anthropic" });
    await row.waitFor();
    await editor.picture("key-owner");
    await row.click();
    const input = editor.page.locator(".quick-input-widget input[type=password]");
    await input.waitFor();
    await input.fill("short");
    const complaint = editor.page.getByText("at least 8 characters");
    await complaint.waitFor();
    await input.fill(KEY);
    await complaint.waitFor({ state: "hidden" });
    await editor.picture("key-entry");
    await editor.page.keyboard.press("Enter");
    const second = await until(() => editor.servers().find(isGiven), "a server with the key");
    if (second.pid === first.pid) {
      throw new Error("the server did not start anew");
    }
    const seen = editor.processes("").filter(({ commandLine }) => commandLine.includes(KEY));
    if (seen.length) {
      throw new Error(`the key is an argument of ${seen[0].commandLine}`);
    }
    const files = editor.filesWith(KEY);
    if (files.length) {
      throw new Error(`the key is in ${files.join(", ")}`);
    }
    const others = editor.processes("").filter((one) => isGiven(one) && one.pid !== second.pid);
    if (others.length) {
      throw new Error(`the key is in the environment of ${others[0].commandLine}`);
    }
    await editor.command("KernelAgent: Remove API Key");
    await row.waitFor();
    await row.click();
    await until(
      () => editor.servers().some((one) => !isGiven(one)) && !editor.servers().some(isGiven),
      "a server without the key",
    );
  });
