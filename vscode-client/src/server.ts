// The language server's life: start, stop, restart, and what the user sees of it.

import * as vscode from "vscode";
import { type ConfigurationParams, LanguageClient, type LanguageClientOptions, State } from "vscode-languageclient/node";

import { chosenInterpreter, serverCommand } from "./interpreter";
import { JobProgress } from "./progress";

export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("KernelAgent", { log: true });
  private readonly status = vscode.languages.createLanguageStatusItem("kernelagent", { language: "python" });
  private client: LanguageClient | undefined;

  constructor() {
    this.status.name = "KernelAgent";
    this.status.command = { command: "kernelagent.showLogs", title: "Show Logs" };
  }

  async start(): Promise<void> {
    const executable = await serverCommand();
    this.log.info(`Starting ${executable.command} ${executable.args.join(" ")}`);
    const client = new LanguageClient("kernelagent", "KernelAgent", executable, this.options());
    client.onDidChangeState(({ newState }) => this.show(newState));
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.log.error(String(error));
      await this.sayHowToInstall(executable.command);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.needsStop()) {
      await client.stop();
    }
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Have the server ask for its settings again. */
  settingsChanged(): void {
    void this.client?.sendNotification("workspace/didChangeConfiguration", { settings: null });
  }

  /** Run one of the server's commands. */
  async execute(command: string, argument: object): Promise<unknown> {
    return this.client?.sendRequest("workspace/executeCommand", { command, arguments: [argument] });
  }

  dispose(): void {
    this.status.dispose();
    this.log.dispose();
  }

  private options(): LanguageClientOptions {
    const progress = new JobProgress((token) => {
      void this.client?.sendNotification("window/workDoneProgress/cancel", { token });
    });
    return {
      documentSelector: [{ scheme: "file", language: "python" }],
      outputChannel: this.log,
      middleware: {
        handleWorkDoneProgress: (token, params) => progress.handle(token, params),
        workspace: {
          configuration: async (params, token, next) => {
            const values = await next(params, token);
            return Array.isArray(values) ? withInterpreter(params, values) : values;
          },
        },
      },
    };
  }

  private show(state: State): void {
    this.status.busy = state === State.Starting;
    this.status.text = state === State.Running ? "KernelAgent" : "KernelAgent is not running";
    this.status.severity =
      state === State.Stopped ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
  }

  private async sayHowToInstall(command: string): Promise<void> {
    const answer = await vscode.window.showErrorMessage(
      `KernelAgent could not be started with ${command}. Install the server in your environment ` +
        "(pip install /path/to/the/clone), or name the Python that has it in kernelagent.server.interpreter.",
      "Open Settings",
      "Show Logs",
    );
    if (answer === "Open Settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "kernelagent.server.interpreter");
    } else if (answer === "Show Logs") {
      this.log.show();
    }
  }
}

/** Where the user has named no interpreter, the one that the Python extension has chosen. */
async function withInterpreter(params: ConfigurationParams, values: unknown[]): Promise<unknown[]> {
  return Promise.all(
    values.map(async (value, index) => {
      const item = params.items[index];
      if (item?.section !== "kernelagent" || typeof value !== "object" || value === null) {
        return value;
      }
      if ("interpreter" in value && value.interpreter) {
        return value;
      }
      const resource = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
      return { ...value, interpreter: (await chosenInterpreter(resource)) ?? null };
    }),
  );
}
