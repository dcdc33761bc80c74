/** The part of the accuracy page on public serving points. */
import { quantile } from 'd3-array';
import { percentError, signed, table } from './markdown.ts';
import {
  configurationOf,
  isParallel,
  type PointResult,
  readServingPoints,
  replayPoint,
  type ServingPoint,
  whyLeftOut,
} from './serving-points.ts';

/** Simulates every point that tests step times, and writes what came of it. */
export async function servingPointsSection(file: string, progress: (text: string) => void): Promise<string> {
  const points = readServingPoints(file);
  const leftOut = new Map<string, number>();
  const results: PointResult[] = [];
  for (const [i, point] of points.entries()) {
    const reason = whyLeftOut(point);
    if (reason !== null) leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
    else results.push(await replayPoint(point));
    progress(`serving points: ${i + 1} of ${points.length}`);
  }
  const scored = results.filter(({ point }) => !isParallel(point));
  const tpot = (r: PointResult) => percentError(r.simulated.tpotMs, r.point.mean_tpot_ms);
  const worst = [...scored].sort((a, b) => Math.abs(tpot(b)) - Math.abs(tpot(a))).slice(0, 10);
  return [
    '### By GPU',
    '',
    errorTable(scored, (p) => p.gpu),
    '',
    '### By model, GPU and precision',
    '',
    errorTable(scored, (p) => `${p.model}, ${p.gpu}, ${precision(p)}`),
    '',
    '### Expert parallel, on one server',
    '',
    errorTable(
      results.filter(({ point }) => isParallel(point)),
      (p) => `${p.model}, ${p.tp} × ${p.gpu}, ${precision(p)}, experts over ${p.ep}`,
    ),
    '',
    '### The worst points',
    '',
    table(
      [
        'point',
        'GPUs',
        'lengths in / out',
        'concurrency',
        'measured TPOT, ms',
        'simulated, ms',
        'error, %',
        'the same configuration was also measured at, ms',
      ],
      worst.map((r) => [
        `${r.point.id}: ${r.point.model}, ${precision(r.point)}`,
        `${r.point.tp} × ${r.point.gpu}`,
        `${r.point.isl} / ${r.point.osl}`,
        String(r.point.concurrency),
        r.point.mean_tpot_ms.toFixed(2),
        r.simulated.tpotMs.toFixed(2),
        signed(tpot(r)),
        alsoMeasured(r.point, points),
      ]),
    ),
    '',
    '### Points that were left out',
    '',
    table(
      ['reason', 'points'],
      [...leftOut].map(([reason, count]) => [reason, String(count)]),
    ),
  ].join('\n');
}

/** Where others disagree by half, one of the measurements is not of this configuration alone. */
function alsoMeasured(point: ServingPoint, points: readonly ServingPoint[]): string {
  const others = points.filter((p) => p !== point && configurationOf(p) === configurationOf(point));
  return others.length === 0 ? '–' : others.map((p) => p.mean_tpot_ms.toFixed(2)).join(', ');
}

function precision(point: ServingPoint): string {
  return point.weights.split(' ')[0]!;
}

function errorTable(results: readonly PointResult[], key: (point: ServingPoint) => string): string {
  const groups = new Map<string, PointResult[]>();
  for (const result of results) groups.set(key(result.point), [...(groups.get(key(result.point)) ?? []), result]);
  return table(
    [
      '',
      'points',
      'TPOT median \\|error\\|, %',
      '90th percentile, %',
      'median, %',
      'without the 0.3 ms: median \\|error\\|, %',
      'TTFT median \\|error\\|, %',
      'median, %',
    ],
    [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, group]) => {
        const tpot = group.map((r) => percentError(r.simulated.tpotMs, r.point.mean_tpot_ms));
        const bare = group.map((r) => percentError(r.kernelsOnlyTpotMs, r.point.mean_tpot_ms));
        const ttft = group.map((r) => percentError(r.simulated.ttftMs, r.point.mean_ttft_ms));
        return [
          name,
          String(group.length),
          quantile(tpot.map(Math.abs), 0.5)!.toFixed(1),
          quantile(tpot.map(Math.abs), 0.9)!.toFixed(1),
          signed(quantile(tpot, 0.5)!),
          quantile(bare.map(Math.abs), 0.5)!.toFixed(1),
          quantile(ttft.map(Math.abs), 0.5)!.toFixed(1),
          signed(quantile(ttft, 0.5)!),
        ];
      }),
  );
}
