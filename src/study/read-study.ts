/** A study file and the files its deployments name, read but not yet resolved. */
import { resolve } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { applyOverrides, type GivenWorkload, type LoadedStudy, loadStudy } from '../config/load.ts';
import { calibrationFilesNeeded, modelFilesNeeded } from '../config/model-files.ts';
import type { DeploymentContext } from '../config/resolve-deployment.ts';
import { InputError } from '../core/input-error.ts';
import { readPlainText } from './read-lines.ts';
import { profileDigest } from './read-profile.ts';

/** Reads a study file and applies assignments to it; what it names stays closed. */
export function readStudy(file: string, set: readonly string[], given: GivenWorkload | null = null): LoadedStudy {
  return applyOverrides(loadStudy(readPlainText(file), file, given), set);
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
