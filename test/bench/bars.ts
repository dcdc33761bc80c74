/** What the benchmark's figures are held against: bars set for this program, and figures of others. */
import { type BenchFile, isMeasured, type Measurement, type StartUp, usPerRequest, usPerToken } from './bench-file.ts';
import { spread } from './power-law.ts';

export interface Bar {
  /** A workload, a series or a start-up. */
  readonly name: string;
  /** The largest value that meets it. */
  readonly most: number;
  readonly unit: 'µs/token' | 'MB' | '× between extremes' | 's' | 'CPU s';
}

export const BARS: readonly Bar[] = [
  { name: 'chat-100k', most: 0.04, unit: 'µs/token' },
  { name: 'reason-2k', most: 0.01, unit: 'µs/token' },
  { name: 'reason-2k-fits', most: 0.01, unit: 'µs/token' },
  { name: 'reason-100k', most: 0.005, unit: 'µs/token' },
  { name: 'reason-100k-fits', most: 0.005, unit: 'µs/token' },
  { name: 'speculative', most: 0.4, unit: 'µs/token' },
  { name: 'chat-1m', most: 1500, unit: 'MB' },
  { name: 'chat-1m-summary', most: 200, unit: 'MB' },
  { name: 'spot-day', most: 60, unit: 'CPU s' },
  { name: 'output-length', most: 2, unit: '× between extremes' },
  { name: 'batch-size', most: 2, unit: '× between extremes' },
  { name: 'version', most: 0.25, unit: 's' },
  { name: 'check', most: 0.25, unit: 's' },
];

/** `at most 0.04 µs/token: met`; empty where there is no bar or nothing was measured. */
export function verdict(bench: BenchFile, name: string): string {
  const bar = BARS.find((candidate) => candidate.name === name);
  const value = bar === undefined ? null : valueFor(bar, bench);
  if (bar === undefined || value === null) return '';
  return `at most ${bar.most} ${bar.unit}: ${value <= bar.most ? 'met' : 'not met'}`;
}

function valueFor({ name, unit }: Bar, { workloads, series, start_up }: BenchFile): number | null {
  switch (unit) {
    case 's':
      return startUpCpuS(start_up, name);
    case '× between extremes': {
      const points = series.find((candidate) => candidate.name === name)?.points;
      return points === undefined ? null : spread(points.map(usPerRequest));
    }
    case 'µs/token':
      return ofWorkload(name, usPerToken);
    case 'CPU s':
      return ofWorkload(name, ({ cpu_s }) => cpu_s);
    case 'MB':
      return ofWorkload(name, ({ peak_rss_bytes }) => peak_rss_bytes / 1e6);
  }

  function ofWorkload(workload: string, value: (measurement: Measurement) => number): number | null {
    const result = workloads.find((candidate) => candidate.name === workload);
    return result !== undefined && isMeasured(result) ? value(result) : null;
  }
}

function startUpCpuS(startUp: StartUp, name: string): number | null {
  if (name === 'version') return startUp.version_cpu_s;
  return name === 'check' ? startUp.check_cpu_s : null;
}

export interface Peer {
  readonly program: string;
  /** CPU microseconds an output token: lowest and highest figure. */
  readonly usPerToken: readonly [least: number, most: number];
  readonly basis: string;
}

/** Of other machines, and so only orders of magnitude. */
export const PEERS: readonly Peer[] = [
  {
    program: 'NVIDIA AISimulate (Rust)',
    usPerToken: [0.28, 0.47],
    basis: 'engine replay; its authors give 4.96 for agent sessions with all reports (ai-dynamo/aisimulate#295)',
  },
  {
    program: 'BLIS (Go)',
    usPerToken: [1.0, 1.5],
    basis: 'inference-sim/inference-sim with its best flags; 13.5 with the default ones',
  },
  { program: 'inference-lab (WebAssembly)', usPerToken: [9, 9], basis: 'the npm build of @doublewordai/inference-lab' },
  {
    program: 'vLLM’s own scheduler (Python)',
    usPerToken: [10, 12.7],
    basis: 'scheduling one request for one step; 12.7 for vLLM 0.27.1 in openfabric-systems/simllm#204',
  },
  { program: 'Vidur (Python)', usPerToken: [14, 14], basis: 'microsoft/vidur' },
];
