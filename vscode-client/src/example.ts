// The example of the walkthrough: a copy of the bundled file, in the extension's own storage.

import * as vscode from "vscode";

const FILE = "residual_mlp.py";

/** Opens the example. A copy that is there already stays as the user has left it. */
export async function openExample(context: vscode.ExtensionContext): Promise<vscode.TextEditor> {
  const folder = vscode.Uri.joinPath(context.globalStorageUri, "example");
  const copy = vscode.Uri.joinPath(folder, FILE);
  await vscode.workspace.fs.createDirectory(folder);
  try {
    await vscode.workspace.fs.stat(copy);
  } catch {
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, "examples", FILE), copy);
  }
  const document = await vscode.workspace.openTextDocument(copy);
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const at = document.positionAt(document.getText().indexOf("class "));
  return vscode.window.showTextDocument(document, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.Beside, // the walkthrough stays in sight
    selection: new vscode.Range(at, at),
    preview: false,
  });
}
