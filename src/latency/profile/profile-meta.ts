/**
 * `meta.yaml` of a kernel profile: what was measured on what. Only a few of its fields matter here; all are optional,
 * because a profile made by hand may have no such file.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import { parseWith } from '../../catalog/parse.ts';
import { InputError } from '../../core/input-error.ts';

export interface ProfileMeta {
  /** Hugging Face name of the model. */
  readonly model: string | null;
  /** Precision of the weights, and of the KV cache where it differs: `bf16`, `bf16-kvfp8`, `fp8-kvfp8`. */
  readonly variant: string | null;
  /** Name of the GPU as its driver gives it. */
  readonly gpu: string | null;
  readonly vllmVersion: string | null;
  readonly tpDegrees: readonly number[] | null;
  /** By tensor-parallel degree, the share of skew pooled over all of its measurements. */
  readonly pooledSkew: ReadonlyMap<number, number>;
}

const text = z.union([z.string(), z.number()]).transform(String).nullish();

const schema = z.looseObject({
  model: text,
  variant: text,
  gpu: text,
  vllm_version: text,
  tp_degrees: z.array(z.int().positive()).nullish(),
  skew_fit: z
    .looseObject({
      per_tp: z.record(z.string(), z.looseObject({ alpha_default: z.number().nullish() })).nullish(),
    })
    .nullish(),
});

/** Reads `meta.yaml`. `where` names the file in messages. */
export function parseProfileMeta(yaml: string, where: string): ProfileMeta {
  const meta = parseWith(schema, yamlObject(yaml, where), where);
  const pooled = Object.entries(meta.skew_fit?.per_tp ?? {}).flatMap(([degree, { alpha_default: alpha }]) =>
    alpha == null ? [] : [[Number(degree), alpha] as const],
  );
  return {
    model: meta.model ?? null,
    variant: meta.variant ?? null,
    gpu: meta.gpu ?? null,
    vllmVersion: meta.vllm_version ?? null,
    tpDegrees: meta.tp_degrees ?? null,
    pooledSkew: new Map(pooled),
  };
}

function yamlObject(yaml: string, where: string): unknown {
  try {
    return parse(yaml) ?? {};
  } catch (error) {
    throw new InputError(`${where}: not YAML: ${(error as Error).message}`);
  }
}
