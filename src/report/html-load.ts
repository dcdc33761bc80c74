/** The load over time: of one run in four charts, of several variants on top of each other in two. */
import { axisNumber, lineChart, type TimeSeries } from './chart/line.ts';
import { duration, percent } from './format.ts';
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
/** A queue this many times the next longer one would flatten it on a linear axis. */
const QUEUE_FACTOR = 4;

/** Whether the longest queue of a variant is many times that of the next. */
function isUneven(series: readonly TimeSeries[]): boolean {
  const peaks = series.map(({ values }) => Math.max(QUEUE_FLOOR, ...values)).sort((a, b) => a - b);
  return peaks.some((peak, i) => i + 1 < peaks.length && peaks[i + 1]! > QUEUE_FACTOR * peak);
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

/** Variants whose first run takes longer, and how long. */
function timeNote(variants: readonly Variant[], limitS: number): string {
  const parts = variants
    .map(({ chartName, runs }) => ({ chartName, endS: runs[0]!.curves.timeline.endS }))
    .filter(({ endS }) => endS > limitS)
    .map(({ chartName, endS }) => `${chartName} takes ${duration(endS * 1000)}`);
  return `Time is cut off after ${duration(limitS * 1000)}: ${parts.join('; ')}.`;
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
  const until = cutTime(variants);
  const common = { points, ...(until === null ? {} : { untilS: until }) };
  const waiting = {
    ...common,
    title: 'Requests waiting',
    quantity: 'Requests',
    format: axisNumber,
    log: isUneven(queues),
  };
  const blocks = { ...common, title: 'KV cache in use', quantity: 'Share of blocks', format: wholePercent, top: 1 };
  const notes = [
    chosen,
    variants.some(({ runs }) => runs.length > 1) ? 'The first seed of each variant.' : '',
    until === null ? '' : timeNote(variants, until),
  ];
  return figure(
    HEADING,
    [lineChart({ ...waiting, series: queues }), lineChart({ ...blocks, series: series('kvUsage') })],
    notes,
    variants.map(({ chartName }) => chartName),
  );
}
