/** What was simulated of servers, market and router, in words for the report. */
import { serverGpusText } from '../config/deployment-gpus.ts';
import { lawText } from '../config/resolve-acceptance.ts';
import type { ClusterSettings, Deployment, Market, Pool, ResolvedRun, Speculation } from '../config/resolved.ts';
import { formatBytes, formatCount } from '../core/units.ts';
import { startUpOf } from './fleet-of.ts';

interface Fact {
  readonly label: string;
  readonly value: string;
}

/** Of one pool as it is; of several each with its name. */
export function fleetFacts({ pools, cluster }: ResolvedRun): Fact[] {
  const several = pools.length > 1 || pools[0]!.deployment.replicas > 1;
  const router: Fact[] = several ? [{ label: 'Router', value: cluster.router }] : [];
  if (pools.length === 1) {
    const [first, second, ...rest] = deploymentFacts(pools[0]!.deployment);
    return [first!, second!, ...router, ...rest, ...poolFacts(pools[0]!), ...clusterFacts(cluster)];
  }
  const named = pools.flatMap((pool) =>
    [...deploymentFacts(pool.deployment), ...poolFacts(pool)].map(({ label, value }) => ({
      label: `${label}, ${pool.name}`,
      value,
    })),
  );
  return [...named, ...router, ...clusterFacts(cluster)];
}

function deploymentFacts(deployment: Deployment): Fact[] {
  const { model, gpu, engine, memory, replicas } = deployment;
  const tokens = (engine.num_gpu_blocks - 1) * engine.block_size;
  const cache = `${formatCount(engine.num_gpu_blocks)} blocks of ${engine.block_size} tokens = ${formatCount(tokens)} tokens`;
  return [
    { label: 'Model', value: `${model.hf}, weights ${deployment.quantization}` },
    {
      label: 'GPUs',
      value: `${replicas > 1 ? `${replicas} replicas × ` : ''}${serverGpusText(deployment, gpu.name)}`,
    },
    {
      label: 'Engine',
      value: `vLLM ${deployment.vllm_version}, ${engine.async_scheduling ? 'asynchronous' : 'synchronous'} scheduling`,
    },
    { label: 'max_model_len', value: `${formatCount(engine.max_model_len)} tokens` },
    {
      label: 'Batch limits',
      value: `${engine.max_num_seqs} sequences, ${formatCount(engine.max_num_batched_tokens)} tokens a step`,
    },
    ...speculationFacts(deployment.speculation),
    { label: 'Weights', value: `${formatBytes(memory.weightBytes)} a GPU` },
    { label: 'KV cache', value: `${cache}, ${formatBytes(memory.kvBytes)} a GPU (${memory.source})` },
  ];
}

function speculationFacts(speculation: Speculation | null): Fact[] {
  if (speculation === null) return [];
  const { method, draft_tokens, draft_model, acceptance } = speculation;
  const drafter = draft_model === null ? method : `${draft_model.model.hf}, weights ${draft_model.quantization}`;
  const drift =
    acceptance.factor_per_1k_tokens === 1 ? '' : `, times ${acceptance.factor_per_1k_tokens} per 1,000 output tokens`;
  const value = `${drafter}, ${draft_tokens} drafts a step; acceptance: ${lawText(acceptance)}${drift}`;
  return [{ label: 'Speculative decoding', value }];
}

function poolFacts(pool: Pool): Fact[] {
  const { market, autoscale } = pool;
  const facts: Fact[] = [];
  if (market.kind === 'spot') facts.push({ label: 'Market', value: marketText(market) });
  if (autoscale !== null) {
    const { min, max, on, target, interval_us } = autoscale;
    const value = `${min} to ${max} replicas, ${target} ${on} each, every ${seconds(interval_us)}`;
    facts.push({ label: 'Autoscaling', value });
  }
  if (facts.length > 0) facts.push({ label: 'Start-up', value: seconds(startUpOf(pool)) });
  return facts;
}

function marketText({ law, zones, correlation, notice_us, on_notice, fallback, on_demand }: SpotMarket): string {
  const weibull = ({ shape, scale_us }: { shape: number; scale_us: number }) =>
    `Weibull(${shape}, ${seconds(scale_us)})`;
  const text =
    law.kind === 'trace'
      ? `trace ${law.files.map(({ path }) => path).join(', ')}`
      : `held ${weibull(law.up)}, away ${weibull(law.down)}`;
  return [
    `spot: ${text}`,
    `${zones} ${zones === 1 ? 'zone' : 'zones'}`,
    ...(correlation === null
      ? []
      : [`correlation ${correlation.between_zones} between and ${correlation.within_zone} within`]),
    `${seconds(notice_us)} notice: ${on_notice}`,
    ...(on_demand === 0 ? [] : [`${on_demand} on demand`]),
    ...(fallback === 'none' ? [] : ['replaced on demand']),
  ].join('; ');
}

type SpotMarket = Extract<Market, { kind: 'spot' }>;

function clusterFacts({ queue, retries, time_limit_us, on_lost, health_check_us }: ClusterSettings): Fact[] {
  const facts: Fact[] = [];
  if (time_limit_us !== null) facts.push({ label: 'Time limit', value: seconds(time_limit_us) });
  if (queue !== null) facts.push({ label: 'Queue at the router', value: String(queue) });
  if (retries !== 5) facts.push({ label: 'Retries', value: String(retries) });
  if (on_lost === 'resume') facts.push({ label: 'After a loss', value: 'clients resume from what was streamed' });
  if (health_check_us > 0) facts.push({ label: 'Health check', value: `every ${seconds(health_check_us)}` });
  return facts;
}

function seconds(us: number): string {
  return `${formatCount(us / 1e6)} s`;
}
