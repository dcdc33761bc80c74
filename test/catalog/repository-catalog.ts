/** The catalog with the data files of the repository, for tests. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type Catalog, createCatalog } from '../../src/catalog/catalog.ts';

const source = new URL('../../src/', import.meta.url);

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, source), 'utf8'));
}

export function repositoryCatalog(): Catalog {
  const files = readdirSync(new URL('catalog/models/', source)).filter((file) => file.endsWith('.json'));
  return createCatalog({
    models: files.map((file) => ({ file: `catalog/models/${file}`, json: readJson(`catalog/models/${file}`) })),
    gpus: readJson('catalog/gpus.json'),
    kernels: (gpuId) => {
      const path = `latency/coefficients/${gpuId}.json`;
      return existsSync(new URL(path, source)) ? readJson(path) : undefined;
    },
  });
}
