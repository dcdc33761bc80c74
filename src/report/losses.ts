/**
 * Requests that got no answer, in words: refused, never finished, or ended inside their thinking phase. They have no
 * latency to show for it, so a deployment that loses many of them looks fast unless it is said.
 */
import type { Summary } from '../metrics/summary.ts';
import { count, listed, percent } from './format.ts';
import type { Variant } from './variants.ts';

const LOSSES: { words: string; of: (summary: Summary) => number }[] = [
  { words: 'not served', of: ({ failed }) => failed },
  { words: 'cut off before their answer', of: ({ sim }) => sim.requests_without_answer },
];

/** `7 of 1,500 requests not served, 2 cut off before their answer`; empty where none is lost. */
export function lostRequests(summary: Summary): string {
  const lost = LOSSES.map(({ words, of }) => ({ words, requests: of(summary) })).filter(({ requests }) => requests > 0);
  return lost
    .map(({ words, requests }, i) =>
      i === 0 ? `${count(requests)} of ${count(summary.num_prompts)} requests ${words}` : `${count(requests)} ${words}`,
    )
    .join(', ');
}

/** Variants named in a sentence; the worst ones. */
const MOST_NAMED = 3;

/** A sentence for each kind of loss, worst variant first; empty where none is lost. */
export function lossesOfVariants(variants: readonly Variant[]): string[] {
  return LOSSES.flatMap(({ words, of }) => {
    const lost = variants
      .map(({ title, runs }) => ({
        title,
        share: share(
          runs.map(({ summary }) => summary),
          of,
        ),
      }))
      .filter((each) => each.share > 0)
      .sort((a, b) => b.share - a.share);
    if (lost.length === 0) return [];
    const named = lost
      .slice(0, MOST_NAMED)
      .map((each, i) => `${percent(each.share)}${i === 0 ? ' of the requests' : ''} with ${each.title}`);
    const others = lost.length - named.length;
    if (others > 0) named.push(`fewer with ${others === 1 ? 'one other' : `${others} others`}`);
    return [`${words[0]!.toUpperCase()}${words.slice(1)}: ${listed(named)}.`];
  });
}

function share(summaries: readonly Summary[], of: (summary: Summary) => number): number {
  const lost = summaries.reduce((sum, summary) => sum + of(summary), 0);
  const all = summaries.reduce((sum, { num_prompts }) => sum + num_prompts, 0);
  return all === 0 ? 0 : lost / all;
}
