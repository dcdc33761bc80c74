/** How the variants of a study differ from their baselines: by how much, within which interval, and whether it may be chance. */
import type { MetricColumn, StudyStatistics, VersusBaseline } from '../metrics/study-statistics.ts';
import { baselineName } from './baseline-name.ts';
import { escapeText } from './chart/svg.ts';
import { versusText } from './figure-text.ts';
import { caption, fitting, headerOf, nameColumns, type RankedColumn } from './html-measured-table.ts';
import { htmlTable, keptTogether, LONG_NAME } from './html-table.ts';
import { isChance, isWithheld, type MeasuredVariant } from './measured-variants.ts';

/** HTML of the table with its heading; `shown` of `all` variants. Empty where there is nothing to compare. */
export function comparison(
  shown: readonly MeasuredVariant[],
  statistics: StudyStatistics,
  metrics: readonly MetricColumn[],
  all: readonly MeasuredVariant[],
): string {
  const rows = shown.flatMap((each, i) => (each.statistics.baseline === null ? [] : [i]));
  const others = rows.map((i) => shown[i]!);
  const compared = metrics.filter((metric) => others.some((each) => versus(each, metric) !== null));
  if (compared.length === 0) return '';
  const name = baselineName(
    all.map(({ variant }) => variant),
    statistics,
  );
  const names = others.map((each) => all[each.statistics.baseline!]!.variant.title);
  const columns = [
    ...nameColumns(shown).map((column) => ({ ...column, texts: rows.map((i) => column.texts[i]!) })),
    ...(name === null ? [baselineColumn(names)] : []),
    ...compared.map((metric, i) => versusColumn(others, all, metric, i)),
  ];
  return `<h3>${escapeText(`Against ${name ?? 'the baseline of each'}`)}</h3>\n${htmlTable(fitting(columns))}${caption('In brackets the interval. ≈: may be chance.')}`;
}

/** What each row is compared with. */
function baselineColumn(texts: readonly string[]): RankedColumn {
  return { header: 'against', align: 'left', texts, wraps: texts.some(({ length }) => length > LONG_NAME) };
}

function versus({ statistics }: MeasuredVariant, { name }: MetricColumn): VersusBaseline | null {
  return statistics.versusBaseline?.[name] ?? null;
}

function versusColumn(
  others: readonly MeasuredVariant[],
  all: readonly MeasuredVariant[],
  metric: MetricColumn,
  index: number,
): RankedColumn {
  const differences = others.map((each) => versus(each, metric));
  return {
    header: headerOf(metric),
    align: 'right',
    texts: differences.map((each, i) => {
      if (each === null) {
        const pair = [others[i]!, all[others[i]!.statistics.baseline!]!];
        return pair.some((of) => isWithheld(of, metric)) ? 'withheld' : '–';
      }
      return keptTogether(`${isChance(each) ? '≈ ' : ''}${versusText(metric.unit, each)}`);
    }),
    classes: differences.map((each) => (each === null ? 'chance' : classOf(each, metric))),
    ...(index < 2 ? {} : { rank: -index }),
  };
}

function classOf({ difference, significant }: VersusBaseline, { better }: MetricColumn): string {
  if (!significant) return difference.low === null ? '' : 'chance';
  if (better === null) return '';
  return difference.mean < 0 === (better === 'less') ? 'met' : 'missed';
}
