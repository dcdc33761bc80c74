/** Classes, money and fleets of several variants on the page. */
import { escapeText } from './chart/svg.ts';
import { count } from './format.ts';
import { type HtmlColumn, htmlTable, LONG_NAME } from './html-table.ts';
import { VERDICT_HEADER } from './run-columns.ts';
import { classesOfVariants } from './variant-classes.ts';
import { fleetOfVariants } from './variant-fleet.ts';
import { moneyOfVariants } from './variant-money.ts';
import { notesText, type VariantColumn, type VariantTable, variantNames } from './variant-table.ts';
import type { Variant } from './variants.ts';
import { verdictClass } from './verdict-text.ts';

/** Most rows a table shows; the rest is in `summary.csv`. */
const MOST_ROWS = 60;

/** Empty where no variant has any of them. */
export function variantTables(variants: readonly Variant[]): string {
  return [classesOfVariants(variants), moneyOfVariants(variants), fleetOfVariants(variants)]
    .filter((table) => table !== null)
    .map(section)
    .join('');
}

function section({ title, rows, columns, notes }: VariantTable): string {
  const { header, texts } = variantNames(rows);
  const names: HtmlColumn = {
    ...{ header, align: 'left', texts: texts.slice(0, MOST_ROWS) },
    wraps: texts.some((name) => name.length > LONG_NAME),
  };
  const cut =
    rows.length > MOST_ROWS ? ` The first ${MOST_ROWS} of ${count(rows.length)} rows; summary.csv has them all.` : '';
  const caption = `${notesText(notes, columns)}${cut}`.trim();
  return (
    `<h3>${escapeText(title)}</h3>\n${htmlTable([names, ...columns.map(pageColumn)])}` +
    (caption === '' ? '' : `<p class="caption">${escapeText(caption)}</p>\n`)
  );
}

function pageColumn({ header, align, texts, sentences = false }: VariantColumn): HtmlColumn {
  const shown = { header, align, texts: texts.slice(0, MOST_ROWS), wraps: sentences };
  return header === VERDICT_HEADER ? { ...shown, classOf: verdictClass } : shown;
}
