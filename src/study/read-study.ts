/** A study file and the files its deployments name, read but not yet resolved. */
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { type BenchSweep, withSweepFiles } from '../config/bench-sweep.ts';
import { extendedSource } from '../config/extend.ts';
import {
  applyOverrides,
  checkStudy,
  type GivenWorkload,
  type LoadedStudy,
  loadSource,
  parseSource,
} from '../config/load.ts';
import { calibrationFilesNeeded, modelFilesNeeded } from '../config/model-files.ts';
import { withMovedPaths } from '../config/moved-paths.ts';
import { type StudySource, valueAt } from '../config/problems.ts';
import type { DeploymentContext } from '../config/resolve-deployment.ts';
import { InputError } from '../core/input-error.ts';
import { isMapping } from '../core/mapping.ts';
import { readPlainText } from './read-lines.ts';
import { profileDigest } from './read-profile.ts';

/** Parameter files of `vllm bench sweep serve`, by their path. */
export interface SweepFileNames {
  readonly serveParams: string | null;
  readonly benchParams: string | null;
  /** `max_num_seqs=max_concurrency`: records go together where these agree. */
  readonly linkVars: string | null;
}

/** Reads a study file and applies assignments to it; what it names stays closed. */
export function readStudy(file: string, set: readonly string[], given: GivenWorkload | null = null): LoadedStudy {
  return applyOverrides(loadSource(readSource(file, []), given), set);
}

export interface SweptStudy {
  readonly loaded: LoadedStudy;
  /** Parameters of vLLM that change nothing here, by the name of their variant. */
  readonly noEffect: BenchSweep['noEffect'];
}

/** The same with the records of vLLM's parameter files as variants. */
export function readSweptStudy(file: string, set: readonly string[], names: SweepFileNames): SweptStudy {
  const { serveParams, benchParams, linkVars } = names;
  const read = (name: string | null) => (name === null ? null : { fileName: name, text: readPlainText(name) });
  const files = { serve: read(serveParams), bench: read(benchParams), linkVars };
  const { source, noEffect } = withSweepFiles(loadSource(readSource(file, [])).source, files);
  return { loaded: applyOverrides(checkStudy(source), set), noEffect };
}

/** A study file laid over those that it extends. `within`: the files that lead here. */
function readSource(file: string, within: readonly string[]): StudySource {
  const source = parseSource(readPlainText(file), file);
  const base = valueAt(source.raw, ['extends']);
  if (typeof base !== 'string') return source;
  const folder = dirname(file);
  const baseFile = join(folder, base);
  const where = `${source.locate(['extends'], 'value')} extends`;
  const files = [...within, file].map((each) => resolve(each));
  if (files.includes(resolve(baseFile)))
    throw new InputError(`${where}: ${[...within, file, baseFile].join(' extends ')}; expected no circle.`);
  if (!existsSync(baseFile))
    throw new InputError(`${where}: read ${JSON.stringify(base)}, but there is no file ${baseFile}.`);
  const under = readSource(baseFile, [...within, file]);
  if (!isMapping(under.raw))
    throw new InputError(`${baseFile}: expected a study: a mapping with deployment and workload.`);
  const baseFolder = dirname(baseFile);
  const moved = (path: string) => (/^[/~]/.test(path) ? path : relative(folder, join(baseFolder, path)));
  return extendedSource(source, relative(folder, baseFolder) === '' ? under : withMovedPaths(under, moved));
}

/** What the deployments of a study in `folder` are resolved against: the catalog and the files that they name. */
export function deploymentContext(loaded: LoadedStudy, folder: string, catalog: Catalog): DeploymentContext {
  return {
    catalog,
    huggingFaceConfigs: readJsonFiles(modelFilesNeeded(loaded), folder, "a model's config.json"),
    calibrations: readJsonFiles(calibrationFilesNeeded(loaded), folder, 'a calibration file (JSON)'),
    profileDigest: (path) => profileDigest(resolve(folder, path), path),
  };
}

function readJsonFiles(names: readonly string[], folder: string, expected: string): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, readJson(name, resolve(folder, name), expected)]));
}

function readJson(name: string, file: string, expected: string): unknown {
  const text = readPlainText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${name}: not ${expected}: ${(error as Error).message}`);
  }
}
