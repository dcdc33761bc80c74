/** Runs the built command line as a user would, in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The built program. */
export const MAIN = new URL('../../dist/cli/main.js', import.meta.url).pathname;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fresh folder with these files in it. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'servesim-test-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Runs a command to its end. The last argument may be a mapping: environment variables. */
export function servesim(folder: string, ...args: (string | Readonly<Record<string, string>>)[]): Outcome {
  const words = args.filter((arg) => typeof arg === 'string');
  const env = Object.assign({}, process.env, ...args.filter((arg) => typeof arg !== 'string'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { code: status, stdout, stderr };
}

/** Starts a command that writes to `out`, and interrupts it (Ctrl-C) once it has begun to. */
export async function interrupted(
  folder: string,
  ...args: string[]
): Promise<{ code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  while (!existsSync(join(folder, 'out'))) await setTimeout(20);
  child.kill('SIGINT');
  return ended;
}

/** Every file below a folder with its bytes. */
export function contents(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}
