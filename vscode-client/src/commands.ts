// Commands of the palette. Those about a class run the server's own code action at the cursor.

import * as vscode from "vscode";

import type { Server } from "./server";

const AT_CURSOR: Readonly<Record<string, string>> = {
  "kernelagent.fuseAtCursor": "fuse",
  "kernelagent.cancelAtCursor": "cancel",
  "kernelagent.applyAtCursor": "apply",
  "kernelagent.reportAtCursor": "report",
};

export function registerCommands(server: Server): vscode.Disposable[] {
  const atCursor = Object.entries(AT_CURSOR).map(([command, action]) =>
    vscode.commands.registerCommand(command, () => runAtCursor(action)),
  );
  return [
    ...atCursor,
    vscode.commands.registerCommand("kernelagent.restart", () => server.restart()),
    vscode.commands.registerCommand("kernelagent.showLogs", () => server.log.show()),
    vscode.commands.registerCommand("kernelagent.copyDebugInformation", async () => {
      const text = await server.execute("kernelagent.debugInformation", {});
      await vscode.env.clipboard.writeText(String(text));
      await vscode.window.showInformationMessage("KernelAgent's debug information is on the clipboard.");
    }),
  ];
}

async function runAtCursor(action: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return;
  }
  const kind = `refactor.rewrite.kernelagent.${action}`;
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    editor.document.uri,
    editor.selection,
    kind,
  );
  const command = actions.find((found) => found.kind?.value === kind)?.command;
  if (command) {
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
  } else {
    await vscode.window.showInformationMessage("There is nothing of that kind to do at the cursor: is it in a module class?");
  }
}
