/**
 * Units as people write and read them: durations (`60ms`), token counts with vLLM's suffixes (`32k`, `32K`), and
 * numbers formatted to three significant digits. Times inside the simulator are integer microseconds.
 */
import { InputError } from './input-error.ts';

const US_PER_UNIT: Record<string, number> = {
  us: 1,
  µs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  min: 60e6,
  h: 3600e6,
  d: 86_400e6,
};

const DURATION = /^\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(us|µs|ms|s|m|min|h|d)?\s*$/i;

/**
 * A duration in integer microseconds: `2s`, `60ms`, `0.3ms`, `10m`, `1h`, `1d`, or a plain number of seconds. Units are
 * lower case; compound forms (`1h30m`) are not read.
 */
export function parseDurationUs(value: string | number): number {
  const match = DURATION.exec(String(value));
  const unit = match?.[2] ?? 's';
  const factor = US_PER_UNIT[unit];
  const us = match && factor !== undefined ? Math.round(Number(match[1]) * factor) : Number.NaN;
  if (!Number.isSafeInteger(us)) {
    throw new InputError(
      `${JSON.stringify(value)} is not a duration; expected a number with us, ms, s, m, h or d, such as 60ms or 10m, or a plain number of seconds`,
    );
  }
  return us;
}

const DURATION_STEPS: readonly [name: string, us: number][] = [
  ['d', 86_400e6],
  ['h', 3600e6],
  ['min', 60e6],
  ['s', 1e6],
  ['ms', 1e3],
  ['µs', 1],
];

/** A duration for people, three significant digits: `1.28 s`, `31.4 ms`, `250 µs`, `2.50 min`, `0 s`. */
export function formatDuration(us: number): string {
  if (Number.isNaN(us)) return '–';
  if (!Number.isFinite(us)) return us > 0 ? '∞' : '-∞';
  if (us === 0) return '0 s';
  // Two minutes read better as 120 s, two hours better as 120 min.
  const size = Math.abs(us);
  const [name, unitUs] =
    DURATION_STEPS.find(
      ([step, length]) => size >= (step === 'min' || step === 'h' || step === 'd' ? 2 : 1) * length * ROUND_UP,
    ) ?? DURATION_STEPS.at(-1)!;
  return `${threeDigits(us / unitUs)} ${name}`;
}

/** So that 999.96 ms is written as 1.00 s rather than 1000 ms. */
const ROUND_UP = 0.9995;

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people, three significant digits in binary units: `37.1 GiB`, `512 B`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 * ROUND_UP && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : threeDigits(value)} ${BINARY_UNITS[unit]}`;
}

/** An integer with a comma between thousands: `1,234,567`. Fractions are rounded. */
export function formatCount(count: number): string {
  const digits = String(Math.round(Math.abs(count))).replace(/\B(?=(\d{3})+$)/g, ',');
  return count < 0 && digits !== '0' ? `-${digits}` : digits;
}

/** Three significant digits without an exponent; four where the number has four digits before the point. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 999.5) return formatCount(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(size * (1 + 1e-12))));
  const text = value.toFixed(Math.min(decimals, 12));
  // 9.996 rounds to 10.00: one digit too many.
  return decimals > 0 && text.replace(/^-?0\.0*|[-.]/g, '').length > 3 ? value.toFixed(decimals - 1) : text;
}

/** Without the last digits of a double, in which equal amounts that were added up in another order differ. */
export function roundedTo12(value: number): number {
  return Number(value.toPrecision(12));
}

const TOKEN_COUNT = /^(\d+(?:\.\d+)?)\s*([kKmMgGtT])?$/;
const TOKEN_SUFFIX: Record<string, number> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/**
 * A whole number as vLLM reads it on its command line (`human_readable_int`): `32768`, `32k` = 32,000, `32K` = 32,768,
 * `1.5m` = 1,500,000. Decimals go with lower-case suffixes only.
 */
export function parseTokenCount(value: string | number): number {
  const match = TOKEN_COUNT.exec(String(value).trim());
  const suffix = match?.[2];
  const number = Number(match?.[1]);
  if (match && suffix !== undefined && /[KMGT]/.test(suffix) && !Number.isInteger(number)) {
    throw new InputError(
      `${JSON.stringify(value)} mixes a decimal with a binary suffix; did you mean ${match[1]}${suffix.toLowerCase()}?`,
    );
  }
  const count = match ? Math.trunc(number * (suffix === undefined ? 1 : TOKEN_SUFFIX[suffix]!)) : Number.NaN;
  if (!Number.isSafeInteger(count) || (suffix === undefined && !Number.isInteger(number))) {
    throw new InputError(
      `${JSON.stringify(value)} is not a whole number; expected digits, or digits with k, m, g (powers of 1,000) or K, M, G (powers of 1,024), such as 32k or 32K`,
    );
  }
  return count;
}
