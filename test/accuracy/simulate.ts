/** Simulates a study that is written in place, with a trace in memory: the same path that `servesim run` takes. */

import { loadStudy } from '../../src/config/load.ts';
import { resolveStudy } from '../../src/config/resolve.ts';
import type { ResolvedRun } from '../../src/config/resolved.ts';
import { keptRequests } from '../../src/record/run-record.ts';
import { PACKAGE_VERSION, packagedCatalog, packagedWorkloads } from '../../src/study/package-files.ts';
import { profileReader } from '../../src/study/read-profile.ts';
import { deploymentContext } from '../../src/study/read-study.ts';
import { type RunResult, runOne } from '../../src/study/run.ts';

export const catalog = packagedCatalog();
const bundledWorkloads = packagedWorkloads();

export type Deployment = Record<string, unknown>;
export type Workload = Record<string, unknown>;

/** The runs of a study, with every default applied. */
export function resolved(deployment: Deployment, workload: Workload, seed = 1): ResolvedRun {
  const loaded = loadStudy(JSON.stringify({ name: 'accuracy', seeds: [seed], deployment, workload }), 'accuracy');
  const context = deploymentContext(loaded, '.', catalog);
  const traceDigest = () => 'in memory';
  return resolveStudy(loaded, { ...context, programVersion: PACKAGE_VERSION, bundledWorkloads, traceDigest }).runs[0]!;
}

/** Simulates one run; `lines` are those of its trace. */
export function simulated(run: ResolvedRun, lines: readonly string[] = []): Promise<RunResult> {
  return runOne(run, {
    catalog,
    readLines: async function* () {
      yield lines;
    },
    readProfile: profileReader('.'),
  });
}

/** Mean latencies of the finished requests, milliseconds. */
export interface MeanLatencies {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly e2elMs: number;
}

/** Means over requests as `vllm bench serve` defines them. */
export function meanLatencies({ record }: RunResult): MeanLatencies {
  const { count, arrivalUs, firstTokenUs, lastTokenUs, outputTokens } = keptRequests(record);
  let ttft = 0;
  let tpot = 0;
  let e2el = 0;
  for (let i = 0; i < count; i++) {
    ttft += firstTokenUs[i]! - arrivalUs[i]!;
    tpot += (lastTokenUs[i]! - firstTokenUs[i]!) / Math.max(1, outputTokens[i]! - 1);
    e2el += lastTokenUs[i]! - arrivalUs[i]!;
  }
  return { ttftMs: ttft / count / 1e3, tpotMs: tpot / count / 1e3, e2elMs: e2el / count / 1e3 };
}
