/** What candidates are called: by their value where one setting is searched, else by what tells them apart. */
import type { Candidate } from './candidates.ts';

/** Settings whose values nobody takes for something else. */
const SELF_EXPLAINING = new Set(['gpu', 'model', 'quantization', 'router']);
const SHORT: Readonly<Record<string, string>> = { tensor_parallel_size: 'TP', request_rate: 'requests/s' };

/** By candidate; each once. */
export function candidateNames(candidates: readonly Pick<Candidate, 'name' | 'settings' | 'value'>[]): string[] {
  const keys = [...new Set(candidates.flatMap(({ settings }) => Object.keys(settings)))];
  const texts = (key: string) => new Set(candidates.map(({ settings }) => JSON.stringify(settings[key])));
  const telling = keys.filter((key) => texts(key).size > 1);
  return candidates.map(({ name, settings, value }) => {
    if (value !== null) return String(value);
    const shown =
      name === null ? (telling.length > 0 ? telling : keys) : telling.filter((key) => !isOfName(key, candidates));
    const parts = shown.filter((key) => key in settings).map((key) => partOf(key, keys, settings[key]));
    return [...(name === null ? [] : [name]), ...parts].join(' × ') || 'as it is';
  });
}

/** Whether a setting has one value for each name, so that the name says it. */
function isOfName(key: string, candidates: readonly Pick<Candidate, 'name' | 'settings'>[]): boolean {
  const values = new Map<string | null, string | undefined>();
  return candidates.every(({ name, settings }) => {
    const text = JSON.stringify(settings[key]);
    if (!values.has(name)) values.set(name, text);
    return values.get(name) === text;
  });
}

function partOf(key: string, keys: readonly string[], value: unknown): string {
  const short = shortKey(key, keys);
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value)
          .replaceAll(/["{}]/g, '')
          .replaceAll(/([:,])/g, '$1 ');
  if (short === 'replicas') return `${text} ${value === 1 ? 'replica' : 'replicas'}`;
  return SELF_EXPLAINING.has(short) ? text : `${SHORT[short] ?? short} ${text}`;
}

/** The last part of a path, or more of it where others end alike. */
export function shortKey(key: string, keys: readonly string[]): string {
  const last = key.slice(key.lastIndexOf('.') + 1);
  return keys.some((other) => other !== key && other.endsWith(`.${last}`)) ? key : last;
}
