/** From a study file to its runs: opens the file and everything it names. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import type { GivenWorkload, LoadedStudy } from '../config/load.ts';
import { type ResolveContext, resolveStudy } from '../config/resolve.ts';
import type { ResolvedStudy } from '../config/resolved.ts';
import { measuredFormat } from '../workload/measured/recording.ts';
import { PACKAGE_VERSION, packagedCatalog, packagedPriceBook, packagedWorkloads } from './package-files.ts';
import { firstLine, unreadable } from './read-lines.ts';
import { deploymentContext, readStudy } from './read-study.ts';

export interface StudyOptions {
  /** Assignments `path=value` that change the study before it is checked. */
  readonly set?: readonly string[];
  /** Replaces the study's own seeds. */
  readonly seeds?: readonly number[];
  /** Replaces the study's own workload. */
  readonly workload?: GivenWorkload;
}

export interface OpenStudy {
  readonly resolved: ResolvedStudy;
  /** What it was resolved against. */
  readonly catalog: Catalog;
  /** Paths in the study are relative to this folder. */
  readonly folder: string;
}

/** Reads and resolves a study file. Throws InputError with everything that is wrong with it. */
export function openStudy(file: string, options: StudyOptions = {}): OpenStudy {
  const folder = dirname(file);
  const loaded = readStudy(file, options.set ?? [], options.workload ?? null);
  const catalog = packagedCatalog();
  const resolved = resolveStudy(loaded, studyContext(loaded, folder, catalog, options.seeds));
  return { resolved, catalog, folder };
}

/** What a study in `folder` is resolved against. `seeds` replace its own. */
export function studyContext(
  loaded: LoadedStudy,
  folder: string,
  catalog: Catalog,
  seeds?: readonly number[],
): ResolveContext {
  return {
    ...deploymentContext(loaded, folder, catalog),
    programVersion: PACKAGE_VERSION,
    bundledWorkloads: packagedWorkloads(),
    priceBook: packagedPriceBook(),
    traceDigest: (path) => sha256(resolve(folder, path), path),
    traceFormat: (path) => measuredFormat(firstLine(resolve(folder, path), path)),
    ...(seeds === undefined ? {} : { seeds }),
  };
}

/** The digest of a file that may be larger than memory; `name` is the file as the study names it. */
function sha256(file: string, name: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1 << 20);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    for (let bytes = 1; bytes > 0; ) {
      bytes = readSync(descriptor, chunk);
      hash.update(chunk.subarray(0, bytes));
    }
    return hash.digest('hex');
  } catch (error) {
    throw unreadable(name, error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
