/**
 * Requests that got no answer, in words: refused, aborted, given up, lost, unfinished, or ended inside their thinking phase. They
 * have no latency to show for it, so a deployment that loses many of them looks fast unless it is said.
 */
import type { Summary } from '../metrics/summary.ts';
import { count, listed, percent } from './format.ts';
import type { Variant } from './variants.ts';

interface Loss {
  words: string;
  of: (summary: Summary) => number;
}

const UNSERVED: readonly Loss[] = [
  { words: 'refused', of: ({ sim }) => sim.conservation.rejected },
  { words: 'aborted', of: ({ sim }) => sim.conservation.aborted },
  { words: 'given up by their clients', of: ({ sim }) => sim.conservation.timed_out },
  { words: 'lost with their replicas', of: ({ sim }) => sim.conservation.lost },
  { words: 'unfinished', of: ({ sim }) => sim.conservation.waiting + sim.conservation.running },
];
const LOSSES: readonly Loss[] = [
  ...UNSERVED,
  { words: 'cut off before their answer', of: ({ sim }) => sim.requests_without_answer },
];

/** `1,224 of 2,000 requests are refused (prompt too long for max_model_len)`; empty where all are served. */
export function unservedRequests(summary: Summary): string {
  return sentence(UNSERVED, summary);
}

/** The same, with those that ended before they answered. */
export function lostRequests(summary: Summary): string {
  return sentence(LOSSES, summary);
}

function sentence(losses: readonly Loss[], summary: Summary): string {
  const lost = losses.map(({ words, of }) => ({ words, requests: of(summary) })).filter(({ requests }) => requests > 0);
  const parts = lost.map(({ words, requests }, i) => {
    const verb = requests === 1 ? 'is' : 'are';
    const subject = i === 0 ? `${count(requests)} of ${count(summary.num_prompts)} requests` : count(requests);
    return `${subject} ${verb} ${words}${words === 'refused' ? reasonOf(summary) : ''}`;
  });
  return listed(parts);
}

/** Why requests are refused, where it is known. */
function reasonOf({ sim }: Summary): string {
  const { rejected_prompt_too_long: tooLong, conservation } = sim;
  if (tooLong === null || tooLong === 0) return '';
  const all = tooLong === conservation.rejected;
  return all
    ? ' (prompt too long for max_model_len)'
    : ` (${count(tooLong)} of them for a prompt too long for max_model_len)`;
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
    const name = `${words[0]!.toUpperCase()}${words.slice(1)}`;
    const reason = words === 'refused' ? commonReason(variants) : '';
    const texts = new Set(lost.map((each) => percent(each.share)));
    if (lost.length === variants.length && texts.size === 1) {
      const scope = variants.length === 1 ? '' : ' with every variant';
      return [`${name}${reason}: ${[...texts][0]} of the requests${scope}.`];
    }
    return [`${name}${reason}: ${worst(lost)}.`];
  });
}

function worst(lost: readonly { title: string; share: number }[]): string {
  const named = lost
    .slice(0, MOST_NAMED)
    .map((each, i) => `${percent(each.share)}${i === 0 ? ' of the requests' : ''} with ${each.title}`);
  const others = lost.length - named.length;
  if (others > 0) named.push(`fewer with ${others === 1 ? 'one other' : `${others} others`}`);
  return named.join('; ');
}

/** The reason that all refusals of all runs share. */
function commonReason(variants: readonly Variant[]): string {
  const refusing = variants.flatMap(({ runs }) => runs).filter(({ summary }) => summary.sim.conservation.rejected > 0);
  const reasons = new Set(refusing.map(({ summary }) => reasonOf(summary)));
  const [reason = ''] = reasons;
  return reasons.size === 1 && !/\d/.test(reason) ? reason : '';
}

function share(summaries: readonly Summary[], of: (summary: Summary) => number): number {
  const lost = summaries.reduce((sum, summary) => sum + of(summary), 0);
  const all = summaries.reduce((sum, { num_prompts }) => sum + num_prompts, 0);
  return all === 0 ? 0 : lost / all;
}
