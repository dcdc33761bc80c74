/**
 * Where files are written before they get their names: a folder beside the final ones, so that a rename is all that is left to do. Its name says
 * which process of which machine it belongs to, and a process that was killed leaves it behind; whoever writes there next removes it. Folders of
 * this machine go when their process is gone. Whether a process of another machine or container lives nobody can see from here, so its folder is
 * touched now and then while it does, and goes when it has not been for an hour.
 */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Those that are in use in this process. */
const OWN = new Set<string>();

/** Machine, process, and six letters or digits of `mkdtemp`. */
const MADE_HERE = /^([A-Za-z0-9._]+\.[0-9a-f]{0,8}(?:\.\d+)?)-(\d+)-[A-Za-z0-9]{6}$/;

const TOUCH_EVERY_MS = 60_000;
const FORGOTTEN_AFTER_MS = 3_600_000;

export class StagingFolder {
  readonly path: string;
  private readonly timer: NodeJS.Timeout;

  /** Makes one in `parent`, which exists, and removes what others left there under the same prefix. */
  constructor(parent: string, prefix: string) {
    sweep(parent, prefix);
    this.path = mkdtempSync(join(parent, `${prefix}${machine()}-${process.pid}-`));
    OWN.add(this.path);
    this.timer = setInterval(() => touch(this.path), TOUCH_EVERY_MS).unref();
  }

  remove(): void {
    clearInterval(this.timer);
    OWN.delete(this.path);
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function sweep(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    // Nothing goes that was not made here: the parent may be the folder of temporary files of all programs.
    const [, owner, pid] = name.startsWith(prefix) ? (MADE_HERE.exec(name.slice(prefix.length)) ?? []) : [];
    if (owner === undefined || OWN.has(path)) continue;
    if ((owner === machine() && !isAlive(Number(pid))) || isForgotten(path))
      rmSync(path, { recursive: true, force: true });
  }
}

/**
 * A name that can stand in a file name. Machines of a cluster may all be called the same, so what Linux calls this boot of this machine is part
 * of it; so is the namespace that numbers its processes, since containers of a machine do not see those of each other.
 */
function machine(): string {
  const boot = '/proc/sys/kernel/random/boot_id';
  const id = existsSync(boot) ? readFileSync(boot, 'utf8').slice(0, 8) : '';
  return `${hostname()}.${id}${processNamespace()}`.replace(/[^A-Za-z0-9.]/g, '_');
}

/** `.4026531836`; empty where the system has none. */
function processNamespace(): string {
  try {
    const inode = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
    return inode === undefined ? '' : `.${inode}`;
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  // Of an earlier life with the same number, such as a container that was started again.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isForgotten(path: string): boolean {
  const touchedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touchedMs !== undefined && Date.now() - touchedMs > FORGOTTEN_AFTER_MS;
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Whoever waits for a folder that is gone learns it from the next write.
  }
}
