/** How another thread or process finds and loads a file of this program, built (`.js`) or from source (`.ts`, in development and tests). */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** The file of that name beside a module, with the module's own extension. */
export function sibling(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${isSource(moduleUrl) ? '.ts' : '.js'}`, moduleUrl);
}

/**
 * Options of node for a thread that loads files like this module; undefined: those of this process. From source it needs the loader of
 * development, which of itself leaves threads alone.
 */
export function threadOptions(moduleUrl: string): string[] | undefined {
  if (!isSource(moduleUrl)) return undefined;
  const tsx = pathToFileURL(createRequire(moduleUrl).resolve('tsx/package.json'));
  const loader = new URL('dist/esm/api/index.mjs', tsx).href;
  return ['--import', `data:text/javascript,import{register}from${JSON.stringify(loader)};register()`];
}

function isSource(moduleUrl: string): boolean {
  return moduleUrl.endsWith('.ts');
}
