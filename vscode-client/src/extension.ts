// The extension: one language client, its commands, and its place in the status area.

import * as vscode from "vscode";

import { registerCommands } from "./commands";
import { onDidChangeInterpreter } from "./interpreter";
import { Server } from "./server";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  server = new Server();
  context.subscriptions.push(server, ...registerCommands(server));
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("kernelagent.server")) {
        await server?.restart();
      }
    }),
    await onDidChangeInterpreter(() => server?.settingsChanged()),
  );
  await server.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
