/** What stands beside the answer: each bound of the SLO with its verdict, and a few numbers that give the scale. */
import type { SloVerdict } from '../metrics/slo.ts';
import type { Summary } from '../metrics/summary.ts';
import { escapeText } from './chart/svg.ts';
import { count, duration, number, percent, plural } from './format.ts';
import { QUEUE_GROWS, queueGrows, verdictsOf } from './judged-variant.ts';
import type { RunReport } from './study-report.ts';
import type { Variant } from './variants.ts';
import { boundLine, boundName, verdictWord } from './wording.ts';

/** HTML of the list; empty without runs. */
export function glance(variants: readonly Variant[]): string {
  const runs = variants.flatMap((variant) => variant.runs);
  const [first] = runs;
  if (first === undefined) return '';
  const items = runs.length === 1 ? ofOneRun(first.summary, queueGrows(variants[0]!)) : [...ofSeveral(variants, runs)];
  return `<ul class="glance">${items.join('')}</ul>\n`;
}

function ofOneRun(summary: Summary, grows: boolean): string[] {
  const { sim } = summary;
  const bounds = sim.slo.map((verdict) =>
    grows
      ? item(`${boundName(verdict)} ≤ ${duration(verdict.limit_ms)}`, QUEUE_GROWS, 'missed')
      : item(boundLine(verdict), verdictWord(verdict.met)),
  );
  const unserved = summary.failed === 0 ? [] : [item('Requests not served', unservedShare(summary))];
  return [
    ...bounds,
    item('Output', `${number(summary.output_throughput)} tokens/s`),
    item('KV cache', `${percent(sim.kv_cache_usage_max)} at most`),
    ...unserved,
  ];
}

function unservedShare({ failed, num_prompts }: Summary): string {
  return `${count(failed)} of ${count(num_prompts)}`;
}

function ofSeveral(variants: readonly Variant[], runs: readonly RunReport[]): string[] {
  const several = variants.length > 1;
  const growing = variants.filter(queueGrows).length;
  const bounds = runs[0]!.summary.sim.slo.map((bound) => {
    const holds = (verdicts: readonly SloVerdict[]) =>
      verdicts.some((each) => boundName(each) === boundName(bound) && each.met === true);
    const met = variants.filter((variant) => !queueGrows(variant) && holds(verdictsOf(variant)));
    const text = `${boundName(bound)} ≤ ${duration(bound.limit_ms)}`;
    if (!several && growing === 1) return item(text, QUEUE_GROWS, 'missed');
    const meeting = several ? met.length : runs.filter(({ summary }) => holds(summary.sim.slo)).length;
    const all = several ? variants.length : runs.length;
    const isMet = several ? meeting > 0 : met.length === 1;
    return item(text, `met by ${meeting === all ? 'all' : meeting} of ${all}`, isMet ? 'met' : 'missed');
  });
  const gpus = runs.map(({ summary }) => summary.sim.gpus);
  const [fewest, most] = [Math.min(...gpus), Math.max(...gpus)];
  return [
    ...bounds,
    ...(several && growing > 0 ? [item('Queue grows', `with ${growing} of ${variants.length}`, 'missed')] : []),
    item('GPUs', fewest === most ? count(most) : `${fewest} to ${most}`),
    item('Runs', several ? `${plural(variants.length, 'variant')}, ${plural(runs.length, 'run')}` : count(runs.length)),
  ];
}

/** A line of the list: what, and how much. */
export function item(label: string, value: string, state = value): string {
  const mark = state === 'met' || state === 'missed' ? ` class="${state}"` : '';
  return `<li><span>${escapeText(label)}</span> <b${mark}>${escapeText(value)}</b></li>`;
}
