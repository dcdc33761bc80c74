/** What several variants cost, and what an API would ask for the same requests: a row for each variant. */
import type { ApiComparison, MoneySummary } from '../metrics/money.ts';
import { count, listed, NO_VALUE } from './format.ts';
import { usd } from './money-lines.ts';
import {
  meanOverSeeds,
  ofSteadyState,
  seedsNotes,
  type VariantColumn,
  type VariantTable,
  valueColumn,
  variantNames,
  WITHHELD_NOTE,
} from './variant-table.ts';
import type { Variant } from './variants.ts';

/** Null where no price is known. */
export function moneyOfVariants(variants: readonly Variant[]): VariantTable | null {
  const runs = variants.flatMap((variant) => variant.runs);
  const money = runs.flatMap(({ summary }) => summary.sim.money ?? []);
  if (money.length === 0) return null;
  const known = (value: (each: MoneySummary) => number | null) => money.some((each) => value(each) !== null);
  const useful = known((each) => each.usd_per_million_useful_tokens);
  const good = known((each) => each.usd_per_1000_good_requests);
  const apis = [...new Set(money.flatMap(({ api }) => api?.name ?? []))];
  return {
    title: 'Money',
    rows: variants,
    columns: [
      amount('$/h', variants, (each) => each.usd_per_hour, 5),
      amount('$/M output', variants, (each) => each.usd_per_million_output_tokens),
      ...(useful ? [amount('$/M useful', variants, (each) => each.usd_per_million_useful_tokens, 6)] : []),
      ...(good
        ? [
            ofSteadyState(
              amount('$/1,000 good', variants, (each) => each.usd_per_1000_good_requests, 4),
              variants,
            ),
          ]
        : []),
      ...(apis.length > 0 ? apiColumns(variants) : []),
    ],
    notes: [
      { text: 'Output: per million output tokens.' },
      { column: '$/M useful', text: 'Useful: per million output tokens of complete answers.' },
      { column: '$/1,000 good', text: 'Good: complete answers within the SLO.' },
      {
        column: 'API $/M',
        text: `${listed(apis)}: per million tokens of input and output, as each variant mixes them.`,
      },
      { column: 'break-even', text: 'Break-even: requests a month from which the API costs more than the fleet.' },
      ...(good && variants.some(({ unsteady }) => unsteady) ? [{ column: '$/1,000 good', text: WITHHELD_NOTE }] : []),
      ...seedsNotes(variants),
    ],
    asides: neverAsides(variants),
  };
}

function amount(
  header: string,
  variants: readonly Variant[],
  value: (each: MoneySummary) => number | null,
  rank?: number,
): VariantColumn {
  return valueColumn(header, variants, (variant) => usd(meanMoney(variant, value)), rank);
}

function meanMoney({ runs }: Variant, value: (each: MoneySummary) => number | null): number | null {
  return meanOverSeeds(runs, ({ summary: { sim } }) => (sim.money === null ? null : value(sim.money)));
}

function apiColumns(variants: readonly Variant[]): VariantColumn[] {
  const reasons = variants.map(whyNever);
  return [
    amount('API $/M', variants, ({ api }) => api?.usd_per_million_tokens ?? null, 2),
    valueColumn('break-even', variants, breakEven, 3),
    ...(reasons.every((reason) => reason === '')
      ? []
      : [{ header: 'why never', align: 'left', texts: reasons, sentences: true } satisfies VariantColumn]),
  ];
}

function apisOf({ runs }: Variant): { seed: number; api: ApiComparison }[] {
  return runs.flatMap(({ seed, summary }) => {
    const api = summary.sim.money?.api ?? null;
    return api === null ? [] : [{ seed, api }];
  });
}

/** Requests a month, or in how many of the seeds there is no such number. */
function breakEven(variant: Variant): string {
  const apis = apisOf(variant);
  const never = apis.filter(({ api }) => api.break_even_requests_per_month === null).length;
  if (apis.length === 0) return NO_VALUE;
  if (never === 0) return count(meanMoney(variant, ({ api }) => api?.break_even_requests_per_month ?? null));
  return never === apis.length ? 'never' : `never in ${never} of ${apis.length}`;
}

/** The first seed that never breaks even; undefined where every seed does. */
function firstNever(variant: Variant): { seed: number; because: string } | undefined {
  return apisOf(variant).flatMap(({ seed, api: { no_break_even_because: because } }) =>
    because === null ? [] : [{ seed, because }],
  )[0];
}

function whyNever(variant: Variant): string {
  const never = firstNever(variant);
  if (never === undefined) return '';
  return variant.runs.length === 1 ? never.because : `seed ${never.seed}: ${never.because}`;
}

/** Variants whose reason the console tells. */
const MOST_REASONS = 4;

function neverAsides(variants: readonly Variant[]): string[] {
  const { texts: names } = variantNames(variants);
  const reasons = variants.flatMap((variant, i) => {
    const never = firstNever(variant);
    if (never === undefined) return [];
    const seed = variant.runs.length === 1 ? '' : ` (seed ${never.seed})`;
    return [`No break-even with ${names[i]!}${seed}: ${never.because}.`];
  });
  const told = reasons.slice(0, MOST_REASONS);
  const rest = reasons.length - told.length;
  return rest === 0 ? told : [...told, `Nor with ${count(rest)} more; report.html has the reasons.`];
}
