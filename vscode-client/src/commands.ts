// Commands of the palette. Those about a class run the server's own code action at the cursor.

import * as vscode from "vscode";

import { openExample } from "./example";
import type { Jobs } from "./jobs";
import { count } from "./jobsView";
import type { Keys } from "./keys";
import { selectPython } from "./python";
import type { Server } from "./server";
import type { Status } from "./status";

const AT_CURSOR: Readonly<Record<string, string>> = {
  "kernelagent.fuseAtCursor": "fuse",
  "kernelagent.cancelAtCursor": "cancel",
  "kernelagent.reviewAtCursor": "review",
  "kernelagent.applyAtCursor": "apply",
  "kernelagent.reportAtCursor": "report",
};
const CLASS = /^[ \t]*class[ \t]+\w/gm;
const MOST_CLASSES = 100;

export function registerCommands(
  context: vscode.ExtensionContext,
  server: Server,
  jobs: Jobs,
  keys: Keys,
  status: Status,
): vscode.Disposable[] {
  const register = vscode.commands.registerCommand;
  return [
    ...Object.entries(AT_CURSOR).map(([command, action]) => register(command, () => runAtCursor(action))),
    register("kernelagent.restart", () => restartUnlessBusy(server, jobs)),
    register("kernelagent.showLogs", () => server.log.show()),
    register("kernelagent.selectInterpreter", selectPython),
    register("kernelagent.setApiKey", () => keys.set()),
    register("kernelagent.removeApiKey", () => keys.remove()),
    register("kernelagent.openExample", () => openExample(context)),
    register("kernelagent.fuseExample", async () => {
      await openExample(context);
      await runAtCursor("fuse");
      await vscode.commands.executeCommand("kernelagent.showJobs");
    }),
    register("kernelagent.openWalkthrough", async () => {
      await vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`);
      await status.showPython();
    }),
    register("kernelagent.copyDebugInformation", () => copyDebugInformation(context, server)),
  ];
}

/** Restart the server; where that would end jobs, not without the user's word. */
export async function restartUnlessBusy(server: Server, jobs: Jobs, why = ""): Promise<void> {
  const running = jobs.running();
  if (running) {
    const told = `${why}${why ? " " : ""}${count(running)}, and would be cancelled by restarting the server.`;
    if ((await vscode.window.showWarningMessage(told, "Restart Now", "Later")) !== "Restart Now") {
      return;
    }
  }
  await server.restart();
}

async function copyDebugInformation(context: vscode.ExtensionContext, server: Server): Promise<void> {
  await server.settled();
  const told = await server.execute<string>("kernelagent.debugInformation", {});
  const text = [
    `VS Code ${vscode.version} (${vscode.env.appHost}), extension ${String(context.extension.packageJSON.version)}`,
    told ?? `The server is not running. ${server.trouble}`,
  ].join("\n");
  await vscode.env.clipboard.writeText(text);
  await vscode.window.showInformationMessage("KernelAgent's debug information is on the clipboard.");
}

async function runAtCursor(action: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return;
  }
  if (editor.document.uri.scheme !== "file") {
    const what = editor.document.uri.scheme === "vscode-notebook-cell" ? "a notebook's cell" : "this document";
    // No longer than what a notification shows of a line.
    await vscode.window.showInformationMessage(`Only a saved .py file can be fused, not ${what}.`);
    return;
  }
  const atCursor = await offers(editor.document, editor.selection, action);
  const found = atCursor.length ? atCursor : await offersInFile(editor, action);
  if (found.length === 0) {
    await vscode.window.showInformationMessage("There is nothing of that kind to do here: has the file a module class?");
    return;
  }
  const command = found.length === 1 ? found[0] : await chooseOf(found);
  if (command) {
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
  }
}

async function offers(document: vscode.TextDocument, range: vscode.Range, action: string): Promise<vscode.Command[]> {
  const kind = `refactor.rewrite.kernelagent.${action}`;
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    range,
    kind,
  );
  return actions.flatMap((found) => (found.kind?.value === kind && found.command ? [found.command] : []));
}

/** The cursor is in no module class: what is offered for the file's classes. */
async function offersInFile(editor: vscode.TextEditor, action: string): Promise<vscode.Command[]> {
  const places = [...editor.document.getText().matchAll(CLASS)].slice(0, MOST_CLASSES);
  const found = await Promise.all(
    places.map(({ index }) => {
      const at = editor.document.positionAt(index);
      return offers(editor.document, new vscode.Range(at, at), action);
    }),
  );
  return found.flat();
}

async function chooseOf(commands: readonly vscode.Command[]): Promise<vscode.Command | undefined> {
  const rows = commands.map((command) => {
    const argument: unknown = command.arguments?.[0];
    const name = typeof argument === "object" && argument !== null && "class" in argument ? argument.class : undefined;
    return { label: String(name ?? command.title), description: command.title, command };
  });
  return (await vscode.window.showQuickPick(rows, { title: "Which class?" }))?.command;
}
