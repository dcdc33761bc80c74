/** What the tables of statistics share: a row a variant, and columns by the metrics, as many as the page has room for. */
import type { MetricColumn } from '../metrics/study-statistics.ts';
import { escapeText } from './chart/svg.ts';
import { type HtmlColumn, LONG_NAME } from './html-table.ts';
import type { MeasuredVariant } from './measured-variants.ts';
import { fittingColumns } from './table.ts';
import { variantKeys, variantValue } from './variants.ts';

/** Characters of a table that a wide page shows without scrolling. */
const PAGE_WIDTH = 118;

/** A column that may have to go, the last metrics first. */
export interface RankedColumn extends HtmlColumn {
  readonly rank?: number;
}

/** What the variants are called by: a column for each setting in which they differ. */
export function nameColumns(shown: readonly MeasuredVariant[]): RankedColumn[] {
  const runs = shown.map(({ variant }) => variant.runs[0]!);
  const keys = variantKeys(runs);
  if (keys.length === 0)
    return [{ header: 'variant', align: 'left', texts: shown.map(({ variant }) => variant.title) }];
  return keys.map((key) => {
    const texts = runs.map((run) => variantValue(run, key));
    const align = texts.every((text) => /^\d/.test(text)) ? 'right' : 'left';
    return { header: key.header, align, texts, wraps: texts.some((text) => text.length > LONG_NAME) };
  });
}

/** `goodput`; long labels are shortened as in the tables of runs. */
export function headerOf({ name, label }: MetricColumn): string {
  return name === 'usd_per_million_output_tokens' ? '$/M output' : label;
}

/** As many columns as a page has room for. */
export function fitting(columns: readonly RankedColumn[]): HtmlColumn[] {
  const widths = columns.map(({ header, texts, wraps }) =>
    Math.max(
      ...header.split(' ').map(({ length }) => length),
      ...texts.map(({ length }) => (wraps ? Math.min(length, LONG_NAME) : length)),
    ),
  );
  const kept = fittingColumns(columns, widths, PAGE_WIDTH);
  return columns.filter((_, i) => kept.has(i));
}

/** A paragraph below a table; nothing for no text. */
export function caption(text: string): string {
  return text === '' ? '' : `<p class="caption">${escapeText(text)}</p>\n`;
}
