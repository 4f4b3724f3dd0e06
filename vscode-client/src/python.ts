// Which Python runs the user's model: the one named in the settings, else what the user's Python extension has chosen.

import { isAbsolute } from "node:path";

import * as vscode from "vscode";

import { programOf } from "./probe";

/** The part of the Python Environments extension's interface that is used here. */
interface EnvironmentsExtension {
  getEnvironment(
    scope: vscode.Uri | undefined,
  ): Promise<{ readonly execInfo?: { readonly run?: { readonly executable?: string } } } | undefined>;
  readonly onDidChangeEnvironment?: vscode.Event<unknown>;
}

/** The part of the Python extension's interface that is used here. */
interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(path: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri?: vscode.Uri } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

export interface Chosen {
  readonly path: string;
  /** Who chose it, in a word or two. */
  readonly origin: string;
}

const ENVIRONMENTS = "ms-python.vscode-python-envs";
const PYTHON = "ms-python.python";
const SETTING = "settings";

/** What another extension offers; nothing where it is not there, or fails to start: it is not this one's to mend. */
async function offered<T>(id: string): Promise<T | undefined> {
  try {
    return await vscode.extensions.getExtension<T>(id)?.activate();
  } catch {
    return undefined;
  }
}

async function asked(what: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await what();
  } catch {
    return undefined; // an interface that has changed, or an environment that is gone: the next place is asked
  }
}

/** The Python for `resource`; undefined where nobody has chosen one, and the server looks for the project's own. */
export async function chosenPython(resource?: vscode.Uri): Promise<Chosen | undefined> {
  const settings = vscode.workspace.getConfiguration(undefined, resource ?? null);
  const named = settings.get<string>("kernelagent.interpreter", "");
  if (named) {
    return { path: programOf(named), origin: SETTING };
  }
  const scope = resource ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  const environments = await offered<EnvironmentsExtension>(ENVIRONMENTS);
  const byEnvironments =
    environments?.getEnvironment &&
    (await asked(async () => (await environments.getEnvironment(scope))?.execInfo?.run?.executable));
  if (byEnvironments && isAbsolute(byEnvironments)) {
    return { path: byEnvironments, origin: "Python Environments" };
  }
  const python = (await offered<PythonExtension>(PYTHON))?.environments;
  const byPython =
    python &&
    (await asked(async () => {
      const found = await python.resolveEnvironment(python.getActiveEnvironmentPath(scope));
      return found?.executable.uri?.fsPath;
    }));
  if (byPython && isAbsolute(byPython)) {
    return { path: byPython, origin: "Python extension" };
  }
  const usual = settings.get<string>("python.defaultInterpreterPath", "");
  // It is "python" where the user has said nothing, and may have variables in it.
  return isAbsolute(usual)
    ? { path: usual, origin: "python.defaultInterpreterPath" }
    : undefined;
}

/** Calls `changed` whenever another Python may have been chosen. */
export async function onDidChangePython(changed: () => void): Promise<vscode.Disposable> {
  const environments = await offered<EnvironmentsExtension>(ENVIRONMENTS);
  const python = await offered<PythonExtension>(PYTHON);
  const listeners = [
    environments?.onDidChangeEnvironment?.(changed),
    python?.environments?.onDidChangeActiveEnvironmentPath(changed),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("kernelagent.interpreter") || change.affectsConfiguration("python")) {
        changed();
      }
    }),
  ];
  return vscode.Disposable.from(...listeners.filter((listener) => listener !== undefined));
}

/** Lets the user choose: where the Python extension asks, else in the settings. */
export async function selectPython(): Promise<void> {
  const named = vscode.workspace.getConfiguration("kernelagent").get<string>("interpreter", "");
  const known = new Set(await vscode.commands.getCommands(true));
  for (const command of ["python-envs.set", "python.setInterpreter"]) {
    if (!named && known.has(command)) {
      await vscode.commands.executeCommand(command);
      return;
    }
  }
  await openSetting("kernelagent.interpreter");
}

/** Shows the setting of this machine: in a remote window the user's own settings don't have it. */
export async function openSetting(name: string): Promise<void> {
  const where = vscode.env.remoteName === undefined ? "openSettings" : "openRemoteSettings";
  await vscode.commands.executeCommand(`workbench.action.${where}`, { query: `@id:${name}` });
}
