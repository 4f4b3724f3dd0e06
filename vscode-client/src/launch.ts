// How the server is started: from the packages that came with the extension, or from the user's environment.

import { existsSync } from "node:fs";
import { join } from "node:path";

import * as vscode from "vscode";

import { isNewEnough, probe, programIn, programOf } from "./probe";
import { chosenPython } from "./python";

export interface Launch {
  readonly command: string;
  readonly args: string[];
}

/** Why the server can't be started, as the user reads it. */
export class NoPython extends Error {
  /** @param isNamed whether the settings name the Python that runs the server, and so are where to mend it. */
  constructor(
    message: string,
    readonly isNamed: boolean,
  ) {
    super(message);
  }
}

/** Throws `NoPython`, with a sentence that says what was found. */
export async function launchOfServer(extension: vscode.Uri): Promise<Launch> {
  const settings = vscode.workspace.getConfiguration("kernelagent.server");
  const logLevel = ["--log-level", settings.get<string>("logLevel", "warning")];
  const isBundled = settings.get<string>("source", "bundled") === "bundled";
  const found: string[] = [];
  const named = settings.get<string>("interpreter", "");
  for (const path of named ? [programOf(named)] : await candidates()) {
    const python = await probe(path);
    if (!python) {
      continue;
    }
    if (!isNewEnough(python.version)) {
      found.push(`${path} is Python ${python.version}`);
    } else if (isBundled) {
      return { command: path, args: [join(extension.fsPath, "bundled", "start.py"), ...logLevel] };
    } else if (python.hasServer) {
      return { command: path, args: ["-m", "kernelagent_lsp", ...logLevel] };
    } else {
      found.push(`${path} has no kernelagent-lsp`);
    }
  }
  if (named && found.length === 0) {
    throw new NoPython(`There is no working Python at ${named}, which kernelagent.server.interpreter names.`, true);
  }
  const needed = isBundled ? "Python 3.10 or newer" : "a Python 3.10 or newer with kernelagent-lsp installed";
  const told = found.length ? `${found.join("; ")}.` : "No Python was found.";
  throw new NoPython(`KernelAgent needs ${needed}. ${told}`, Boolean(named));
}

/** Pythons that may run the server, the likeliest first. */
async function candidates(): Promise<string[]> {
  const isWindows = process.platform === "win32";
  const chosen = await chosenPython();
  const active = process.env["VIRTUAL_ENV"];
  const environments = [
    ...(active ? [active] : []),
    ...(vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
      [".venv", "venv"].map((name) => join(uri.fsPath, name)),
    ),
  ];
  return [
    ...(chosen ? [chosen.path] : []),
    ...environments.map(programIn).filter(existsSync),
    ...(isWindows ? ["py", "python"] : ["python3", "python"]),
  ];
}
