/** Units of figures: how they are written, and what one of them is in the quantities' own units. */

export interface Unit {
  /** Behind a number; a currency stands before it. */
  readonly suffix: string;
  readonly prefix: string;
  readonly size: number;
}

const plain = (suffix: string, size = 1, prefix = ''): Unit => ({ suffix, prefix, size });

/** Bytes, milliseconds and dollars are the quantities' own. */
export const UNITS: Readonly<Record<string, Unit>> = {
  GB: plain(' GB', 1e9),
  GiB: plain(' GiB', 2 ** 30),
  KiB: plain(' KiB', 1024),
  ms: plain(' ms'),
  s: plain(' s', 1000),
  min: plain(' min', 60_000),
  '%': plain(' %', 0.01),
  x: plain(' ×'),
  tokens: plain(' tokens'),
  'tokens/s': plain(' tokens/s'),
  'requests/s': plain(' requests/s'),
  requests: plain(' requests'),
  'M tokens': plain(' M tokens', 1e6),
  GPUs: plain(' GPUs'),
  $: plain('', 1, '$'),
  '$/M tokens': plain(' per M tokens', 1, '$'),
  '$/month': plain(' a month', 1, '$'),
  '$/day': plain(' a day', 1, '$'),
};

export const NO_UNIT: Unit = plain('');

export function unitOf(name: string | undefined): Unit {
  return name === undefined ? NO_UNIT : UNITS[name]!;
}
