// Whether the editor shows a file with module classes: what menu entries ask for, told from the text alone.

import * as vscode from "vscode";

const MODULE = /^[ \t]*class[ \t]+\w+\([^)]*Module\b/m;
const LONGEST = 2_000_000;
const PAUSE_MS = 300;

export function watchModules(): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const document = vscode.window.activeTextEditor?.document;
    const isThere =
      document?.languageId === "python" && // in a cell or an untitled document, too: the command says why not there
      MODULE.test(document.getText().slice(0, LONGEST));
    void vscode.commands.executeCommand("setContext", "kernelagent.hasModules", isThere);
  };
  look();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor(look),
    vscode.workspace.onDidOpenTextDocument(look), // in another language, too
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === vscode.window.activeTextEditor?.document) {
        clearTimeout(timer);
        timer = setTimeout(look, PAUSE_MS);
      }
    }),
    new vscode.Disposable(() => clearTimeout(timer)),
  );
}
