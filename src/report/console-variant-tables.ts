/** Classes, money and fleets of several variants for a terminal: long names of variants go on in the lines below. */
import { fittingColumns, textTable, wrap } from './table.ts';
import { classesOfVariants } from './variant-classes.ts';
import { fleetOfVariants } from './variant-fleet.ts';
import { moneyOfVariants } from './variant-money.ts';
import { notesText, type VariantTable, variantNames } from './variant-table.ts';
import type { Variant } from './variants.ts';

/** A table with its title above and what to know of it below. */
export interface ConsoleTable {
  title: string;
  header: string;
  rows: string[];
  notes: string[];
}

/** Empty where no variant has any of them. */
export function variantConsoleTables(variants: readonly Variant[], width: number): ConsoleTable[] {
  return [classesOfVariants(variants), moneyOfVariants(variants), fleetOfVariants(variants)]
    .filter((table) => table !== null)
    .map((table) => consoleTable(table, width));
}

/** Longer names go on in the next line where columns need the room. */
const SHORT_NAME = 20;
const GAP = 2;
const INDENT = '  ';

function consoleTable(table: VariantTable, width: number): ConsoleTable {
  const { header: nameHeader, texts: names } = variantNames(table.rows);
  const needed = Math.min(
    widest([nameHeader, ...names]),
    Math.max(SHORT_NAME, nameHeader.length, INDENT.length + widest(names.flatMap((name) => name.split(' ')))),
  );
  const candidates = table.columns.filter(({ sentences }) => !sentences);
  const widths = candidates.map(({ header, texts }) => GAP + widest([header, ...texts]));
  const kept = fittingColumns([{}, ...candidates], [needed, ...widths.map((each) => each - GAP)], width);
  const columns = candidates.filter((_, i) => kept.has(i + 1));
  const room = width - widths.reduce((sum, each, i) => (kept.has(i + 1) ? sum + each : sum), 0);
  const lines = rowsByVariant(table.rows).flatMap((rows) => {
    const name = nameLines(names[rows[0]!]!, Math.max(needed, room));
    return Array.from({ length: Math.max(rows.length, name.length) }, (_, i) => {
      const row = rows[i];
      return [name[i] ?? '', ...columns.map(({ texts }) => (row === undefined ? '' : texts[row]!))];
    });
  });
  const [header, ...rows] = textTable([{ header: nameHeader, align: 'left' }, ...columns], lines, width);
  const notes = [notesText(table.notes, columns), ...(table.asides ?? [])].filter((note) => note !== '');
  return { title: table.title, header: header!, rows, notes: notes.flatMap((note) => wrap(note, width)) };
}

/** The rows of each variant, as places in the table. */
function rowsByVariant(rows: readonly Variant[]): number[][] {
  const groups = new Map<Variant, number[]>();
  for (const [row, variant] of rows.entries()) groups.set(variant, [...(groups.get(variant) ?? []), row]);
  return [...groups.values()];
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length));
}

function nameLines(name: string, room: number): string[] {
  if (name.length <= room) return [name];
  return wrap(name, room - INDENT.length).map((line, i) => (i === 0 ? line : INDENT + line));
}
