// Which Python runs the user's model, and which one runs the server.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import * as vscode from "vscode";

const run = promisify(execFile);

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

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  return extension && (await extension.activate());
}

/** The interpreter that the Python extension has chosen for `resource`. */
export async function chosenInterpreter(resource?: vscode.Uri): Promise<string | undefined> {
  const python = await pythonExtension();
  if (!python) {
    return undefined;
  }
  const environment = await python.environments.resolveEnvironment(
    python.environments.getActiveEnvironmentPath(resource),
  );
  return environment?.executable.uri?.fsPath;
}

export async function onDidChangeInterpreter(changed: () => void): Promise<vscode.Disposable> {
  const python = await pythonExtension();
  return python?.environments.onDidChangeActiveEnvironmentPath(changed) ?? new vscode.Disposable(() => undefined);
}

export interface Command {
  readonly command: string;
  readonly args: string[];
}

/** How to start the server: with the named Python, else with the chosen one if it can, else from PATH. */
export async function serverCommand(): Promise<Command> {
  const settings = vscode.workspace.getConfiguration("kernelagent");
  const logLevel = ["--log-level", settings.get<string>("server.logLevel", "warning")];
  const named = settings.get<string | null>("server.interpreter", null);
  if (named) {
    return { command: named, args: ["-m", "kernelagent_lsp", ...logLevel] };
  }
  for (const candidate of [settings.get<string | null>("interpreter", null), await chosenInterpreter()]) {
    if (candidate && (await hasServer(candidate))) {
      return { command: candidate, args: ["-m", "kernelagent_lsp", ...logLevel] };
    }
  }
  return { command: "kernelagent-lsp", args: logLevel };
}

async function hasServer(interpreter: string): Promise<boolean> {
  const probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('kernelagent_lsp') is None)";
  try {
    await run(interpreter, ["-c", probe], { timeout: 10_000 });
    return true;
  } catch {
    return false; // not there, not a Python, or without the server: the next place is looked at
  }
}
