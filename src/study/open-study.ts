/** From a study file to its runs: opens the file and everything it names. */

import { dirname, resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { type GivenWorkload, type LoadedStudy, withSettings } from '../config/load.ts';
import { type ResolveContext, resolveStudy } from '../config/resolve.ts';
import { classNames } from '../config/resolve-workload-spec.ts';
import type { ResolvedStudy } from '../config/resolved.ts';
import { didYouMean, InputError } from '../core/input-error.ts';
import { remembered } from '../core/remembered.ts';
import { metricsOf } from '../metrics/metric-names.ts';
import { parsePrecision } from '../metrics/statistics/stopping-rule.ts';
import { measuredFormat } from '../workload/measured/recording.ts';
import { fileDigest } from './file-digest.ts';
import { PACKAGE_VERSION, packagedCatalog, packagedPriceBook, packagedWorkloads } from './package-files.ts';
import { firstLine } from './read-lines.ts';
import { profileDigest } from './read-profile.ts';
import { deploymentContext, readStudy, readSweptStudy, type SweepFileNames, type SweptStudy } from './read-study.ts';

export interface StudyOptions {
  /** Assignments `path=value` that change the study before it is checked. */
  readonly set?: readonly string[];
  /** Replaces the study's own seeds. */
  readonly seeds?: readonly number[];
  /** Replaces the study's own workload. */
  readonly workload?: GivenWorkload;
  /** Parameter files of `vllm bench sweep serve`, whose records become variants. */
  readonly sweepFiles?: SweepFileNames;
}

export interface OpenStudy {
  readonly resolved: ResolvedStudy;
  /** What it was resolved against. */
  readonly catalog: Catalog;
  /** Paths in the study are relative to this folder. */
  readonly folder: string;
  /** The same study with these seeds. */
  withSeeds(seeds: readonly number[]): ResolvedStudy;
  /** The same study without its sweep, with settings by their dotted path as `--set` takes them, and these seeds. */
  withSettings(settings: Readonly<Record<string, unknown>>, seeds: readonly number[]): ResolvedStudy;
}

/** Reads and resolves a study file. Throws InputError with everything that is wrong with it. */
export function openStudy(file: string, options: StudyOptions = {}): OpenStudy {
  const folder = dirname(file);
  const { loaded, noEffect } = read(file, options);
  const catalog = packagedCatalog();
  const files = namedFiles(folder);
  const resolveWith = (study: LoadedStudy, seeds: readonly number[] | undefined) =>
    withSweepNotes(resolveStudy(study, { ...studyContext(study, folder, catalog, seeds), ...files }), noEffect);
  const resolved = resolveWith(loaded, options.seeds);
  checkSeeds(resolved, options.seeds ?? []);
  return {
    resolved,
    catalog,
    folder,
    withSeeds: (seeds) => resolveWith(loaded, seeds),
    withSettings: (settings, seeds) => resolveWith(withSettings(loaded, settings), seeds),
  };
}

function read(file: string, { set = [], workload, sweepFiles }: StudyOptions): SweptStudy {
  const isSwept = sweepFiles !== undefined && (sweepFiles.serveParams !== null || sweepFiles.benchParams !== null);
  if (isSwept) return readSweptStudy(file, set, sweepFiles);
  if (sweepFiles?.linkVars != null)
    throw new InputError(`--link-vars ${sweepFiles.linkVars}: expected with --serve-params and --bench-params.`);
  return { loaded: readStudy(file, set, workload ?? null), noEffect: new Map() };
}

/** What the records of parameter files had that changes nothing here is said of the runs that they became. */
function withSweepNotes(study: ResolvedStudy, noEffect: SweptStudy['noEffect']): ResolvedStudy {
  if (noEffect.size === 0) return study;
  const runs = study.runs.map((run) => {
    const more = noEffect.get(run.variant_name ?? '') ?? [];
    const pools = run.pools.map((pool) => {
      const { deployment } = pool;
      const notes = { ...deployment.notes, no_effect: [...deployment.notes.no_effect, ...more] };
      return { ...pool, deployment: { ...deployment, notes } };
    });
    return { ...run, pools, deployment: pools[0]!.deployment };
  });
  return { ...study, runs };
}

/** A stopping rule adds the seeds after the first ones, up to a number. */
function checkSeeds({ until }: ResolvedStudy, seeds: readonly number[]): void {
  if (until === null) return;
  const areFirst = seeds.every((seed, i) => seed === i + 1);
  const refuse = (why: string) => {
    const given = areFirst ? seeds.length : seeds.join(',');
    throw new InputError(`--seeds ${given}: ${why}; expected how many to begin with, such as 10.`);
  };
  if (!areFirst) refuse('the study has until, which adds the seeds after the first ones');
  if (seeds.length > until.max_seeds) refuse(`until has ${until.max_seeds} seeds at most`);
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
    ...namedFiles(folder),
    precisionProblem: (text) => precisionProblem(text, classNames(loaded.study.workload, packagedWorkloads())),
    ...(seeds === undefined ? {} : { seeds }),
  };
}

/** What is asked of the files that a study names: each is read once, as a search resolves its study again and again. */
function namedFiles(folder: string): Pick<ResolveContext, 'traceDigest' | 'profileDigest' | 'traceFormat'> {
  return {
    traceDigest: remembered((path) => fileDigest(resolve(folder, path), path)),
    profileDigest: remembered((path) => profileDigest(resolve(folder, path), path)),
    traceFormat: remembered((path) => measuredFormat(firstLine(resolve(folder, path), path))),
  };
}

/** What is wrong with `5% of ttft_p99`, where the requests have these classes; undefined: nothing. */
function precisionProblem(text: string, classes: readonly string[]): string | undefined {
  try {
    const { metric } = parsePrecision(text);
    const names = metricsOf(classes).map(({ name }) => name);
    return names.includes(metric)
      ? undefined
      : `no metric ${metric}.${didYouMean(metric, names) || ' Expected one such as ttft_p99, tpot_mean or goodput'}`;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
