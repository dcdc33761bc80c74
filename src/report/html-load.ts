/** The load over time: of one run in four charts, of several variants on top of each other in two. */
import type { RunCurves } from '../metrics/curves.ts';
import { axisNumber, lineChart, type TimeSeries } from './chart/line.ts';
import { count, duration, percent } from './format.ts';
import { figure } from './html-figure.ts';
import type { RunReport } from './study-report.ts';
import type { Variant } from './variants.ts';

const HEADING = 'What the engine does meanwhile';
/** Points of all lines of the variants together. */
const LINE_POINTS = 1200;
const wholePercent = (share: number) => percent(share).replace('.0 ', ' ');

/** Of a run, or of the first of several seeds. */
export function loadOfRun([first, ...others]: readonly RunReport[]): string {
  const { timeline } = first!.curves;
  const { intervalS, endS } = timeline;
  const series = (name: string, values: readonly number[], style: number, drawn: TimeSeries['drawn']): TimeSeries => ({
    name,
    style,
    values,
    drawn,
    intervalS,
    endS,
  });
  const requests = [series('running', timeline.running, 0, 'line'), series('waiting', timeline.waiting, 1, 'line')];
  const blocks = [series('mean', timeline.kvUsage, 0, 'area'), series('highest', timeline.kvUsageMax, 1, 'line')];
  const output = [series('', timeline.outputTokensPerS, 2, 'area')];
  const charts = [
    lineChart({ title: 'Requests in the engine', quantity: 'Requests', format: axisNumber, series: requests }),
    lineChart({ title: 'KV cache in use', quantity: 'Share of blocks', format: wholePercent, top: 1, series: blocks }),
    lineChart({ title: 'Output', quantity: 'Output tokens/s', format: axisNumber, series: output }),
  ];
  if (timeline.preemptions.some((preemptions) => preemptions > 0)) {
    const bars = [series('', timeline.preemptions, 1, 'bars')];
    const quantity = `Preemptions in ${duration(intervalS * 1000)}`;
    charts.push(lineChart({ title: 'Preemptions', quantity, format: axisNumber, whole: true, series: bars }));
  } else {
    const input = [series('', timeline.promptTokensPerS, 3, 'area')];
    charts.push(lineChart({ title: 'Input', quantity: 'Prompt tokens/s computed', format: axisNumber, series: input }));
  }
  return figure(HEADING, charts, [others.length > 0 ? `The run with seed ${first!.seed}.` : '']);
}

/** A queue shorter than this is short, whatever the others are. */
const QUEUE_FLOOR = 8;
/** A queue this many times the next longer one flattens the others. */
const QUEUE_FACTOR = 4;

/** Where to cut the axis off so that overloaded variants do not flatten the others; null where they do not. */
function cutQueue(series: readonly TimeSeries[]): number | null {
  const peaks = series.map(({ values }) => Math.max(QUEUE_FLOOR, ...values)).sort((a, b) => a - b);
  const calm = peaks.find((peak, i) => i + 1 < peaks.length && peaks[i + 1]! > QUEUE_FACTOR * peak);
  return calm === undefined ? null : Math.ceil(calm);
}

/** Arrivals are drawn in full; of a tail in which an overloaded variant drains, a quarter of that time. */
const TAIL_DRAWN = 1.25;
const LONG_TAIL = 1.5;

/** Where to cut time off, seconds; null where no variant takes much longer than its requests take to arrive. */
function cutTime(variants: readonly Variant[]): number | null {
  const firsts = variants.map(({ runs }) => runs[0]!);
  const arrivals = Math.max(
    ...firsts.map(({ summary }) => summary.sim.arrival_window?.duration_s ?? Number.POSITIVE_INFINITY),
  );
  const end = Math.max(...firsts.map(({ curves }) => curves.timeline.endS));
  return end > LONG_TAIL * arrivals ? TAIL_DRAWN * arrivals : null;
}

/** Variants whose first run goes beyond the limit, and how far. */
function beyond(
  variants: readonly Variant[],
  value: (curves: RunCurves) => number,
  limit: number,
): [Variant, number][] {
  return variants
    .map((variant): [Variant, number] => [variant, value(variant.runs[0]!.curves)])
    .filter(([, reached]) => reached > limit);
}

function queueNote(variants: readonly Variant[], limit: number): string {
  const reached = beyond(variants, ({ timeline }) => Math.max(...timeline.waiting), limit);
  const parts = reached.map(([{ chartName }, most]) => `${chartName} reaches ${count(most)}`);
  return `Longer queues are cut off at ${count(limit)}: ${parts.join('; ')}.`;
}

function timeNote(variants: readonly Variant[], limit: number): string {
  const reached = beyond(variants, ({ timeline }) => timeline.endS, limit);
  const parts = reached.map(([{ chartName }, endS]) => `${chartName} takes ${duration(endS * 1000)}`);
  return `Time is cut off after ${duration(limit * 1000)}: ${parts.join('; ')}.`;
}

/** Of the first seed of each variant; `chosen` says which variants these are. */
export function loadOfVariants(variants: readonly Variant[], chosen: string): string {
  const points = Math.max(40, Math.min(160, Math.floor(LINE_POINTS / variants.length)));
  const series = (key: 'waiting' | 'kvUsage'): TimeSeries[] =>
    variants.map(({ runs: [first] }, style) => {
      const { intervalS, endS, [key]: values } = first!.curves.timeline;
      return { name: '', style, drawn: 'line', values, intervalS, endS };
    });
  const queues = series('waiting');
  const top = cutQueue(queues);
  const until = cutTime(variants);
  const quantity = top === null ? 'Requests' : `Requests, cut off at ${count(top)}`;
  const common = { points, ...(until === null ? {} : { untilS: until }) };
  const waiting = {
    ...common,
    title: 'Requests waiting',
    quantity,
    format: axisNumber,
    ...(top === null ? {} : { top }),
  };
  const blocks = { ...common, title: 'KV cache in use', quantity: 'Share of blocks', format: wholePercent, top: 1 };
  const notes = [
    chosen,
    variants.some(({ runs }) => runs.length > 1) ? 'The first seed of each variant.' : '',
    top === null ? '' : queueNote(variants, top),
    until === null ? '' : timeNote(variants, until),
  ];
  return figure(
    HEADING,
    [lineChart({ ...waiting, series: queues }), lineChart({ ...blocks, series: series('kvUsage') })],
    notes,
    variants.map(({ chartName }) => chartName),
  );
}
