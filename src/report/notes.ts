/** What the reader must know before trusting a result, gathered from all runs of a study, each thing once. */
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
    const runsOf = new Map<string, number>();
    for (const run of runs) {
      for (const item of new Set(run.notes[kind])) runsOf.set(item, (runsOf.get(item) ?? 0) + 1);
    }
    const items = [...runsOf].map(([item, n]) => (n === runs.length ? item : `${item} (${n} of ${runs.length} runs)`));
    return items.length === 0 ? [] : [{ heading, items }];
  });
}
