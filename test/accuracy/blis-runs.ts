/**
 * Ten runs of vLLM 0.15.1 on H100, recorded by the BLIS project (github.com/inference-sim/inference-sim): per run the mean
 * TTFT, TPOT and E2E latency of 7,200 to 16,800 requests. Arrivals are re-drawn as Poisson at the stated rates; every
 * user of a run sends one prompt again and again, as the engine's own traces show.
 */
import { readFileSync } from 'node:fs';
import { exponential } from '../../src/core/distributions.ts';
import { type Rng, randomStreams } from '../../src/core/random.ts';
import { type MeanLatencies, meanLatencies, resolved, simulated } from './simulate.ts';

interface Experiment {
  readonly id: string;
  readonly model: string;
  readonly tensor_parallel: number;
  readonly workload: string;
  readonly spec: { readonly stages: readonly (readonly [number, number])[]; readonly output_tokens: number };
  readonly observed: {
    readonly input_tokens_mean: number;
    readonly ttft_mean_ms: number;
    readonly e2e_mean_ms: number;
  };
  readonly derived: { readonly time_per_output_token_ms: number };
}

interface Profile {
  readonly system_prompts: number;
  readonly users_per_system_prompt: number;
}

export interface BlisResult {
  readonly name: string;
  readonly measured: MeanLatencies;
  readonly simulated: MeanLatencies;
}

/** Replays every run. `folder` holds the two files of the measurement. */
export async function replayBlisRuns(folder: string, only?: string): Promise<BlisResult[]> {
  const { experiments, profiles } = read(`${folder}/vllm-0.15.1-h100.json`) as {
    experiments: readonly Experiment[];
    profiles: Readonly<Record<string, Profile>>;
  };
  const blocks = blockCounts(read(`${folder}/kv-blocks-h100.json`));
  const results: BlisResult[] = [];
  for (const experiment of experiments) {
    if (only !== undefined && !experiment.id.includes(only)) continue;
    results.push(await replay(experiment, profiles[experiment.workload]!, blocks));
  }
  return results;
}

async function replay(
  experiment: Experiment,
  profile: Profile,
  blocks: ReadonlyMap<string, number>,
): Promise<BlisResult> {
  const { model, tensor_parallel: tp, observed, derived } = experiment;
  const override = blocks.get(`${model} ${tp}`);
  const run = resolved(
    {
      model,
      gpu: 'h100-sxm',
      tensor_parallel_size: tp,
      max_model_len: 4096,
      max_num_seqs: 128,
      max_num_batched_tokens: 2048,
      ...(override === undefined ? {} : { num_gpu_blocks_override: override }),
    },
    { trace: 'in memory', ignore_eos: true },
  );
  const users = profile.system_prompts * profile.users_per_system_prompt;
  const result = await simulated(run, traceLines(experiment, users));
  return {
    name: `${model.split('/').at(-1)} TP${tp} ${experiment.workload}`,
    measured: {
      ttftMs: observed.ttft_mean_ms,
      tpotMs: derived.time_per_output_token_ms,
      e2elMs: observed.e2e_mean_ms,
    },
    simulated: meanLatencies(result),
  };
}

/** The load in Mooncake's format, which names equal prompts. */
function traceLines({ id, spec, observed }: Experiment, users: number): string[] {
  const rng: Rng = randomStreams(1)(id);
  const promptTokens = Math.round(observed.input_tokens_mean);
  const blocksOfPrompt = Math.ceil(promptTokens / 512);
  const lines: string[] = [];
  let stageStartS = 0;
  for (const [rate, durationS] of spec.stages) {
    const gapS = exponential(rng, 1 / rate);
    for (let s = gapS(); s < durationS; s += gapS()) {
      const user = Math.floor(rng() * users);
      lines.push(
        JSON.stringify({
          timestamp: Math.round((stageStartS + s) * 1e3),
          input_length: promptTokens,
          output_length: spec.output_tokens,
          hash_ids: Array.from({ length: blocksOfPrompt }, (_, i) => user * blocksOfPrompt + i),
        }),
      );
    }
    stageStartS += durationS;
  }
  return lines;
}

/** KV blocks that the servers printed, by model and tensor parallel size, at these batch limits. */
function blockCounts(json: unknown): Map<string, number> {
  const { blocks } = json as {
    blocks: readonly {
      model: string;
      tensor_parallel: number;
      num_gpu_blocks: number;
    }[];
  };
  return new Map(blocks.map((row) => [`${row.model} ${row.tensor_parallel}`, row.num_gpu_blocks]));
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
