/** Heat maps of a study that sweeps two settings: a cell for each pair of values. */
import type { Estimate, MetricColumn, StudyStatistics } from '../metrics/study-statistics.ts';
import { type HeatCell, heatMap, MOST_COLUMNS } from './chart/heat-map.ts';
import type { FigureText } from './figure-text.ts';
import { intervalNote, withheldNote } from './html-curves.ts';
import { figure } from './html-figure.ts';
import { meets } from './judged-variant.ts';
import {
  estimateOf,
  isWithheld,
  longLabel,
  type MeasuredVariant,
  measuredVariants,
  textOfMetric,
  toldEstimate,
} from './measured-variants.ts';
import { differs, toldMetrics } from './study-metrics.ts';
import { type SweepAxis, sweepOf } from './sweep-axes.ts';
import type { Variant } from './variants.ts';

const FEWEST_CELLS = 6;
const MOST_ROWS = 24;
const MOST_CHARTS = 4;

/** HTML of the section; empty where it is not two settings that are swept, or where nothing changes. */
export function heatMaps(variants: readonly Variant[], statistics: StudyStatistics): string {
  const { axes, placeOf } = sweepOf(variants);
  const sides = sidesOf(axes);
  const metrics = toldMetrics(statistics, variants)
    .filter((metric) => differs(statistics.variants, metric))
    .slice(0, MOST_CHARTS);
  if (sides === null || metrics.length === 0) return '';
  const [x, y] = sides.map((side) => axes[side]!) as [SweepAxis, SweepAxis];
  const measured = measuredVariants(variants, statistics);
  const at = (row: number, column: number) =>
    measured.find(({ variant }) => {
      const places = placeOf(variant);
      return places[sides[1]] === row && places[sides[0]] === column;
    });
  const outline = outlineOf(measured);
  const charts = metrics.map((metric) => {
    const text = textOfMetric(measured, metric);
    return heatMap({
      title: `${longLabel(metric)}${text.unit === '' ? '' : `, ${text.unit}`}`,
      x: { title: x.header, labels: x.values.map((value) => value.text) },
      y: { title: y.header, labels: y.values.map((value) => value.text) },
      rows: y.values.map((_, row) =>
        x.values.map((__, column) => cellOf(at(row, column), metric, text, outline.holds)),
      ),
    });
  });
  const all = measured.length === x.values.length * y.values.length;
  return figure(`By ${axes.map(({ header }) => header).join(' and ')}`, charts, [
    `${intervalNote(statistics)} The deeper the colour, the larger the figure.`,
    outline.words,
    withheldNote(measured, metrics),
    all ? '' : '–: does not start, or is not part of the study.',
  ]);
}

/** Which axis runs across and which down: as the study has them, turned where only the other fits. */
function sidesOf(axes: readonly SweepAxis[]): [number, number] | null {
  if (axes.length !== 2) return null;
  const [first, second] = axes.map(({ values }) => values.length) as [number, number];
  if (first < 2 || second < 2 || first * second < FEWEST_CELLS) return null;
  if (second <= MOST_COLUMNS && first <= MOST_ROWS) return [1, 0];
  return first <= MOST_COLUMNS && second <= MOST_ROWS ? [0, 1] : null;
}

interface Outline {
  readonly holds: (measured: MeasuredVariant) => boolean;
  readonly words: string;
}

/** Cells that meet the SLO, where there is one and they differ in it. */
function outlineOf(measured: readonly MeasuredVariant[]): Outline {
  const holds = ({ variant }: MeasuredVariant) => meets(variant);
  const meeting = measured.filter(holds);
  if (meeting.length === 0 || meeting.length === measured.length) return { holds: () => false, words: '' };
  const several = measured.some(({ variant }) => variant.runs.length > 1);
  return { holds, words: `Outlined: meets the SLO${several ? ', over all seeds' : ''}.` };
}

function cellOf(
  measured: MeasuredVariant | undefined,
  metric: MetricColumn,
  text: FigureText,
  holds: Outline['holds'],
): HeatCell {
  if (measured === undefined)
    return {
      value: null,
      text: '–',
      detail: '',
      tooltip: 'does not start, or is not part of the study',
      outlined: false,
    };
  const estimate = estimateOf(measured, metric);
  const tooltip = `${measured.variant.title}: ${toldEstimate(measured, metric, text)}`;
  const outlined = holds(measured);
  if (estimate === null)
    return { value: null, text: isWithheld(measured, metric) ? '×' : '–', detail: '', tooltip, outlined };
  return {
    value: estimate.mean,
    text: text.plain(estimate.mean),
    detail: intervalIn(estimate, text),
    tooltip,
    outlined,
  };
}

/** `± 12`, `0–1.57`: without brackets, which cells have no room for. */
function intervalIn(estimate: Estimate, text: FigureText): string {
  return text.interval(estimate).replace(/[()]/g, '').replace(' to ', '–');
}
