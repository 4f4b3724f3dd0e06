// The jobs: what the server says of those of its own, and what is remembered of earlier ones in this workspace.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import * as vscode from "vscode";

import type { Server } from "./server";

/** A row of the answer to `kernelagent.jobs`. */
interface Row {
  readonly jobId: string;
  readonly uri: string;
  readonly class: string;
  readonly kind?: string;
  readonly state: string;
  readonly stage: string;
  /** Those begun so far. */
  readonly stages?: readonly { readonly stage: string; readonly startedS: number }[];
  readonly message?: string;
  readonly elapsedS: number;
  readonly cost?: { readonly usd?: number };
  readonly applied?: boolean;
  /** Whether its kernel waits to be reviewed, applied or discarded. */
  readonly offered?: boolean;
  readonly discarded?: boolean;
  /** The same for one job whichever server tells of it; null until the run has begun. */
  readonly runDirectory?: string | null;
  readonly report?: string | null;
}

export interface Job extends Row {
  /** Milliseconds since the epoch, of a job that is over. */
  readonly endedAt?: number;
  /** Whether the running server knows it. */
  readonly isLive: boolean;
}

const KEPT = 50;
const HISTORY = "history.json";
const SHORTEST_PAUSE_MS = 150;
const TICK_MS = 1000;
const AFTER_AN_EDIT_MS = 700;
const ENDED = new Set(["verified", "done", "failed", "cancelled"]);

export const isOver = (job: Row): boolean => ENDED.has(job.state);

export class Jobs implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private known: Job[];
  private forgotten = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private asking = false;
  private readonly listeners: vscode.Disposable;
  /** A file, not the editor's own memory, which in a browser is written a moment later: a window that is closed or
   * reloaded by then would have forgotten. */
  private readonly history: string;

  constructor(
    private readonly server: Server,
    storage: vscode.Uri,
  ) {
    this.history = vscode.Uri.joinPath(storage, HISTORY).fsPath;
    this.known = remembered(this.history).map(left);
    this.listeners = vscode.Disposable.from(
      server.onDidMoveJobs(() => this.refreshIn(SHORTEST_PAUSE_MS)),
      // Whether a kernel is applied is told by nothing but the documents.
      vscode.workspace.onDidChangeTextDocument(() => {
        if (this.known.some((job) => job.isLive && job.state === "verified")) {
          this.refreshIn(AFTER_AN_EDIT_MS);
        }
      }),
      // The server looks for earlier runs of a file that is opened.
      vscode.workspace.onDidOpenTextDocument(({ languageId }) => {
        if (languageId === "python") {
          this.refreshIn(AFTER_AN_EDIT_MS);
        }
      }),
      server.onDidChangeStanding((standing) => {
        if (standing === "running") {
          this.refreshIn(0);
        } else if (standing === "stopped") {
          this.take([]);
        }
      }),
    );
  }

  /** Those that go on first, then those that are over, the latest first. */
  all(): readonly Job[] {
    const running = this.known.filter((job) => !isOver(job));
    const over = this.known.filter(isOver).sort((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
    return [...running, ...over];
  }

  running(): number {
    return this.known.filter((job) => !isOver(job)).length;
  }

  /** Forget what is over, here: the server's own jobs come back with the next question. */
  clear(): void {
    this.forgotten = new Set(this.known.filter(isOver).map((job) => job.jobId));
    this.known = this.known.filter((job) => !isOver(job));
    this.remember();
    this.changed.fire();
  }

  async refresh(): Promise<void> {
    if (this.asking) {
      this.refreshIn(SHORTEST_PAUSE_MS);
      return;
    }
    this.asking = true;
    try {
      const answer = await this.server.execute<{ jobs: Row[] }>("kernelagent.jobs", {});
      if (answer) {
        this.take(answer.jobs);
      }
    } catch {
      // the server is on its way out: its end is told elsewhere
    } finally {
      this.asking = false;
    }
    if (this.running()) {
      this.refreshIn(TICK_MS);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.listeners.dispose();
    this.changed.dispose();
  }

  private due = Infinity;

  private refreshIn(pause: number): void {
    const at = Date.now() + pause;
    if (at >= this.due) {
      return;
    }
    clearTimeout(this.timer);
    this.due = at;
    this.timer = setTimeout(() => {
      this.due = Infinity;
      void this.refresh();
    }, pause);
  }

  private take(rows: readonly Row[]): void {
    const before = new Map(this.known.map((job) => [job.jobId, job]));
    const live = rows
      .filter((row) => !this.forgotten.has(row.jobId))
      .map((row) => joined(row, before.get(row.jobId) ?? this.earlier(row)));
    const ids = new Set(live.map((job) => job.jobId));
    const runs = new Set(live.map((job) => job.runDirectory));
    const gone = this.known
      .filter((job) => !ids.has(job.jobId) && !(job.runDirectory && runs.has(job.runDirectory)))
      .map(left);
    const age = (job: Job): number => job.endedAt ?? (isOver(job) ? 0 : Number.MAX_SAFE_INTEGER);
    const order = [...gone, ...live].sort((a, b) => age(a) - age(b));
    this.known = order.slice(-KEPT);
    const told = (job: Job | undefined): string =>
      [job?.state, job?.applied, job?.discarded, job?.report, job?.runDirectory].join(" ");
    if (this.known.some((job) => told(job) !== told(before.get(job.jobId)))) {
      this.remember();
    }
    this.changed.fire();
  }

  /** What was seen of `row` when another server ran it: one that reads it from disk gives it another name. */
  private earlier(row: Row): Job | undefined {
    return row.runDirectory ? this.known.find((job) => job.runDirectory === row.runDirectory) : undefined;
  }

  /** Those that go on, too: their window may be gone before they are over. */
  private remember(): void {
    try {
      mkdirSync(dirname(this.history), { recursive: true });
      writeFileSync(`${this.history}.new`, JSON.stringify(this.known));
      renameSync(`${this.history}.new`, this.history); // whole, or as it was
    } catch (error) {
      this.server.log.warn(`The history of jobs was not written: ${String(error)}`);
    }
  }
}

function remembered(history: string): Job[] {
  try {
    const jobs: unknown = JSON.parse(readFileSync(history, "utf8"));
    return Array.isArray(jobs) ? (jobs as Job[]) : [];
  } catch {
    return []; // there is none yet
  }
}

/** A job whose server went: one that was running then will not go on. */
function left(job: Job): Job {
  return isOver(job) ? { ...job, isLive: false } : ended({ ...job, state: "cancelled", isLive: false });
}

function joined(row: Row, before: Job | undefined): Job {
  const job: Job = { ...row, isLive: true };
  if (!isOver(row)) {
    return job;
  }
  const wasSeen = before !== undefined || row.stages?.length;
  const stages = row.stages?.length ? row.stages : (before?.stages ?? []);
  return wasSeen ? ended({ ...job, stages }, before?.endedAt) : job; // else nobody knows when it ended
}

function ended(job: Job, at = Date.now()): Job {
  return { ...job, endedAt: at };
}
