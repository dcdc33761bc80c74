/**
 * What the reader must know before trusting a result, gathered from all runs of a study, each thing once. What differs
 * between runs in its numbers alone is one thing, told with their range.
 */
import type { ReportNotes, RunReport } from './study-report.ts';

export interface NoteList {
  heading: string;
  /** At least one. */
  items: string[];
}

const HEADINGS: [keyof ReportNotes, string][] = [
  ['estimates', 'Estimates'],
  ['not_modelled', 'Not modelled'],
  ['no_effect', 'Given, but without effect here'],
];

/** Lists that are not empty; an item that concerns only some of several runs says how many. */
export function collectNotes(runs: readonly RunReport[]): NoteList[] {
  return HEADINGS.flatMap(([kind, heading]) => {
    const items = mergedItems(runs.map((run) => [...new Set(run.notes[kind])]));
    return items.length === 0 ? [] : [{ heading, items }];
  });
}

/** A number that stands alone: `1,400` or `3.65`, not the 2 of `H200` or the 0.33 of `0.33.0`. */
const NUMBER = /(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-]|[.,]\d)/g;

/** Each thing once, with how many runs it concerns where it is not all. `notes`: one list a run. */
export function mergedItems(notes: readonly (readonly string[])[]): string[] {
  const repeated = new Set(notes.flatMap(templatesSaidTwice));
  const groups = new Map<string, { items: Set<string>; runs: number }>();
  for (const items of notes) {
    for (const item of items) {
      const template = item.replace(NUMBER, '#');
      const key = repeated.has(template) ? item : template;
      const group = groups.get(key) ?? { items: new Set(), runs: 0 };
      group.items.add(item);
      group.runs++;
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ items, runs }) => {
    const text = withRanges([...items]);
    return runs === notes.length ? text : `${text} (${runs} of ${notes.length} runs)`;
  });
}

/** Two notes of one run that differ in their numbers are two things. */
function templatesSaidTwice(items: readonly string[]): string[] {
  const templates = items.map((item) => item.replace(NUMBER, '#'));
  return templates.filter((template, i) => templates.indexOf(template) < i);
}

/** Texts that are equal but for their numbers, as one: `1,400 to 89,059 KV blocks`. */
function withRanges(items: readonly string[]): string {
  const numbers = items.map((item) => item.match(NUMBER) ?? []);
  let position = 0;
  return items[0]!.replace(NUMBER, (own) => {
    const values = numbers.map((each) => each[position]!).sort((a, b) => numeric(a) - numeric(b));
    position++;
    const [low = own] = values;
    const high = values.at(-1) ?? own;
    return low === high ? own : `${low} to ${high}`;
  });
}

function numeric(text: string): number {
  return Number(text.replaceAll(',', ''));
}
