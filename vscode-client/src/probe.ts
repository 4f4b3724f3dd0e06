// What a Python is: its version, and what it has of what is needed. Nothing heavy is imported for that.

import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Probed {
  readonly executable: string;
  /** Such as "3.11.7". */
  readonly version: string;
  readonly torch: string | null;
  readonly triton: string | null;
  /** Whether `kernelagent_lsp` is installed there. */
  readonly hasServer: boolean;
}

// Runs in any Python 3, so that one that is too old can be named.
const SCRIPT = `
import sys
sys.path[:] = [folder for folder in sys.path if folder]
import json
def version(name):
    try:
        from importlib import metadata
        return metadata.version(name)
    except Exception:
        return None
from importlib import util
print(json.dumps({
    "executable": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "torch": version("torch"),
    "triton": version("triton"),
    "hasServer": util.find_spec("kernelagent_lsp") is not None,
}))
`;

/** Ask the Python at `path`; undefined where there is none that works. */
export async function probe(path: string): Promise<Probed | undefined> {
  try {
    const { stdout } = await run(path, ["-c", SCRIPT], { timeout: 15_000, cwd: tmpdir(), windowsHide: true });
    return JSON.parse(stdout) as Probed;
  } catch {
    return undefined; // not there, or not a Python
  }
}

/** What the user named, as a program: `~` and the folder of an environment will do, as they do for the server. */
export function programOf(named: string): string {
  const path = /^~(?=$|[/\\])/.test(named) ? join(homedir(), named.slice(1)) : named;
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? programIn(path) : path;
}

/** The Python of an environment's folder. */
export function programIn(environment: string): string {
  return process.platform === "win32"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 10);
}
