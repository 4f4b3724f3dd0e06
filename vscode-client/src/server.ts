// The language server's life: start, stop, restart, and what is said to it.

import * as vscode from "vscode";
import type { ConfigurationParams, LanguageClientOptions } from "vscode-languageclient/node";
import { LanguageClient, State } from "vscode-languageclient/node";

import type { Keys } from "./keys";
import { launchOfServer, NoPython } from "./launch";
import { JobProgress } from "./progress";
import { chosenPython, openSetting, selectPython } from "./python";

export type Standing = "starting" | "running" | "stopped";

export class Server implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel("KernelAgent", { log: true });
  private readonly standingChanged = new vscode.EventEmitter<Standing>();
  private readonly jobsMoved = new vscode.EventEmitter<void>();
  /** Started, stopped, or about to. */
  readonly onDidChangeStanding = this.standingChanged.event;
  /** A job has begun, gone on or ended, or its kernel may be offered no more. */
  readonly onDidMoveJobs = this.jobsMoved.event;
  /** Why it is not running, where that is known. */
  trouble = "";
  private readonly progress = new JobProgress(
    (token) => void this.client?.sendNotification("window/workDoneProgress/cancel", { token }),
  );
  private ownView = 0;
  /** Shows what applying the kernel of a class would change better than the diff that the server opens; whether it did. */
  showReview: (className: string) => Promise<boolean> = () => Promise.resolve(false);
  private client: LanguageClient | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly extension: vscode.Uri,
    private readonly keys: Keys,
  ) {}

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  /** Until no start or stop is under way. */
  settled(): Promise<void> {
    return this.turn;
  }

  /** Have the server ask for its settings again: another interpreter concerns its workers, not itself. */
  settingsChanged(): void {
    if (this.client?.isRunning()) {
      void this.client.sendNotification("workspace/didChangeConfiguration", { settings: null });
    }
  }

  /** Run one of the server's commands; undefined while it is not running. */
  async execute<T>(command: string, argument: object): Promise<T | undefined> {
    if (!this.client?.isRunning()) {
      return undefined;
    }
    return this.client.sendRequest<T>("workspace/executeCommand", { command, arguments: [argument] });
  }

  /** Run a command whose answer is shown in a better way than by the document that the server would have opened. */
  async executeQuietly<T>(command: string, argument: object): Promise<T | undefined> {
    this.ownView += 1;
    try {
      return await this.execute<T>(command, argument);
    } finally {
      this.ownView -= 1;
    }
  }

  dispose(): void {
    this.standingChanged.dispose();
    this.jobsMoved.dispose();
    this.log.dispose();
  }

  /** Starts and stops never overlap: a second server would be nobody's. */
  private inTurn(what: () => Promise<void>): Promise<void> {
    const next = this.turn.then(what, what);
    this.turn = next.catch(() => undefined);
    return next;
  }

  private async startNow(): Promise<void> {
    this.trouble = "";
    this.standingChanged.fire("starting");
    try {
      const { command, args } = await launchOfServer(this.extension);
      this.log.info(`Starting ${command} ${args.join(" ")}`);
      // Keys reach the server by its environment alone: arguments and settings can be read by others.
      const env = { ...process.env, ...(await this.keys.environment()) };
      const executable = { command, args, options: { env } };
      const client = new LanguageClient("kernelagent", "KernelAgent", executable, this.options());
      client.onDidChangeState(({ newState }) => this.show(newState));
      this.client = client;
      await client.start();
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
      this.log.error(this.trouble);
      this.standingChanged.fire("stopped");
      void (error instanceof NoPython ? this.sayNoPython(error.isNamed) : this.sayNotStarted());
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client?.needsStop()) {
      await client.stop();
    }
    await client?.dispose();
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: "file", language: "python" }],
      outputChannel: this.log,
      middleware: {
        handleDiagnostics: (uri, diagnostics, next) => {
          next(uri, diagnostics);
          this.jobsMoved.fire(); // a kernel that was discarded is told by its verdict, which goes
        },
        handleWorkDoneProgress: (token, params) => {
          this.progress.handle(token, params);
          this.jobsMoved.fire();
        },
        window: {
          showDocument: async (params, token, next) => {
            const uri = vscode.Uri.parse(params.uri);
            if (this.ownView > 0) {
              return { success: true };
            }
            const reviewed = /\/(\w+)\.diff$/.exec(uri.path)?.[1];
            if (!params.external && reviewed && (await this.showReview(reviewed))) {
              return { success: true };
            }
            if (!params.external && uri.path.endsWith(".md")) {
              await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
              return { success: true };
            }
            return next(params, token);
          },
        },
        workspace: {
          configuration: async (params, token, next) => {
            const values = await next(params, token);
            return Array.isArray(values) ? withPython(params, values) : values;
          },
        },
      },
    };
  }

  private show(state: State): void {
    if (state === State.Stopped) {
      this.progress.endAll();
    }
    this.standingChanged.fire(
      state === State.Running ? "running" : state === State.Starting ? "starting" : "stopped",
    );
  }

  private async sayNoPython(isNamed: boolean): Promise<void> {
    const answer = await vscode.window.showErrorMessage(
      this.trouble,
      ...(isNamed ? [] : ["Select Interpreter"]),
      "Open Settings",
    );
    if (answer === "Select Interpreter") {
      await selectPython();
    } else if (answer === "Open Settings") {
      await openSetting("kernelagent.server.interpreter");
    }
  }

  private async sayNotStarted(): Promise<void> {
    const answer = await vscode.window.showErrorMessage(
      `KernelAgent's server did not start: ${this.trouble}`,
      "Show Logs",
      "Restart",
    );
    if (answer === "Show Logs") {
      this.log.show();
    } else if (answer === "Restart") {
      await this.restart();
    }
  }
}

/** Where the user has named no interpreter, the one that a Python extension has chosen. */
async function withPython(params: ConfigurationParams, values: unknown[]): Promise<unknown[]> {
  return Promise.all(
    values.map(async (value, index) => {
      const item = params.items[index];
      if (item?.section !== "kernelagent" || typeof value !== "object" || value === null) {
        return value;
      }
      const resource = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
      return { ...value, interpreter: (await chosenPython(resource))?.path ?? null };
    }),
  );
}
