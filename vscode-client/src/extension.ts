// The extension: one language client, and what VS Code has beyond the protocol.

import * as vscode from "vscode";

import { registerCommands, restartUnlessBusy } from "./commands";
import { watchModules } from "./inSight";
import { Jobs } from "./jobs";
import { JobsView } from "./jobsView";
import { Keys } from "./keys";
import { onDidChangePython } from "./python";
import { Server } from "./server";
import { Status } from "./status";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const keys = new Keys(context.secrets);
  const started = new Server(context.extensionUri, keys);
  server = started;
  const jobs = new Jobs(started, context.storageUri ?? context.globalStorageUri);
  const status = new Status(started, jobs);
  context.subscriptions.push(
    started,
    jobs,
    status,
    new JobsView(jobs, started),
    watchModules(),
    ...registerCommands(context, started, jobs, keys, status),
    keys.onDidChange(() => void restartUnlessBusy(started, jobs, "The API keys have changed.")),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("kernelagent.server")) {
        void restartUnlessBusy(started, jobs, "The server's settings have changed.");
      }
    }),
    vscode.window.onDidChangeActiveTextEditor(() => void status.showPython()),
  );
  await started.start();
  context.subscriptions.push(
    await onDidChangePython(() => {
      void status.showPython();
      if (started.trouble) {
        void started.restart(); // perhaps with this one it starts
      } else {
        started.settingsChanged();
      }
    }),
  );
  await status.showPython();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
