/** Two benchmarks side by side: ratios now / earlier, and whether the same simulation was measured at all. */
import { number } from '../../src/report/format.ts';
import { type BenchFile, isMeasured, type Measurement, usPerToken } from './bench-file.ts';
import { left, right, type Table } from './tables.ts';

/** What both have measured; a ratio below 1 is faster or smaller. */
export function compareTable(earlier: BenchFile, now: BenchFile): Table {
  const before = measurements(earlier);
  const rows = [...measurements(now)].flatMap(([name, result]) => {
    const old = before.get(name);
    return old === undefined ? [] : [compared(name, old, result)];
  });
  return {
    title: `Now (${now.commit}) against ${earlier.commit}`,
    columns: [
      left('workload'),
      ...['µs/token before', 'now', 'CPU ×', 'peak memory ×', 'walked ×'].map(right),
      left(''),
    ],
    rows: [...rows, ...startUpRows(earlier, now)],
    notes: [
      'Ratios are now / earlier: below 1 is faster or smaller.',
      ...(earlier.cpu === now.cpu && earlier.node === now.node
        ? []
        : [
            `Not the same machine or Node: ${earlier.cpu}, Node ${earlier.node} before; ${now.cpu}, Node ${now.node} now.`,
          ]),
    ],
  };
}

function compared(name: string, old: Measurement, now: Measurement): string[] {
  const same =
    old.output_tokens === now.output_tokens && old.steps === now.steps && old.preemptions === now.preemptions;
  return [
    name,
    number(usPerToken(old)),
    number(usPerToken(now)),
    number(now.cpu_s / old.cpu_s),
    number(now.peak_rss_bytes / old.peak_rss_bytes),
    number(now.steps_walked / old.steps_walked),
    same
      ? ''
      : `another simulation: ${now.steps - old.steps} steps, ${now.preemptions - old.preemptions} preemptions more`,
  ];
}

function startUpRows(earlier: BenchFile, now: BenchFile): string[][] {
  const row = (name: string, before: number, after: number) => [name, '', '', number(after / before), '', '', ''];
  return [
    row('start-up: --version', earlier.start_up.version_cpu_s, now.start_up.version_cpu_s),
    row('start-up: check', earlier.start_up.check_cpu_s, now.start_up.check_cpu_s),
    row('start-up: empty run', earlier.start_up.empty_run_cpu_s, now.start_up.empty_run_cpu_s),
  ];
}

function measurements({ workloads, series }: BenchFile): Map<string, Measurement> {
  return new Map([
    ...workloads.filter(isMeasured).map((result) => [result.name, result] as const),
    ...series.flatMap(({ points }) => points.map((point) => [point.name, point] as const)),
  ]);
}
