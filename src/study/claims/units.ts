/** Units of figures: how they are written, and what one of them is in the quantities' own units. */

/** What a unit measures; `ratio` has none, `count` is of tokens, requests, GPUs and their rates. */
export type Dimension = 'bytes' | 'time' | 'dollars' | 'ratio' | 'count';

export interface Unit {
  readonly dimension: Dimension;
  /** Behind a number; a currency stands before it. */
  readonly suffix: string;
  readonly prefix: string;
  readonly size: number;
}

const plain = (dimension: Dimension, suffix: string, size = 1, prefix = ''): Unit => ({
  ...{ dimension, suffix, prefix, size },
});

/** Bytes, milliseconds and dollars are the quantities' own. */
export const UNITS: Readonly<Record<string, Unit>> = {
  GB: plain('bytes', ' GB', 1e9),
  GiB: plain('bytes', ' GiB', 2 ** 30),
  KiB: plain('bytes', ' KiB', 1024),
  ms: plain('time', ' ms'),
  s: plain('time', ' s', 1000),
  min: plain('time', ' min', 60_000),
  '%': plain('ratio', ' %', 0.01),
  x: plain('ratio', ' ×'),
  tokens: plain('count', ' tokens'),
  'tokens/s': plain('count', ' tokens/s'),
  'requests/s': plain('count', ' requests/s'),
  requests: plain('count', ' requests'),
  'M tokens': plain('count', ' M tokens', 1e6),
  GPUs: plain('count', ' GPUs'),
  $: plain('dollars', '', 1, '$'),
  '$/M tokens': plain('dollars', ' per M tokens', 1, '$'),
  '$/month': plain('dollars', ' a month', 1, '$'),
  '$/day': plain('dollars', ' a day', 1, '$'),
};

export const NO_UNIT: Unit = plain('ratio', '');

export function unitOf(name: string | undefined): Unit {
  return name === undefined ? NO_UNIT : UNITS[name]!;
}
