/**
 * What a request costs against the length of its output, and against the size of the batch. Both are closed loops: as
 * many requests in flight as the point says, so the mean number of running requests, which is reported, is the load.
 */
import type { SeriesName } from './bench-file.ts';

export interface SeriesPlan {
  readonly name: SeriesName;
  /** File in studies/. */
  readonly study: string;
  readonly values: readonly number[];
  /** Settings of a point, as --set takes them. */
  readonly settings: (value: number) => string[];
}

export const SERIES: readonly SeriesPlan[] = [
  {
    name: 'output-length',
    study: 'output-length',
    values: [100, 300, 1000, 3000, 10_000, 30_000],
    settings: (tokens) => [`workload.synthetic.lengths.output.uniform={min: ${tokens / 2}, max: ${(tokens * 3) / 2}}`],
  },
  {
    name: 'batch-size',
    study: 'batch-size',
    values: [8, 16, 32, 64, 128, 256, 512, 1024],
    settings: (requests) => [`workload.max_concurrency=${requests}`],
  },
];
