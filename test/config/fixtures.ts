/** A small catalog and study that the tests of this room share; sizes are round so that results can be worked out. */
import { type Catalog, createCatalog } from '../../src/catalog/catalog.ts';
import { loadStudy } from '../../src/config/load.ts';
import { type ResolveContext, resolveStudy } from '../../src/config/resolve.ts';
import type { ResolvedStudy } from '../../src/config/resolved.ts';

const gpu = (id: string, name: string, architecture: string, gib: number) => ({
  id,
  name,
  architecture,
  vendor_memory_gb: gib,
  usable_memory_gib: gib,
  usable_memory_source: 'made up',
  bandwidth_tbs: 2,
  tflops_dense: { bf16: 500, fp8: 1000, int8: 1000, fp4: null },
  link: { type: 'NVLink', gbs_per_direction: 450 },
  sm_count: 100,
  l2_mb: 50,
  power_w: 700,
  source: 'made up',
});

const tiny = {
  id: 'tiny-1b',
  hf: 'example/Tiny-1B',
  layers: 16,
  hidden: 2048,
  intermediate: 8192,
  heads: 32,
  kv_heads: 8,
  head_dim: 64,
  vocab: 32_000,
  max_model_len: 32_768,
  source: 'made up',
};

export const catalog: Catalog = createCatalog({
  models: [
    { file: 'tiny-1b.json', json: tiny },
    {
      file: 'experts.json',
      json: {
        ...tiny,
        id: 'experts',
        hf: 'example/Experts',
        moe: { experts: 8, experts_per_token: 2, intermediate: 64 },
      },
    },
    {
      file: 'windows.json',
      json: { ...tiny, id: 'windows', hf: 'example/Windows', sliding_window: { tokens: 512, layers: 12 } },
    },
  ],
  gpus: {
    gpus: [
      gpu('h100-sxm', 'NVIDIA H100', 'hopper', 80),
      gpu('a100-sxm', 'NVIDIA A100', 'ampere', 80),
      gpu('b200-sxm', 'NVIDIA B200', 'blackwell', 178),
      gpu('l40s', 'NVIDIA L40S', 'ada', 44),
    ],
  },
  kernels: () => undefined,
});

const spec = {
  base_rate: 2,
  lengths: { input: { constant: 100 }, output: { lognormal: { mu: 5, sigma: 1 }, max: 4000 } },
};

export const context: ResolveContext = {
  catalog,
  programVersion: '1.2.3',
  traceDigest: (path) => `digest of ${path}`,
  bundledWorkloads: {
    'chat-azure': spec,
    'code-azure': spec,
    'reasoning-r1': { ...spec, thinking_share: { constant: 0.9 } },
  },
  huggingFaceConfigs: {},
  calibrations: {},
  profileDigest: (path) => `digest of ${path}`,
};

/** A study with these lines under `deployment:` (two spaces deep) in place of the model and GPU. */
export function studyText(deployment = ['model: tiny-1b', 'gpu: h100-sxm'], rest: string[] = []): string {
  return [
    'deployment:',
    ...deployment.map((line) => `  ${line}`),
    'workload:',
    '  synthetic: chat',
    '  num_requests: 10',
    ...rest,
    '',
  ].join('\n');
}

export function resolveText(text: string, extra: Partial<ResolveContext> = {}): ResolvedStudy {
  return resolveStudy(loadStudy(text, 'study.yaml'), { ...context, ...extra });
}

/** The only run of a study with these lines under `deployment:`. */
export function deploymentOf(...lines: string[]) {
  return resolveText(studyText(lines.some((line) => line.startsWith('gpu:')) ? lines : ['gpu: h100-sxm', ...lines]))
    .runs[0]!.deployment;
}

/** The lines of the error that `action` throws. */
export function errorLines(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  throw new Error('expected an error');
}
