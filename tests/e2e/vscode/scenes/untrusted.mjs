// In a workspace that is not trusted nothing starts, and it is said why.

import { sleep } from "../editor.mjs";
import { staged } from "../staged.mjs";

export const play = (stage) =>
  staged("untrusted", stage, {
    settings: { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never", "security.workspace.trust.untrustedFiles": "open" },
  }, async (editor) => {
    await editor.openFile("model.py");
    await sleep(5000);
    if (editor.servers().length) {
      throw new Error("a server runs in a workspace that is not trusted");
    }
    await editor.command("Workspaces: Manage Workspace Trust");
    await editor.page.locator(".workspace-trust-editor").waitFor();
    await sleep(500);
    await editor.picture("untrusted");
  });
