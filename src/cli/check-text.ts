/** The answers of `servesim check` in words: the verdict first, then where the memory goes. */
import { formatBytes, formatCount, threeDigits } from '../core/units.ts';
import type { DeploymentCheck } from '../study/check.ts';

type Plan = DeploymentCheck['changes'][number]['plan'];
type Row = readonly [name: string, value: string];

/** A paragraph a deployment. */
export function checkText(checks: readonly DeploymentCheck[]): string {
  return checks.map(deploymentText).join('\n');
}

function deploymentText(check: DeploymentCheck): string {
  const { startUp, reason, notSimulated, estimates, noEffect } = check;
  const variant = Object.entries(check.variant).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
  const lines = [
    ...(variant.length > 0 ? [variant.join(' ')] : []),
    startUp.starts ? `starts: ${capacityText(check, startUp.plan)}` : `does not start: ${reason}.`,
    '',
    ...table(memoryRows(check)),
    ...(startUp.starts ? [] : ['', ...changeLines(check)]),
    '',
    ...estimates.map((estimate) => `estimated: ${estimate}.`),
    ...noEffect.map((setting) => `no effect: ${setting}`),
    ...(notSimulated === null ? [] : [`\`servesim run\` refuses this deployment: ${notSimulated}.`]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** `28,606 KV blocks = 457,680 tokens; 14.0 requests of 32,768 tokens at once`. */
function capacityText(check: DeploymentCheck, plan: Plan): string {
  return (
    `${formatCount(plan.numGpuBlocks)} KV blocks = ${formatCount(tokensHeld(check, plan))} tokens; ` +
    `${threeDigits(plan.maxConcurrency)} requests of ${formatCount(plan.maxModelLen)} tokens at once`
  );
}

/** Tokens beside the null block; with windows, those of requests of `max_model_len`. */
function tokensHeld({ groups, options }: DeploymentCheck, { numGpuBlocks, maxConcurrency, maxModelLen }: Plan): number {
  const usable = numGpuBlocks - 1;
  const [first] = groups;
  if (groups.length === 1 && (first!.kind === 'full' || first!.kind === 'mla')) return usable * options.blockSize;
  return Math.floor((maxConcurrency / numGpuBlocks) * usable * maxModelLen);
}

function memoryRows(check: DeploymentCheck): Row[] {
  const { model, gpuMemoryUtilization: share, quantization } = check.options;
  const { startUp } = check;
  const shares = startUp.starts ? startUp.plan : startUp.refusal.shares;
  const weights = `${formatBytes(shares.weightBytes)} a GPU`;
  const kvCache = `${formatBytes(shares.kvBytes)} a GPU`;
  const division: Row[] =
    shares.source === 'estimated'
      ? [
          ['vLLM may use', `${formatBytes(shares.usableBytes * share)} a GPU (gpu_memory_utilization ${share})`],
          ['weights', weights],
          ['reserve', `${formatBytes(shares.reserveBytes)} a GPU: activations, sampler, CUDA graphs, libraries`],
          ['KV cache', kvCache],
        ]
      : [
          ['weights', weights],
          ['KV cache', `${kvCache}, by ${shares.source}`],
        ];
  return [
    ['model', `${model.hf}, weights ${quantization}, KV cache ${check.options.kvCacheDtype}`],
    ['GPUs', gpusText(check, shares.usableBytes)],
    ...stageRows(check, shares.stage),
    ...division,
    ['KV block', `${check.options.blockSize} tokens, ${formatBytes(shares.bytesPerBlock)} a GPU${groupsText(check)}`],
    ['longest request', longestText(shares.maxModelLenThatFits, model.maxModelLen)],
  ];
}

/** `8 × NVIDIA H100 SXM (2 stages), 79.1 GiB usable on each`. */
function gpusText({ options, gpus, spread }: DeploymentCheck, usableBytes: number): string {
  const words = spread === '' ? '' : ` (${spread})`;
  return `${gpus} × ${options.gpu.name}${words}, ${formatBytes(usableBytes)} usable on each`;
}

/** Which GPUs of a pipeline the rows below are about. */
function stageRows({ stageLayers }: DeploymentCheck, stage: number): Row[] {
  if (stageLayers.length === 1) return [];
  const place = `${stage + 1} of ${stageLayers.length}, the one with the fewest blocks`;
  return [['stage', `${place}; layers: ${stageLayers.join(' + ')}`]];
}

function longestText(fits: number, limit: number): string {
  if (fits < 1) return 'none fits';
  return fits < limit
    ? `${formatCount(fits)} tokens (the model allows ${formatCount(limit)})`
    : `${formatCount(limit)} tokens (the model's own limit)`;
}

/** `; groups: 4 × 9 layers sliding 1024, …` where there are several. */
function groupsText({ groups }: DeploymentCheck): string {
  if (groups.length === 1) return '';
  const texts = groups.map((group) => {
    const reach = 'tokens' in group ? ` ${group.tokens}` : '';
    return `${group.layers} layers ${group.kind}${reach}`;
  });
  const counted = [...new Set(texts)].map((text) => {
    const times = texts.filter((each) => each === text).length;
    return times === 1 ? text : `${times} × ${text}`;
  });
  return `; groups: ${counted.join(', ')}`;
}

function changeLines(check: DeploymentCheck): string[] {
  if (check.changes.length === 0) {
    return ['Neither one nor two changes of precision, tensor_parallel_size or GPU let it start.'];
  }
  const rows = check.changes.map(({ text, plan }): Row => [text, capacityText(check, plan)]);
  return ['It would start with one of:', ...table(rows)];
}

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
