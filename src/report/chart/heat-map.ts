/**
 * A figure over two swept settings: a cell for each pair of values with the figure printed in it. The deeper the colour, the larger
 * the figure; it is one hue that grows opaque over the ground, so that the text keeps its contrast on light and dark pages
 * alike and nothing rests on telling hues apart.
 */
import { LABELS_BELOW, TITLE_BELOW } from './axis.ts';
import { CHARACTER, chart, element, FRAME, type Frame, label, tooltip } from './svg.ts';

export interface HeatCell {
  /** Null: nothing to colour. */
  readonly value: number | null;
  readonly text: string;
  /** A second line; empty for none. */
  readonly detail: string;
  readonly tooltip: string;
  readonly outlined: boolean;
}

export interface HeatMap {
  readonly title: string;
  /** The setting across and its values. */
  readonly x: { readonly title: string; readonly labels: readonly string[] };
  readonly y: { readonly title: string; readonly labels: readonly string[] };
  /** A row for each value of `y`, in it a cell for each value of `x`. */
  readonly rows: readonly (readonly HeatCell[])[];
}

/** Columns in which figures of three digits find room. */
export const MOST_COLUMNS = 9;

const LINE_HEIGHT = 13;
const ROW_HEIGHT = 25;
/** Characters of a row's label. */
const LABEL_LENGTH = 18;
/** Mean width of a character of the second line. */
const DETAIL_CHARACTER = 6;
const FAINTEST = 0.06;
/** Opacity of the largest figure's cell: text is still read on it. */
export const DEEPEST = 0.52;
/** Largest over smallest figure from which on the colour goes by logarithms. */
const LOG_FROM = 20;

/** The chart as SVG text; empty where no cell has a figure. */
export function heatMap({ title, x, y, rows }: HeatMap): string {
  const values = rows.flatMap((row) => row.flatMap(({ value }) => (value === null ? [] : [value])));
  if (values.length === 0) return '';
  const details = rows.flatMap((row) => row.map(({ detail }) => detail.length));
  const longest = Math.min(LABEL_LENGTH, Math.max(3, ...y.labels.map(({ length }) => length)));
  const left = 12 + longest * CHARACTER;
  const width = (FRAME.width - left - FRAME.right) / x.labels.length;
  // In all cells or in none.
  const hasDetail = Math.max(...details) > 0 && Math.max(...details) * DETAIL_CHARACTER <= width - 4;
  const rowHeight = ROW_HEIGHT + (hasDetail ? LINE_HEIGHT : 0);
  const frame: Frame = { ...FRAME, left, height: FRAME.top + FRAME.bottom + rows.length * rowHeight };
  const shade = shades(values);
  const cells = rows.flatMap((row, i) =>
    row.map((cell, j) =>
      cellMarkup(
        hasDetail ? cell : { ...cell, detail: '' },
        { x: left + j * width, y: frame.top + i * rowHeight, width, height: rowHeight },
        shade,
      ),
    ),
  );
  // Outlines come last, over the edges of their neighbours.
  const content = [
    ...cells.map(({ box }) => box),
    ...cells.map(({ outline }) => outline),
    axes(frame, x, y, rowHeight),
  ];
  return chart(frame, title, content.join(''));
}

/** Opacity of a cell by its figure. */
function shades(values: readonly number[]): (value: number) => number {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const of = low > 0 && high / low >= LOG_FROM ? Math.log : (value: number) => value;
  const span = of(high) - of(low);
  return (value) => FAINTEST + (span === 0 ? 0 : (of(value) - of(low)) / span) * (DEEPEST - FAINTEST);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function cellMarkup(cell: HeatCell, box: Box, shade: (value: number) => number): { box: string; outline: string } {
  const middle = { x: box.x + box.width / 2, 'text-anchor': 'middle' };
  const hasDetail = cell.detail !== '';
  const baseline = box.y + box.height / 2 + 4 - (hasDetail ? LINE_HEIGHT / 2 : 0);
  const fill =
    cell.value === null
      ? { class: 'heat empty' }
      : { class: 'heat', 'fill-opacity': String(Math.round(shade(cell.value) * 100) / 100) };
  const content = [
    tooltip(cell.tooltip),
    element('rect', { ...fill, ...box }),
    label(cell.text, { class: cell.value === null ? 'tick' : 'heat-text', ...middle, y: baseline }),
    hasDetail ? label(cell.detail, { class: 'heat-detail', ...middle, y: baseline + LINE_HEIGHT }) : '',
  ];
  const inside = { x: box.x + 2, y: box.y + 2, width: box.width - 4, height: box.height - 4 };
  return {
    box: element('g', {}, content.join('')),
    outline: cell.outlined ? element('rect', { class: 'heat-outline', ...inside, rx: 2 }) : '',
  };
}

function axes(frame: Frame, x: HeatMap['x'], y: HeatMap['y'], rowHeight: number): string {
  const base = frame.height - frame.bottom;
  const width = (frame.width - frame.left - frame.right) / x.labels.length;
  const fitting = Math.max(3, Math.floor(width / CHARACTER));
  const columns = x.labels.map((text, i) => {
    const at = { class: 'tick', x: frame.left + (i + 0.5) * width, y: base + LABELS_BELOW, 'text-anchor': 'middle' };
    return element('g', {}, tooltip(text) + label(cut(text, fitting), at));
  });
  const rows = y.labels.map((text, i) => {
    const at = { class: 'tick', x: frame.left - 8, y: frame.top + (i + 0.5) * rowHeight + 4, 'text-anchor': 'end' };
    return element('g', {}, tooltip(text) + label(cut(text, LABEL_LENGTH), at));
  });
  const across = { class: 'axis-title', x: frame.width - frame.right, y: base + TITLE_BELOW, 'text-anchor': 'end' };
  return [
    ...columns,
    ...rows,
    label(`${x.title} →`, across),
    label(`↓ ${y.title}`, { class: 'axis-title', x: 0, y: frame.top - 17 }),
  ].join('');
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
