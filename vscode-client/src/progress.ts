// A job's progress as a notification with a Cancel button, which VS Code's own rendering of server progress lacks.

import * as vscode from "vscode";
import type {
  ProgressToken,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageclient/node";

interface Shown {
  report(params: WorkDoneProgressReport): void;
  end(): void;
}

export class JobProgress {
  private readonly shown = new Map<ProgressToken, Shown>();

  constructor(private readonly cancel: (token: ProgressToken) => void) {}

  handle(
    token: ProgressToken,
    params: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd,
  ): void {
    if (params.kind === "begin") {
      this.begin(token, params);
    } else if (params.kind === "report") {
      this.shown.get(token)?.report(params);
    } else {
      this.shown.get(token)?.end();
      this.shown.delete(token);
    }
  }

  /** The server is gone, and with it its jobs. */
  endAll(): void {
    for (const shown of this.shown.values()) {
      shown.end();
    }
    this.shown.clear();
  }

  private begin(token: ProgressToken, params: WorkDoneProgressBegin): void {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: params.title,
      cancellable: params.cancellable ?? false,
    };
    void vscode.window.withProgress(options, (progress, cancellation) => {
      let reached = 0;
      const tell = ({ message, percentage }: { message?: string; percentage?: number }): void => {
        const increment = percentage === undefined ? 0 : Math.max(0, percentage - reached);
        reached += increment;
        progress.report({ increment, ...(message === undefined ? {} : { message }) });
      };
      cancellation.onCancellationRequested(() => this.cancel(token));
      tell(params);
      return new Promise<void>((resolve) => this.shown.set(token, { report: tell, end: resolve }));
    });
  }
}
