/** Made-up studies of each kind that the page draws differently. */
import type { RunReport, StudyReport } from '../../src/report/study-report.ts';
import { runReport, SLO, singleStudy, sweepStudy, syntheticRecord } from './fixture.ts';
import { withStatistics } from './statistics-fixture.ts';

/** Two settings, three values each, two seeds; the last variant has no steady state. */
export function gridStudy(): StudyReport {
  const runs = [10, 18, 32].flatMap((places) =>
    [512, 2048, 8192].flatMap((threshold, i) =>
      [1, 2].map((seed) =>
        runReport(syntheticRecord({ seed, places, rate: 3 + 0.5 * i }), {
          ...{ seed, runId: `${places}-${threshold}-${seed}`, slo: SLO },
          variant: { 'deployment.max_num_seqs': places, 'deployment.long_prefill_token_threshold': threshold },
        }),
      ),
    ),
  );
  return withStatistics({ name: 'grid', question: 'Which limits suit it?', runs }, [0]);
}

export const NAMES = ['on demand', 'all spot', 'spot, one kept on demand', 'spot with <fallback> & "notice"'];

/** Named fleets with a price each, two seeds. */
export function fleetStudy(names: readonly string[] = NAMES): StudyReport {
  const runs = names.flatMap((variantName, i) =>
    [1, 2].map((seed) =>
      priced(
        runReport(syntheticRecord({ seed, places: 10 + 6 * i, rate: 4 }), {
          ...{ seed, variantName, slo: SLO, runId: `${i}${seed}` },
          variant: { 'deployment.market': variantName, 'deployment.replicas': 1 + i },
        }),
        2.4 * (1 + i),
      ),
    ),
  );
  return withStatistics({ name: 'fleets', question: 'What does the spot market save?', runs });
}

/** One setting over seeds; the smallest value has no steady state. */
export function curveStudy(): StudyReport {
  return withStatistics(sweepStudy([8, 16, 32, 64], [1, 2, 3]), [0]);
}

export function oneRunStudy(): StudyReport {
  return withStatistics(singleStudy({ thinking: true }));
}

function priced(run: RunReport, usdPerHour: number): RunReport {
  const { summary } = run;
  const perSecond = summary.output_throughput ?? 1;
  const usd = (usdPerHour / 3600 / perSecond) * 1e6;
  const money = {
    ...{ usd_per_hour: usdPerHour, usd_per_million_output_tokens: usd, usd_per_million_useful_tokens: usd },
    ...{ usd_per_1000_good_requests: 1, api: null },
  } as unknown as NonNullable<RunReport['summary']['sim']['money']>;
  return { ...run, summary: { ...summary, sim: { ...summary.sim, money } } };
}
