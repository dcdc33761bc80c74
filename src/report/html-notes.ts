/** What the reader must know before trusting a result, as a section of the page. */
import { escapeText } from './chart/svg.ts';
import { collectNotes } from './notes.ts';
import type { RunReport } from './study-report.ts';

/** HTML of the section; empty where there is nothing to say. */
export function notesSection(runs: readonly RunReport[]): string {
  const lists = collectNotes(runs);
  if (lists.length === 0) return '';
  const sections = lists.map(({ heading, items }) => {
    const entries = items.map((item) => `<li>${escapeText(item)}</li>`).join('');
    return `<h3>${escapeText(heading)}</h3>\n<ul>${entries}</ul>\n`;
  });
  return `<h2>Before you rely on it</h2>\n<div class="notes">\n${sections.join('')}</div>\n`;
}
