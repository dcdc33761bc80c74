/**
 * What kind of thing a quantity is, as far as the claim file alone tells, and whether a unit fits it. A literal number
 * may stand for anything, and so may a product; a quotient of two things of one kind is a plain ratio.
 */
import type { Problem } from '../../config/problems.ts';
import type { Expectation } from './claim-schema.ts';
import type { CheckField, Quantity } from './quantity.ts';
import { type Dimension, UNITS } from './units.ts';

/** Null where it cannot be told. */
export function dimensionOf(quantity: Quantity): Dimension | null {
  if (typeof quantity === 'number') return null;
  if ('value' in quantity) return fieldDimension(quantity.value);
  if ('check' in quantity) return BYTE_FIELDS.has(quantity.check) ? 'bytes' : null;
  if ('kv_bytes' in quantity || 'weight_bytes' in quantity) return 'bytes';
  if ('price' in quantity || 'api_usd' in quantity) return 'dollars';
  if ('ratio' in quantity) {
    const [over, under] = quantity.ratio.map(kindOf);
    return over !== null && over === under ? 'ratio' : null;
  }
  if ('difference' in quantity) return common(quantity.difference);
  if ('sum' in quantity) return common(quantity.sum);
  if ('smallest' in quantity) return common(quantity.smallest);
  if ('ceil' in quantity) return dimensionOf(quantity.ceil);
  const found = 'first' in quantity ? quantity.first : 'last' in quantity ? quantity.last : null;
  return found?.take === undefined ? null : dimensionOf(found.take);
}

/** Also of things whose dimension has no name here: two of one kind are two readings of one field, or two numbers. */
function kindOf(quantity: Quantity): string | null {
  const dimension = dimensionOf(quantity);
  if (dimension !== null) return dimension;
  if (typeof quantity === 'number') return 'number';
  if ('value' in quantity) return `value ${quantity.value}`;
  if ('check' in quantity) return `check ${quantity.check}`;
  if ('parameters' in quantity) return 'parameters';
  return 'bandwidth' in quantity ? 'bandwidth' : null;
}

const BYTE_FIELDS: ReadonlySet<CheckField> = new Set(['weight_bytes', 'usable_bytes', 'kv_bytes'] as const);

/** Fields of the summary say their unit at their end, as `p99_ttft_ms` does, and money wherever it stands. */
function fieldDimension(field: string): Dimension | null {
  const name = field.split('.').at(-1)!;
  if (name.endsWith('_ms')) return 'time';
  return /^usd(_|$)/.test(name) ? 'dollars' : null;
}

/** What is added up is of the kind of those parts that are known, where they agree. */
function common(parts: readonly Quantity[]): Dimension | null {
  const known = new Set(parts.map(dimensionOf).filter((dimension) => dimension !== null));
  const [only] = known;
  return known.size === 1 ? only! : null;
}

const NAMES: Readonly<Record<Dimension, string>> = {
  bytes: 'bytes',
  time: 'a time',
  dollars: 'an amount of money',
  ratio: 'a ratio',
  count: 'a number of things',
};

/** Units that do not fit their quantity, and ranges that end before they begin. */
export function expectationProblems(expect: readonly Expectation[]): Problem[] {
  return expect.flatMap((expectation, i) => [...unitProblems(expectation, i), ...rangeProblems(expectation, i)]);
}

function unitProblems({ quantity, unit }: Expectation, i: number): Problem[] {
  const dimension = dimensionOf(quantity);
  if (unit === undefined || dimension === null || UNITS[unit]!.dimension === dimension) return [];
  const fitting = Object.keys(UNITS).filter((name) => UNITS[name]!.dimension === dimension);
  const message = `read "${unit}", but the quantity is ${NAMES[dimension]}; expected one of ${fitting.join(', ')}`;
  return [{ path: ['expect', i, 'unit'], at: 'value', message }];
}

function rangeProblems({ claimed }: Expectation, i: number): Problem[] {
  if (typeof claimed !== 'object' || !('from' in claimed) || claimed.from <= claimed.to) return [];
  const message = `read ${claimed.from}, expected at most ${claimed.to}, where the range ends`;
  return [{ path: ['expect', i, 'claimed', 'from'], at: 'value', message }];
}
