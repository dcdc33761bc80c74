/**
 * What was fitted to measured runs of a deployment: a scale and an overhead on the step times of its kernels, or a step
 * model of its own for hardware without kernel times. Written by `servesim calibrate`, named by `latency.calibration`.
 */
import { z } from 'zod';
import { InputError } from '../core/input-error.ts';
import { parseWith } from './parse.ts';

/** `step = scale * kernels + step_overhead_us`, and `prompt_step_overhead_us` more where the step computes prompt tokens. */
export interface ScaleCalibration {
  readonly form: 'scale';
  readonly scale: number;
  readonly step_overhead_us: number;
  readonly prompt_step_overhead_us: number;
}

/**
 * `step = base_us + per_decode_us * decodes + per_prompt_token_us * prompt tokens + per_context_token_us * context`, the
 * context being all tokens in the cache of the scheduled requests after the step.
 */
export interface StepModelCalibration {
  readonly form: 'step_model';
  readonly base_us: number;
  readonly per_decode_us: number;
  readonly per_prompt_token_us: number;
  readonly per_context_token_us: number;
}

export type CalibrationLaw = ScaleCalibration | StepModelCalibration;

/** What was measured; the law holds for no other. */
export interface CalibratedDeployment {
  readonly model: string;
  /** Of the model; a model of another name with as many is taken for the same. */
  readonly parameters: number;
  readonly gpu: string;
  readonly tensor_parallel_size: number;
  readonly quantization: string;
  /** `auto` for all 16-bit types, `fp8` for all of 8 bits. */
  readonly kv_cache_dtype: string;
  readonly enforce_eager: boolean;
  /** What a scale corrects: `published`, or `profile` and the beginning of its digest; null for a step model. */
  readonly kernel_times: string | null;
}

/** How far a replay with the law is from the measurement: mean of |error| over 15 cells, percent. */
export interface CalibrationError {
  /** Requests (`B1.json`, `B1.json, even ids`) that the law was fitted to and scored on. */
  readonly fitted_on: string;
  readonly scored_on: string;
  readonly percent: number;
  /** Of a step model: median |error| of the durations of what it was scored on, percent; else null. */
  readonly step_percent: number | null;
}

export interface Calibration {
  /** Format of the file. */
  readonly servesim_calibration: 1;
  readonly law: CalibrationLaw;
  /** The front end's work a request, microseconds; null: not identified. */
  readonly front_end_us: number | null;
  readonly deployment: CalibratedDeployment;
  readonly fitted_to: readonly { readonly file: string; readonly sha256: string; readonly requests: number }[];
  /** Of the law itself, over all it was fitted to, percent. */
  readonly error_percent: number;
  /** Laws fitted to a part and scored on another. */
  readonly cross_validation: readonly CalibrationError[];
  /** What could not be told from the data, and how sure the rest is, for the reader. */
  readonly notes: readonly string[];
}

/** Of any number of a law, microseconds: a step of a thousand seconds is none. */
export const MOST_US = 1e9;
/** Kernel times are off by a thousand only where they are those of something else. */
export const SCALE_LIMITS = [1e-3, 1e3] as const;

const cost = z.number().nonnegative().max(MOST_US);
const overhead = z.int().min(-MOST_US).max(MOST_US);
const percent = z.number().nonnegative();

const law = z.discriminatedUnion('form', [
  z.strictObject({
    form: z.literal('scale'),
    scale: z.number().min(SCALE_LIMITS[0]).max(SCALE_LIMITS[1]),
    step_overhead_us: overhead,
    prompt_step_overhead_us: overhead,
  }),
  z
    .strictObject({
      form: z.literal('step_model'),
      base_us: cost,
      per_decode_us: cost,
      per_prompt_token_us: cost,
      per_context_token_us: cost,
    })
    .refine(
      ({ base_us, per_decode_us, per_prompt_token_us, per_context_token_us }) =>
        base_us + per_decode_us + per_prompt_token_us + per_context_token_us > 0,
      { error: 'every cost is 0; expected at least one above' },
    ),
]);

const schema: z.ZodType<Calibration> = z.strictObject({
  servesim_calibration: z.literal(1, { error: 'expected 1, the format that this version of servesim reads' }),
  law,
  front_end_us: z.int().nonnegative().max(MOST_US).nullable(),
  deployment: z.strictObject({
    model: z.string(),
    parameters: z.number().positive(),
    gpu: z.string(),
    tensor_parallel_size: z.int().positive(),
    quantization: z.string(),
    kv_cache_dtype: z.string(),
    enforce_eager: z.boolean(),
    kernel_times: z.string().nullable(),
  }),
  fitted_to: z.array(z.strictObject({ file: z.string(), sha256: z.string(), requests: z.int().positive() })).min(1),
  error_percent: percent,
  cross_validation: z.array(
    z.strictObject({ fitted_on: z.string(), scored_on: z.string(), percent, step_percent: percent.nullable() }),
  ),
  notes: z.array(z.string()),
});

/** Reads a calibration file. `where` names it in messages. */
export function parseCalibration(json: unknown, where: string): Calibration {
  if (json === null || typeof json !== 'object' || !Object.hasOwn(json, 'servesim_calibration')) {
    throw new InputError(`${where}: not a calibration; expected a file written by servesim calibrate.`);
  }
  return parseWith(schema, json, where);
}
