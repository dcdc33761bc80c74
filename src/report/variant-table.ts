/**
 * Tables with a row a variant, or a few under its name, for the page and the console alike: what they say of a variant
 * with several seeds is the mean over them.
 */
import { count, NO_VALUE, number } from './format.ts';
import type { RunColumn } from './run-columns.ts';
import type { RunReport } from './study-report.ts';
import { type Variant, variantKeys, variantValue } from './variants.ts';

export interface VariantTable {
  title: string;
  /** The variant of each row; rows of one variant follow each other. */
  rows: readonly Variant[];
  /** Beside the variant's name. */
  columns: readonly VariantColumn[];
  notes: readonly VariantNote[];
  /** What the console says in lines below, since it has no room for columns of sentences. */
  asides?: readonly string[];
}

/** A sentence on what to know of the table. */
export interface VariantNote {
  text: string;
  /** Only where this column is shown. */
  column?: string;
}

export interface VariantColumn extends RunColumn {
  /** Sentences: only on the page. */
  sentences?: boolean;
}

/** How the rows are called: by the swept value where one key is swept, else by the variant's title. */
export function variantNames(rows: readonly Variant[]): { header: string; texts: string[] } {
  const keys = variantKeys(rows.flatMap(({ runs }) => runs));
  const [key] = keys;
  if (key === undefined || keys.length > 1) return { header: 'variant', texts: rows.map(({ title }) => title) };
  return { header: key.header, texts: rows.map(({ runs }) => variantValue(runs[0]!, key)) };
}

/** The notes that matter where these columns are shown, one after the other. */
export function notesText(notes: readonly VariantNote[], columns: readonly VariantColumn[]): string {
  const shown = new Set(columns.map(({ header }) => header));
  return notes
    .filter(({ column }) => column === undefined || shown.has(column))
    .map(({ text }) => text)
    .join(' ');
}

/** A column of numbers with its text for each row's value. */
export function valueColumn<T>(
  header: string,
  rows: readonly T[],
  text: (row: T) => string,
  rank?: number,
): VariantColumn {
  return { header, align: 'right', texts: rows.map(text), ...(rank === undefined ? {} : { rank }) };
}

/** Stands for a figure that is none of a steady state's. */
const WITHHELD = 'withheld';

/** What to know of it. */
export const WITHHELD_NOTE = `Withheld: the queue grows, so that it depends on how long the load lasts.`;

/** The same column with the figures of variants without a steady state withheld. */
export function ofSteadyState(column: VariantColumn, rows: readonly Variant[]): VariantColumn {
  return { ...column, texts: column.texts.map((text, i) => (rows[i]!.unsteady ? WITHHELD : text)) };
}

/** The mean over a variant's seeds; null where one of them has no value, since the others would flatter it. */
export function meanOverSeeds(runs: readonly RunReport[], value: (run: RunReport) => number | null): number | null {
  const values = runs.map(value).filter((each) => each !== null);
  if (values.length < runs.length || values.length === 0) return null;
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

/** A number of things, or the mean of such numbers: `3`, `2.50`, `1,234`. */
export function meanCount(mean: number | null): string {
  if (mean === null) return NO_VALUE;
  return Number.isInteger(mean) || mean >= 100 ? count(mean) : number(mean);
}

/** `Means over 5 seeds.`; nothing where each variant has one. */
export function seedsNotes(variants: readonly Variant[]): VariantNote[] {
  const seeds = [...new Set(variants.map(({ runs }) => runs.length))];
  if (Math.max(...seeds) <= 1) return [];
  return [{ text: seeds.length === 1 ? `Means over ${seeds[0]} seeds.` : 'Means over the seeds of each variant.' }];
}
