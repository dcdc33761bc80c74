/** The resolved configurations, folded away: the first in full, of the others the lines in which they differ. */
import { escapeText } from './chart/svg.ts';
import { count } from './format.ts';
import type { RunReport } from './study-report.ts';

/** Characters of configuration on a page; every run's folder has its own in full. */
const BUDGET = 30_000;

/** HTML of the section. */
export function configurations(runs: readonly RunReport[]): string {
  const [first, ...others] = runs;
  if (first === undefined) return '';
  const base = new Set(first.configYaml.split('\n'));
  const parts = [fold(`Configuration of ${nameOf(first)}`, clip(first.configYaml))];
  let used = 0;
  const shown: string[] = [];
  for (const run of others) {
    const lines = run.configYaml.split('\n').filter((line) => !base.has(line));
    const text = `# ${nameOf(run)}\n${lines.join('\n')}\n`;
    used += text.length;
    if (used > BUDGET) break;
    shown.push(text);
  }
  if (others.length > 0) {
    const omitted = others.length - shown.length;
    const rest = omitted === 0 ? '' : `\n# and ${count(omitted)} more runs; see their folders`;
    parts.push(fold('Where the other runs differ from it', shown.join('\n') + rest));
  }
  return `<h2>Configuration</h2>\n${parts.join('')}`;
}

function nameOf({ title, seed, runId }: RunReport): string {
  return `${title}, seed ${seed} (${runId})`;
}

function fold(heading: string, text: string): string {
  return `<details><summary>${escapeText(heading)}</summary><pre>${escapeText(text.trimEnd())}</pre></details>\n`;
}

function clip(text: string): string {
  return text.length <= BUDGET ? text : `${text.slice(0, BUDGET)}\n# cut here; see the run's folder`;
}
