/** `slo:` in the study file, of the study or of one class of its requests. */
import { z } from 'zod';
import { duration } from './schema-parts.ts';

export const SLO_KEY = /^(ttft|tpot|itl|e2el|ttfat)_(mean|median|p(?:\d{1,2})(?:\.\d+)?)$/;

/** The bounds of a service-level objective by metric and statistic. */
export const slo = z.record(
  z.string().regex(SLO_KEY, {
    error: (issue) =>
      `unknown bound ${JSON.stringify(issue.input)}. Expected ttft, tpot, itl, e2el or ttfat, with _mean, _median or a percentile, such as ttft_p99`,
  }),
  duration(),
  { error: 'expected a mapping such as { ttft_p99: 2s, tpot_p99: 60ms }' },
);
