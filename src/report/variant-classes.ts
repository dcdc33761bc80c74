/** The classes of requests of several variants: a row for each variant and class. Latencies of a column have one unit. */

import type { ClassSummary } from '../metrics/class-summary.ts';
import { ratio } from '../metrics/ratio.ts';
import { FINISHED_NOTE, SLO_NOTE } from './class-table.ts';
import { commonDuration, NO_VALUE, percent } from './format.ts';
import { VERDICT_HEADER } from './run-columns.ts';
import type { RunReport } from './study-report.ts';
import {
  meanOverSeeds,
  ofSteadyState,
  seedsNotes,
  type VariantColumn,
  type VariantTable,
  valueColumn,
  WITHHELD_NOTE,
} from './variant-table.ts';
import type { Variant } from './variants.ts';
import { verdictTextOf } from './verdict-text.ts';
import { thinks } from './wording.ts';

interface Row {
  variant: Variant;
  name: string;
}

/** Null without classes. */
export function classesOfVariants(variants: readonly Variant[]): VariantTable | null {
  const rows = variants.flatMap((variant) =>
    variant.runs[0]!.summary.sim.classes.map(({ name }): Row => ({ variant, name })),
  );
  if (rows.length === 0) return null;
  const runs = variants.flatMap((variant) => variant.runs);
  const variantsOfRows = rows.map(({ variant }) => variant);
  const judged = runs.some(({ summary }) => summary.sim.classes.some(({ slo }) => slo.length > 0));
  return {
    title: 'Classes',
    rows: variantsOfRows,
    columns: [
      { header: 'class', align: 'left', texts: rows.map(({ name }) => name) },
      share('finished', rows, ({ finished, requests }) => ratio(finished, requests), 3),
      share('complete', rows, ({ complete, requests }) => ratio(complete, requests), 4),
      latency('TTFT p99', rows, ({ p99_ttft_ms }) => p99_ttft_ms),
      ...(runs.some(({ summary }) => thinks(summary))
        ? [latency('TTFAT p99', rows, ({ p99_ttfat_ms }) => p99_ttfat_ms, 5)]
        : []),
      latency('E2EL p99', rows, ({ p99_e2el_ms }) => p99_e2el_ms, 2),
      ...(judged
        ? [
            ofSteadyState(
              share('goodput', rows, ({ goodput_share }) => goodput_share, 6),
              variantsOfRows,
            ),
            verdicts(rows),
          ]
        : []),
    ],
    notes: [
      { column: 'finished', text: 'Finished: share of the requests of the class.' },
      { column: 'complete', text: 'Complete: the share whose answer was not cut short.' },
      { text: FINISHED_NOTE },
      { column: VERDICT_HEADER, text: SLO_NOTE },
      ...(variants.some(({ unsteady }) => unsteady) ? [{ text: WITHHELD_NOTE }] : []),
      ...seedsNotes(variants),
    ],
  };
}

function classOf({ summary }: RunReport, name: string): ClassSummary | undefined {
  return summary.sim.classes.find((each) => each.name === name);
}

function mean({ variant, name }: Row, value: (each: ClassSummary) => number | null): number | null {
  return meanOverSeeds(variant.runs, (run) => {
    const found = classOf(run, name);
    return found === undefined ? null : value(found);
  });
}

function share(
  header: string,
  rows: readonly Row[],
  value: (each: ClassSummary) => number | null,
  rank: number,
): VariantColumn {
  return valueColumn(header, rows, (row) => percent(mean(row, value)), rank);
}

function latency(
  header: string,
  rows: readonly Row[],
  ms: (each: ClassSummary) => number | null,
  rank?: number,
): VariantColumn {
  const values = rows.map((row) => mean(row, ms));
  return ofSteadyState(
    valueColumn(header, values, commonDuration(values), rank),
    rows.map(({ variant }) => variant),
  );
}

function verdicts(rows: readonly Row[]): VariantColumn {
  const texts = rows.map(({ variant, name }) => {
    const classes = variant.runs.flatMap((run) => classOf(run, name) ?? []);
    return classes.every(({ slo }) => slo.length === 0)
      ? NO_VALUE
      : verdictTextOf(variant, (run) => classOf(run, name)?.slo ?? [], name);
  });
  return { header: VERDICT_HEADER, align: 'left', texts };
}
