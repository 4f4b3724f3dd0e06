// Stand-ins for the two Python extensions, whose own can't be installed here: the parts of their interfaces that are asked.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ENVIRONMENTS = `
const vscode = require("vscode");
exports.activate = () => {
  const changed = new vscode.EventEmitter();
  const chosen = () => vscode.workspace.getConfiguration("standin").get("environments");
  vscode.workspace.onDidChangeConfiguration((e) => e.affectsConfiguration("standin") && changed.fire({}));
  return {
    getEnvironment: async () => (chosen() ? { execInfo: { run: { executable: chosen() } } } : undefined),
    onDidChangeEnvironment: changed.event,
  };
};`;

const PYTHON = `
const vscode = require("vscode");
exports.activate = () => {
  const changed = new vscode.EventEmitter();
  const chosen = () => vscode.workspace.getConfiguration("standin").get("python");
  vscode.workspace.onDidChangeConfiguration((e) => e.affectsConfiguration("standin") && changed.fire({}));
  vscode.commands.registerCommand("python.setInterpreter", () => vscode.window.showInformationMessage("The Python extension asks."));
  return {
    environments: {
      getActiveEnvironmentPath: () => ({ path: chosen() || "" }),
      resolveEnvironment: async ({ path }) => (path ? { executable: { uri: vscode.Uri.file(path) } } : undefined),
      onDidChangeActiveEnvironmentPath: changed.event,
    },
  };
};`;

const setting = { type: "string", default: "" };

/** Paths of the two as .vsix files. Their choices are the settings standin.environments and standin.python. */
export function standIns() {
  return [
    built("vscode-python-envs", ENVIRONMENTS, { properties: { "standin.environments": setting } }),
    built("python", PYTHON, { properties: { "standin.python": setting } }),
  ];
}

function built(name, source, configuration) {
  const folder = mkdtempSync(join(tmpdir(), "kernelagent-standin-"));
  const extension = join(folder, "extension");
  mkdirSync(extension);
  const manifest = {
    name, publisher: "ms-python", version: "2026.0.0", engines: { vscode: "^1.91.0" }, main: "./main.js",
    activationEvents: ["*"], contributes: { configuration },
  };
  writeFileSync(join(extension, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(extension, "main.js"), source);
  writeFileSync(join(folder, "[Content_Types].xml"), '<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension=".json" ContentType="application/json"/><Default Extension=".js" ContentType="application/javascript"/><Default Extension=".vsixmanifest" ContentType="text/xml"/></Types>');
  writeFileSync(join(folder, "extension.vsixmanifest"), `<?xml version="1.0" encoding="utf-8"?><PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata><Identity Language="en-US" Id="${name}" Version="2026.0.0" Publisher="ms-python"/><DisplayName>${name}</DisplayName></Metadata><Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation><Dependencies/><Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/></Assets></PackageManifest>`);
  const vsix = join(folder, `${name}.vsix`);
  execFileSync("python3", ["-m", "zipfile", "-c", vsix, "[Content_Types].xml", "extension.vsixmanifest", "extension"], { cwd: folder });
  return vsix;
}
