// The two language status items: how the server does, and which Python runs the model.

import * as vscode from "vscode";

import type { Jobs } from "./jobs";
import { count } from "./jobsView";
import { isNewEnough, probe } from "./probe";
import { chosenPython } from "./python";
import type { Server, Standing } from "./server";

const CHANGE: vscode.Command = { command: "kernelagent.selectInterpreter", title: "Change" };
const SELECTOR: vscode.DocumentSelector = { language: "python" };

/** A pulse: a walkthrough that finds a context true when it is opened never takes that step for done. */
async function tellWalkthrough(): Promise<void> {
  for (const value of [true, false]) {
    await vscode.commands.executeCommand("setContext", "kernelagent.pythonIsReady", value);
  }
}

export class Status implements vscode.Disposable {
  private readonly serverItem = vscode.languages.createLanguageStatusItem("kernelagent", SELECTOR);
  private readonly pythonItem = vscode.languages.createLanguageStatusItem("kernelagent.interpreter", SELECTOR);
  private standing: Standing = "starting";
  private readonly listeners: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private readonly jobs: Jobs,
  ) {
    this.serverItem.name = "KernelAgent";
    this.pythonItem.name = "KernelAgent: Interpreter";
    this.pythonItem.command = CHANGE;
    this.listeners = vscode.Disposable.from(
      server.onDidChangeStanding((standing) => {
        this.standing = standing;
        void vscode.commands.executeCommand("setContext", "kernelagent.standing", standing);
        this.showServer();
      }),
      jobs.onDidChange(() => this.showServer()),
    );
    this.showServer();
  }

  /** Look again which Python was chosen, and what it has. */
  async showPython(): Promise<void> {
    const item = this.pythonItem;
    const chosen = await chosenPython(vscode.window.activeTextEditor?.document.uri);
    if (!chosen) {
      item.text = "Python: the project's own";
      item.detail = "its .venv, else the server's";
      item.severity = vscode.LanguageStatusSeverity.Information;
      return;
    }
    const python = await probe(chosen.path);
    const missing = python && [...(python.torch ? [] : ["PyTorch"]), ...(python.triton ? [] : ["Triton"])];
    item.detail = chosen.origin;
    // The line is too short for a path beside the versions.
    item.command = { ...CHANGE, tooltip: chosen.path };
    if (!python || !missing) {
      item.text = `No working Python at ${chosen.path}`;
      item.severity = vscode.LanguageStatusSeverity.Error;
    } else if (!isNewEnough(python.version)) {
      item.text = `Python ${python.version} is too old: 3.10 or newer is needed`;
      item.severity = vscode.LanguageStatusSeverity.Error;
    } else if (missing.length) {
      item.text = `Python ${python.version} has no ${missing.join(" and no ")}`;
      item.severity = vscode.LanguageStatusSeverity.Warning;
    } else {
      await tellWalkthrough();
      item.text = `Python ${python.version} · PyTorch ${python.torch} · Triton ${python.triton}`;
      item.severity = vscode.LanguageStatusSeverity.Information;
    }
  }

  dispose(): void {
    this.listeners.dispose();
    this.serverItem.dispose();
    this.pythonItem.dispose();
  }

  private showServer(): void {
    const item = this.serverItem;
    const running = this.jobs.running();
    item.busy = this.standing === "starting" || running > 0;
    item.severity =
      this.standing === "stopped" ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    if (this.standing === "stopped") {
      item.text = "KernelAgent is not running";
      item.detail = this.server.trouble;
      item.command = { command: "kernelagent.restart", title: "Restart" };
    } else {
      const doing = running ? `KernelAgent: ${count(running)}` : "KernelAgent";
      item.text = this.standing === "starting" ? "KernelAgent is starting" : doing;
      item.detail = "";
      item.command = { command: "kernelagent.showJobs", title: "Show Jobs" };
    }
  }
}
