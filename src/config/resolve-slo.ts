/** `slo: { ttft_p99: 2s }` becomes bounds in microseconds. */
import { parseDurationUs } from '../core/units.ts';
import type { SloBound, SloMetric } from './resolved.ts';
import { SLO_KEY } from './schema-slo.ts';

export function resolveSlo(slo: Readonly<Record<string, string | number>> | null | undefined): SloBound[] {
  return Object.entries(slo ?? {}).map(([key, limit]) => {
    const [, metric, statistic] = SLO_KEY.exec(key)!;
    return {
      metric: metric as SloMetric,
      statistic: (statistic === 'median' ? 'p50' : statistic) as SloBound['statistic'],
      limit_us: parseDurationUs(limit),
    };
  });
}
