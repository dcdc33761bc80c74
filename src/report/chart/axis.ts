/** Axes: a light grid, labels, and the title at the axis's end with an arrow; no boxes. */
import { formatCount } from '../../core/units.ts';
import { CHARACTER, element, type Frame, label } from './svg.ts';

export interface Tick {
  /** Pixel position. */
  readonly at: number;
  readonly text: string;
}

/** Baselines below the plot, pixels: far enough for a phone's letters, which are the largest, to stay clear of the axis at the left. */
export const LABELS_BELOW = 18;
export const TITLE_BELOW = 36;

/** Labels below the plot, as many as find room; `title` ends at the right edge. */
export function xAxis(frame: Frame, ticks: readonly Tick[], title: string, grid = true): string {
  const base = frame.height - frame.bottom;
  const marks = clear(ticks).map(({ at, text }) => {
    const line = grid ? element('line', { class: 'grid', x1: at, x2: at, y1: frame.top, y2: base }) : '';
    return line + label(text, { class: 'tick', x: at, y: base + LABELS_BELOW, 'text-anchor': 'middle' });
  });
  const name = label(`${title} →`, {
    class: 'axis-title',
    x: frame.width - frame.right,
    y: base + TITLE_BELOW,
    'text-anchor': 'end',
  });
  return (
    marks.join('') +
    element('line', { class: 'axis', x1: frame.left, x2: frame.width - frame.right, y1: base, y2: base }) +
    name
  );
}

/** Room between two labels, pixels. */
const GAP = 4;

/** Without labels that would touch the one before them. */
function clear(ticks: readonly Tick[]): Tick[] {
  const kept: Tick[] = [];
  const half = ({ text }: Tick) => (text.length * CHARACTER) / 2;
  for (const tick of ticks) {
    const before = kept.at(-1);
    if (before === undefined || tick.at - half(tick) >= before.at + half(before) + GAP) kept.push(tick);
  }
  return kept;
}

/** Labels left of the plot; `title` stands above them. */
export function yAxis(frame: Frame, ticks: readonly Tick[], title: string): string {
  const marks = ticks.map(
    ({ at, text }) =>
      element('line', { class: 'grid', x1: frame.left, x2: frame.width - frame.right, y1: at, y2: at }) +
      label(text, { class: 'tick', x: frame.left - 7, y: at + 4, 'text-anchor': 'end' }),
  );
  return marks.join('') + label(`↑ ${title}`, { class: 'axis-title', x: 0, y: frame.top - 17 });
}

const MANTISSAS = [1, 1.5, 2, 3, 5, 7];
/** From dense to sparse; all nearly even on a logarithmic axis. */
const TICK_MANTISSAS = [[1, 2, 5], [1, 3], [1]];
/** For axes so short that the ones above would leave them bare; densest first. */
const DENSE_MANTISSAS = [
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9],
  [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 1.5, 2, 3, 5, 7],
];
const FEW_TICKS = 4;

/** The nearest 1, 1.5, 2, 3, 5 or 7 times a power of ten at or below (`down`) or above `ms`. */
export function roundOutward(ms: number, direction: 'down' | 'up'): number {
  const power = 10 ** Math.floor(Math.log10(ms) + 1e-9);
  const steps = [...MANTISSAS, 10].map((mantissa) => mantissa * power);
  // A hair of tolerance, so that 0.2 is its own neighbour in spite of rounding.
  return direction === 'down'
    ? steps.filter((step) => step <= ms * (1 + 1e-9)).at(-1)!
    : steps.find((step) => step >= ms * (1 - 1e-9))!;
}

/**
 * 1, 2, 5, 10, … within the domain; 1, 3, 10, … or fewer where that gives more than `most`, and more, as many as fit,
 * where it gives fewer than four.
 */
export function logTicks([low, high]: readonly [number, number], most: number): number[] {
  const candidates = TICK_MANTISSAS.map((mantissas) => roundValues(low, high, mantissas));
  if (candidates[0]!.length < FEW_TICKS) {
    const dense = DENSE_MANTISSAS.map((mantissas) => roundValues(low, high, mantissas));
    const found = dense.find((values) => values.length <= most);
    if (found !== undefined && found.length > candidates[0]!.length) return found;
  }
  const fitting = candidates.find((values) => values.length <= most);
  if (fitting !== undefined) return fitting;
  const powers = candidates.at(-1)!;
  return powers.filter((_, i) => i % Math.ceil(powers.length / most) === 0);
}

function roundValues(low: number, high: number, mantissas: readonly number[]): number[] {
  const values: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.ceil(Math.log10(high)); exponent++) {
    for (const mantissa of mantissas) values.push(mantissa * 10 ** exponent);
  }
  return values.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
}

/** `0.5 ms`, `100 ms`, `1.5 s`, `1,000 s`: decades stay visible, so no minutes. */
export function tickDuration(ms: number): string {
  if (ms >= 100_000) return `${formatCount(ms / 1000)} s`;
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  return `${Number(ms.toPrecision(3))} ms`;
}
