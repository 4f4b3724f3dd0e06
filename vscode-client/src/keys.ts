// Keys of language models: in the editor's secret store, and from there in the server's environment and nowhere else.

import * as vscode from "vscode";

interface Key {
  /** The environment variable that the server reads. */
  readonly name: string;
  readonly owner: string;
  readonly where: string;
}

const KEYS: readonly Key[] = [
  { name: "OPENAI_API_KEY", owner: "OpenAI", where: "for kernelagent.provider openai or auto" },
  { name: "ANTHROPIC_API_KEY", owner: "Anthropic", where: "for kernelagent.provider anthropic or auto" },
  { name: "LLM_RELAY_API_KEY", owner: "Relay", where: "for kernelagent.provider relay" },
];

export class Keys {
  constructor(private readonly secrets: vscode.SecretStorage) {}

  readonly onDidChange = (changed: () => void): vscode.Disposable =>
    this.secrets.onDidChange(({ key }) => {
      if (KEYS.some(({ name }) => name === key)) {
        changed();
      }
    });

  /** What is stored, as environment variables. */
  async environment(): Promise<Record<string, string>> {
    const stored: Record<string, string> = {};
    for (const { name } of KEYS) {
      const value = await this.secrets.get(name);
      if (value) {
        stored[name] = value;
      }
    }
    return stored;
  }

  /** Ask for a key and store it. */
  async set(): Promise<void> {
    const key = await this.pick("Whose key?", KEYS);
    if (!key) {
      return;
    }
    const value = await vscode.window.showInputBox({
      title: `API Key for ${key.owner}`,
      prompt: "Kept in the editor's secret store; the server gets it by its environment. Never in settings or logs.",
      placeHolder: "Paste the key",
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) =>
        /^\S{8,}$/.test(text.trim()) ? undefined : "A key has no spaces and at least 8 characters.",
    });
    if (value !== undefined) {
      await this.secrets.store(key.name, value.trim());
    }
  }

  /** Ask which of the stored keys is to go, and remove it. */
  async remove(): Promise<void> {
    const stored = await this.environment();
    const removable = KEYS.filter(({ name }) => name in stored);
    if (removable.length === 0) {
      await vscode.window.showInformationMessage(
        "KernelAgent has no stored API key. One in your shell's environment is not the editor's to remove.",
      );
      return;
    }
    const key = await this.pick("Remove which key?", removable);
    if (key) {
      await this.secrets.delete(key.name);
    }
  }

  private async pick(title: string, keys: readonly Key[]): Promise<Key | undefined> {
    const stored = await this.environment();
    const rows = keys.map((key) => ({
      label: key.owner,
      description: key.name in stored ? `${key.name}, stored` : key.name,
      detail: key.where,
      key,
    }));
    return (await vscode.window.showQuickPick(rows, { title, ignoreFocusOut: true }))?.key;
  }
}
