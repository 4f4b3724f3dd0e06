// A real VS Code for a test: code-server with a fresh profile and the built extension, in a headless Chromium.

import { spawn, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "kernelagent-tests", "code-server");
const MODULES = join(CACHE, "app", "node_modules");
const { chromium } = createRequire(join(MODULES, "_"))("playwright-core");

const SETTINGS = {
  "files.autoSave": "off",
  "files.hotExit": "off",
  "window.restoreWindows": "none",
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.tips.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "chat.disableAIFeatures": true,
  "workbench.layoutControl.enabled": false,
  "window.commandCenter": false,
  "git.enabled": false,
  "editor.fontSize": 13,
  "editor.minimap.enabled": false,
  "kernelagent.provider": "builtin",
  "kernelagent.codeLens": true,
};

const THEMES = { dark: "Default Dark Modern", light: "Default Light Modern" };

export class Editor {
  /**
   * @param files the workspace, by name
   * @param settings over the usual ones
   * @param extensions further .vsix files
   */
  static async open({ vsix, files = {}, settings = {}, extensions = [], theme = "dark", pictures, size = [1280, 800], env = {} }) {
    const folder = mkdtempSync(join(tmpdir(), "kernelagent-vscode-"));
    const editor = new Editor(folder, pictures, theme);
    const workspace = join(folder, "project");
    mkdirSync(workspace);
    editor.workspace = workspace;
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(workspace, name), text);
    }
    editor.changeSettings({ ...SETTINGS, "workbench.colorTheme": THEMES[theme], ...settings });
    writeFileSync(join(folder, "config.yaml"), "auth: none\ncert: false\n");
    editor.env = {
      ...process.env,
      PATH: `${join(CACHE, "bin")}:${process.env.PATH}`,
      EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}',
      HOME: folder,
      XDG_CACHE_HOME: join(folder, "cache"),
      ...env,
    };
    for (const name of ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "VIRTUAL_ENV", "PYTHONPATH"]) {
      delete editor.env[name];
    }
    for (const extension of [vsix, ...extensions]) {
      editor.codeServer(["--install-extension", extension]);
    }
    try {
      await editor.start(size);
    } catch (error) {
      await editor.close();
      throw error;
    }
    return editor;
  }

  constructor(folder, pictures, theme) {
    this.folder = folder;
    this.pictures = pictures;
    this.theme = theme;
    this.output = "";
  }

  get arguments() {
    return [
      join(MODULES, "code-server", "out", "node", "entry.js"),
      "--config", join(this.folder, "config.yaml"),
      "--user-data-dir", join(this.folder, "user"),
      "--extensions-dir", join(this.folder, "extensions"),
      "--disable-telemetry", "--disable-update-check",
    ];
  }

  codeServer(args) {
    return execFileSync(join(CACHE, "bin", "node"), [...this.arguments, ...args], { env: this.env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  async start(size) {
    const port = await freePort();
    this.process = spawn(
      join(CACHE, "bin", "node"),
      [...this.arguments, "--bind-addr", `127.0.0.1:${port}`, "--disable-getting-started-override", this.workspace],
      { env: this.env, stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (text) => (this.output += text));
    }
    await until(() => this.output.includes("HTTP server listening"), "code-server to listen", 60_000);
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    const context = await this.browser.newContext({
      viewport: { width: size[0], height: size[1] },
      permissions: ["clipboard-read", "clipboard-write"],
      deviceScaleFactor: Number(process.env.KERNELAGENT_PICTURE_SCALE || 1),
    });
    this.page = await context.newPage();
    this.page.setDefaultTimeout(60_000);
    await this.page.goto(`http://127.0.0.1:${port}/?folder=${this.workspace}`);
    await this.page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    await this.page.locator(".activitybar .action-label").first().waitFor();
  }

  /** Loads the window anew. On a busy machine it stands for minutes before it has its extensions again. */
  async reload() {
    await this.page.reload();
    await this.page.locator(".activitybar .action-label[aria-label*='KernelAgent']").waitFor({ timeout: 240_000 });
  }

  async close() {
    await this.browser?.close();
    if (this.process?.pid && this.process.exitCode === null) {
      process.kill(-this.process.pid, "SIGTERM");
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      await Promise.race([ended, sleep(5000)]);
      try {
        process.kill(-this.process.pid, "SIGKILL");
      } catch {
        // it has ended
      }
    }
    if (!process.env.KERNELAGENT_KEEP_PROFILE) {
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 300 });
    }
  }

  /** A picture of the window, or of `clip`; PNG. With the pointer out of the way, unless it `points`. */
  async picture(name, { points = false, ...options } = {}) {
    if (!this.pictures) {
      return;
    }
    if (!points) {
      await this.page.mouse.move(640, 795);
    }
    mkdirSync(this.pictures, { recursive: true });
    await this.page.screenshot({ path: join(this.pictures, `${name}-${this.theme}.png`), ...options });
  }

  /** A command of the palette, by its title. Asked again while the extension's are not there yet. */
  async command(title) {
    const input = this.page.locator(".quick-input-widget .quick-input-filter input");
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await until(async () => {
      await this.page.keyboard.press("F1");
      await input.waitFor();
      await input.fill(`>${title}`);
      try {
        await row.click({ timeout: 3000 });
        return true;
      } catch {
        await this.page.keyboard.press("Escape");
        return false;
      }
    }, `the command ${title}`);
  }

  /** Titles of the palette's commands that match `text`. */
  async commandsLike(text) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget .quick-input-filter input");
    await input.waitFor();
    await input.fill(`>${text}`);
    await sleep(800);
    const rows = await this.page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
    await this.page.keyboard.press("Escape");
    return rows.map((row) => row.split("\n")[0]);
  }

  async openFile(name) {
    await this.page.keyboard.press("F1"); // the same box: what begins with ">" is a command, all else a file
    const input = this.page.locator(".quick-input-widget .quick-input-filter input");
    await input.waitFor();
    await input.fill(name);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first();
    await row.waitFor();
    await row.click();
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  }

  /** Puts the cursor into line `line` of the active editor, 1-based. */
  async goTo(line) {
    await this.page.keyboard.press("Control+G");
    const input = this.page.locator(".quick-input-widget .quick-input-filter input");
    await input.waitFor();
    await input.fill(`:${line}`);
    await this.page.locator(".quick-input-widget", { hasText: /line \d+/i }).waitFor();
    await until(async () => {
      await input.press("Enter");
      await sleep(200);
      return this.page.locator(".quick-input-widget").isHidden();
    }, "the cursor to go there");
  }

  /** The side bar's view, opened. */
  async showJobs() {
    await this.command("KernelAgent: Show Jobs");
    await this.page.locator(".sidebar .composite.title", { hasText: "KernelAgent" }).waitFor();
  }

  jobs() {
    return this.page.locator(".sidebar .monaco-list-row");
  }

  /** Presses what the jobs view offers beside `job`. A running one is drawn anew each second: asked again then. */
  async act(job, action) {
    await until(async () => {
      await this.page.mouse.move(640, 795);
      await job.hover();
      try {
        await job.locator(`.action-label[aria-label='${action}']`).click({ timeout: 1500 });
        return true;
      } catch {
        return false;
      }
    }, `${action} in the jobs view`);
  }

  job(text) {
    return this.page.locator(".sidebar .monaco-list-row", { hasText: text });
  }

  lens(text) {
    return this.page.locator(".codelens-decoration a", { hasText: text });
  }

  notification(text) {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text });
  }

  async press(notification, button) {
    await notification.locator(".monaco-button", { hasText: button }).click();
  }

  async closeNotifications() {
    await this.command("Notifications: Clear All Notifications");
  }

  text(name) {
    return readFileSync(join(this.workspace, name), "utf8");
  }

  async activeText() {
    return (await this.page.locator(".editor-group-container.active .view-lines").innerText()).replaceAll("\u00a0", " ");
  }

  changeSettings(settings) {
    this.settings = { ...this.settings, ...settings };
    for (const place of ["User", "Machine"]) { // code-server is a remote: what a machine has is set in the second
      mkdirSync(join(this.folder, "user", place), { recursive: true });
      writeFileSync(join(this.folder, "user", place, "settings.json"), JSON.stringify(this.settings));
    }
  }

  /** Processes of this editor whose command line has `text`: `[{pid, commandLine, environment}]`. */
  processes(text) {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
          const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
          const isOurs = environment.includes(`HOME=${this.folder}`);
          return isOurs && commandLine.includes(text) ? [{ pid: Number(pid), commandLine, environment }] : [];
        } catch {
          return []; // it has ended meanwhile
        }
      });
  }

  servers() {
    return this.processes("bundled/start.py");
  }

  /** The server's process. */
  async server() {
    return until(() => this.servers()[0], "the server", 60_000);
  }

  /** Files below the profile that hold `text`. */
  filesWith(text) {
    try {
      const found = execFileSync("grep", ["-rlF", "--exclude-dir=extensions", "--", text, this.folder], { encoding: "utf8" });
      return found.split("\n").filter(Boolean);
    } catch {
      return []; // grep found none
    }
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `what` gives something true; that. */
export async function until(what, name, timeout = 60_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await what();
    if (found) {
      return found;
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${name}`);
    }
    await sleep(100);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
