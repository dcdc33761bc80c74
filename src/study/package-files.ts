/**
 * The data that ships with the package: catalog, kernel coefficients, bundled workloads. This file and its compiled
 * form lie at the same depth below the package's root, so one relative path serves both.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Catalog } from '../catalog/catalog.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { type PriceBook, parsePrices } from '../catalog/prices.ts';

const ROOT = new URL('../../', import.meta.url);

/** The version of this program, as in package.json. */
export const PACKAGE_VERSION = (readJson('package.json') as { version: string }).version;

/** Models and GPUs at once, kernel coefficients when a GPU's are asked for. */
export function packagedCatalog(): Catalog {
  const models = filesIn('src/catalog/models/', '.json');
  return createCatalog({
    models: models.map((file) => ({ file, json: readJson(`src/catalog/models/${file}`) })),
    gpus: readJson('src/catalog/gpus.json'),
    kernels: (gpuId) => {
      const file = `src/latency/coefficients/${gpuId}.json`;
      return existsSync(new URL(file, ROOT)) ? readJson(file) : undefined;
    },
  });
}

/** What GPUs and APIs cost, as quoted. */
export function packagedPriceBook(): PriceBook {
  return parsePrices(readJson('src/catalog/prices.json'), 'prices.json');
}

/** The specifications of the bundled workloads, by the name of their file. */
export function packagedWorkloads(): Record<string, unknown> {
  const files = filesIn('workloads/', '.yaml');
  return Object.fromEntries(
    files.map((file) => [file.slice(0, -'.yaml'.length), parse(readText(`workloads/${file}`))]),
  );
}

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(new URL(folder, ROOT))
    .filter((file) => file.endsWith(extension))
    .sort();
}

function readJson(file: string): unknown {
  return JSON.parse(readText(file));
}

function readText(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}
