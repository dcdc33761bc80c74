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

/** Of the first seed of each variant; `of` is the number of variants of the study. */
export function loadOfVariants(variants: readonly Variant[], of: number): string {
  const points = Math.max(40, Math.min(160, Math.floor(LINE_POINTS / variants.length)));
  const series = (key: 'waiting' | 'kvUsage'): TimeSeries[] =>
    variants.map(({ runs: [first] }, style) => {
      const { intervalS, endS, [key]: values } = first!.curves.timeline;
      return { name: '', style, drawn: 'line', values, intervalS, endS };
    });
  const waiting = { title: 'Requests waiting', quantity: 'Requests', format: axisNumber, points };
  const blocks = { title: 'KV cache in use', quantity: 'Share of blocks', format: wholePercent, top: 1, points };
  const notes = [
    variants.length < of ? `${variants.length} of ${of} variants.` : '',
    variants.some(({ runs }) => runs.length > 1) ? 'The first seed of each variant.' : '',
  ];
  return figure(
    HEADING,
    [lineChart({ ...waiting, series: series('waiting') }), lineChart({ ...blocks, series: series('kvUsage') })],
    notes,
    variants.map(({ title }) => title),
  );
}
