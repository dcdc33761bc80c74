/** A run with the files that it names told from another folder. */
import { isAbsolute, relative, resolve } from 'node:path';
import type { Deployment, LatencySettings, Pool, ResolvedRun, Speculation, Workload } from '../config/resolved.ts';

type Rename = (path: string) => string;

/** The run as it would be written in a study in `to`; it names files relative to `from`. Absolute paths stay. */
export function movedRun(run: ResolvedRun, from: string, to: string): ResolvedRun {
  const moved = (path: string) => (isAbsolute(path) ? path : relative(resolve(to), resolve(from, path)));
  return {
    ...run,
    pools: run.pools.map((pool) => movedPool(pool, moved)),
    deployment: movedDeployment(run.deployment, moved),
    workload: movedWorkload(run.workload, moved),
  };
}

function movedPool(pool: Pool, moved: Rename): Pool {
  return { ...pool, deployment: movedDeployment(pool.deployment, moved), market: movedMarket(pool.market, moved) };
}

function movedMarket(market: Pool['market'], moved: Rename): Pool['market'] {
  if (market.kind === 'on_demand' || market.law.kind !== 'trace') return market;
  const files = market.law.files.map((file) => ({ ...file, path: moved(file.path) }));
  return { ...market, law: { ...market.law, files } };
}

function movedDeployment(deployment: Deployment, moved: Rename): Deployment {
  const { model_file, speculation, latency } = deployment;
  return {
    ...deployment,
    model_file: model_file === null ? null : movedModel(model_file, moved),
    latency: movedLatency(latency, moved),
    speculation: speculation === null ? null : movedSpeculation(speculation, moved),
  };
}

function movedLatency(latency: LatencySettings, moved: Rename): LatencySettings {
  const { profile, calibration_file } = latency;
  return {
    ...latency,
    profile: profile === null ? null : { ...profile, path: moved(profile.path) },
    calibration_file: calibration_file === null ? null : moved(calibration_file),
  };
}

function movedSpeculation(speculation: Speculation, moved: Rename): Speculation {
  const { draft_model: draft } = speculation;
  if (draft === null || draft.model_file === null) return speculation;
  return { ...speculation, draft_model: { ...draft, model_file: movedModel(draft.model_file, moved) } };
}

/** Without a dot in front it would be the name of a model. */
function movedModel(file: string, moved: Rename): string {
  const path = moved(file);
  return isAbsolute(path) || path.startsWith('.') ? path : `./${path}`;
}

function movedWorkload(workload: Workload, moved: Rename): Workload {
  const { trace } = workload;
  if (trace === null) return workload;
  const { prefix_blocks: prefixes } = trace;
  const prefix_blocks = prefixes === null ? null : { ...prefixes, path: moved(prefixes.path) };
  return { ...workload, trace: { ...trace, path: moved(trace.path), prefix_blocks } };
}
