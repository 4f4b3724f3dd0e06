// The side bar's view of the jobs: how each goes on, and what can be done with it.

import * as vscode from "vscode";

import { type Job, isOver, type Jobs } from "./jobs";
import type { Server } from "./server";

const VIEW = "kernelagent.jobsView";

const DOING: Readonly<Record<string, string>> = { fuse: "Fuse", verify: "Verify", benchmark: "Benchmark" };

const ICONS: Readonly<Record<string, readonly [string, string?]>> = {
  waiting: ["clock"],
  running: ["loading~spin"],
  cancelling: ["loading~spin"],
  verified: ["pass-filled", "testing.iconPassed"],
  done: ["pass", "testing.iconPassed"],
  failed: ["error", "testing.iconFailed"],
  cancelled: ["circle-slash", "disabledForeground"],
};

/** Icons of the stage in which a job ended. */
const STOPPED: Readonly<Record<string, string>> = { failed: "error", cancelled: "circle-slash" };

interface Stage {
  readonly name: string;
  /** Seconds. */
  readonly took: number;
  readonly isLast: boolean;
}

/** The answer to `kernelagent.review`. */
interface Review {
  readonly files: readonly { readonly uri: string; readonly before: string; readonly after: string }[];
}

type Node = { readonly job: Job; readonly stage?: Stage };

export class JobsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly view: vscode.TreeView<Node>;
  private readonly disposables: vscode.Disposable;

  constructor(
    private readonly jobs: Jobs,
    private readonly server: Server,
  ) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this });
    this.disposables = vscode.Disposable.from(
      this.view,
      this.changed,
      jobs.onDidChange(() => this.show()),
      ...this.commands(),
    );
    this.server.showReview = async (className) => {
      const job = this.jobs.all().find((each) => each.class === className && each.isLive && each.offered === true);
      return job !== undefined && this.review(job);
    };
    this.show();
  }

  private async review(job: Job): Promise<boolean> {
    const review = await this.server.executeQuietly<Review>("kernelagent.review", { jobId: job.jobId });
    if (review) {
      await showSideBySide(job, review);
    }
    return review !== undefined;
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      return this.jobs.all().map((job) => ({ job }));
    }
    return node.stage ? [] : stagesOf(node.job).map((stage) => ({ job: node.job, stage }));
  }

  getTreeItem({ job, stage }: Node): vscode.TreeItem {
    return stage ? stageItem(job, stage) : jobItem(job);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private show(): void {
    const running = this.jobs.running();
    this.view.badge = running ? { value: running, tooltip: count(running) } : undefined;
    const all = this.jobs.all();
    setContext("isBusy", running > 0);
    setContext("hasHistory", all.some(isOver));
    setContext("hasFused", all.some((job) => job.state === "verified"));
    setContext("hasApplied", all.some((job) => job.applied === true));
    this.changed.fire(undefined);
  }

  private commands(): vscode.Disposable[] {
    const onJob = (command: string, run: (job: Job) => Promise<void>): vscode.Disposable =>
      vscode.commands.registerCommand(`kernelagent.jobsView.${command}`, async (node?: Node) => {
        if (node) {
          await run(node.job);
          await this.jobs.refresh();
        }
      });
    const byServer = (command: string) => async (job: Job) => {
      await this.server.execute(`kernelagent.${command}`, { jobId: job.jobId });
    };
    return [
      onJob("open", openModule),
      onJob("cancel", byServer("cancel")),
      onJob("review", async (job) => {
        await this.review(job);
      }),
      onJob("discard", byServer("discard")),
      onJob("apply", byServer("apply")),
      onJob("report", async (job) => {
        if (job.isLive) {
          await byServer("report")(job);
        } else if (job.report) {
          await openReport(job.report);
        }
      }),
      vscode.commands.registerCommand("kernelagent.jobsView.clear", () => this.jobs.clear()),
      vscode.commands.registerCommand("kernelagent.showJobs", () =>
        vscode.commands.executeCommand(`${VIEW}.focus`),
      ),
    ];
  }
}

function setContext(name: string, value: boolean): void {
  void vscode.commands.executeCommand("setContext", `kernelagent.${name}`, value);
}

function jobItem(job: Job): vscode.TreeItem {
  const doing = DOING[job.kind ?? "fuse"] ?? job.kind;
  const item = new vscode.TreeItem(
    `${doing} ${job.class}`,
    isOver(job) ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded,
  );
  // Its state is in the id, so that a job that ends folds its stages away.
  item.id = `${job.jobId} ${isOver(job) ? "over" : "on"}`;
  const [icon, colour] = ICONS[job.state] ?? ["question"];
  item.iconPath = new vscode.ThemeIcon(icon, colour ? new vscode.ThemeColor(colour) : undefined);
  item.description = [
    isOver(job) ? howItEnded(job) : job.stage || job.state,
    seconds(job.elapsedS),
    ...(job.cost?.usd ? [`$${job.cost.usd.toFixed(2)}`] : []),
  ].join(" · ");
  item.tooltip = [
    job.message || `${doing} ${job.class}: ${job.state}`,
    vscode.Uri.parse(job.uri).fsPath,
    ...(job.endedAt ? [`Ended ${new Date(job.endedAt).toLocaleString()}`] : []),
  ].join("\n\n");
  item.contextValue = ["job", ...possible(job)].join(";");
  item.command = { command: "kernelagent.jobsView.open", title: "Open the Module", arguments: [{ job }] };
  item.accessibilityInformation = { label: `${doing} ${job.class}, ${item.description}` };
  return item;
}

/** What can be done with a job: names in its context value, which the menus look for. */
function possible(job: Job): string[] {
  const isOffered = job.isLive && job.offered === true;
  return [
    ...(job.isLive && (job.state === "running" || job.state === "waiting") ? ["cancel"] : []),
    ...(isOffered ? ["apply", "review", "discard"] : []),
    ...(job.report ? ["report"] : []),
  ];
}

function howItEnded(job: Job): string {
  return job.applied ? "applied" : job.discarded ? "discarded" : job.state;
}

function stagesOf(job: Job): Stage[] {
  const begun = job.stages ?? [];
  return begun.map(({ stage, startedS }, index) => {
    const next = begun[index + 1];
    return { name: stage, took: (next?.startedS ?? job.elapsedS) - startedS, isLast: next === undefined };
  });
}

function stageItem(job: Job, stage: Stage): vscode.TreeItem {
  const item = new vscode.TreeItem(stage.name);
  const goesOn = stage.isLast && !isOver(job);
  const message = goesOn ? withoutStage(job, stage) : "";
  item.description = [seconds(stage.took), ...(message ? [message] : [])].join(" · ");
  item.tooltip = item.description;
  const passed = (stage.isLast ? STOPPED[job.state] : undefined) ?? "check";
  item.iconPath = new vscode.ThemeIcon(goesOn ? "loading~spin" : passed);
  item.contextValue = "stage";
  return item;
}

/** The job's message without the stage's name before it, which stands beside it already. */
function withoutStage(job: Job, stage: Stage): string {
  const message = job.message ?? "";
  return message.startsWith(`${stage.name}: `) ? message.slice(stage.name.length + 2) : message;
}

function seconds(value: number): string {
  return value < 60
    ? `${value.toFixed(value < 10 ? 1 : 0)} s`
    : `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
}

export function count(jobs: number): string {
  return jobs === 1 ? "1 job runs" : `${jobs} jobs run`;
}

async function openModule(job: Job): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(job.uri));
  const found = new RegExp(`^[ \\t]*class[ \\t]+${job.class}\\b`, "m").exec(document.getText());
  const at = document.positionAt(found?.index ?? 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at), preview: true });
}

async function showSideBySide(job: Job, review: Review): Promise<void> {
  const files = await Promise.all(
    review.files.map(async ({ uri, before, after }) => {
      const old = vscode.Uri.parse(before);
      const { size } = await vscode.workspace.fs.stat(old);
      return [vscode.Uri.parse(uri), size ? old : undefined, vscode.Uri.parse(after)]; // empty: a file that is new
    }),
  );
  await vscode.commands.executeCommand("vscode.changes", `Review ${job.class}`, files);
}

async function openReport(address: string): Promise<void> {
  const uri = vscode.Uri.parse(address);
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    await vscode.window.showInformationMessage("That report is gone: its run directory was removed.");
    return;
  }
  await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
}
