/**
 * A calibration holds for the deployment that was measured. Where the one to be simulated differs in what step times
 * depend on, a step model is refused (its numbers know nothing of the difference), and so is a scale on another GPU or on
 * other kernel times; else a scale is carried over, because the kernels know the difference, and the reader is told.
 */
import type { CalibratedDeployment, Calibration, CalibrationLaw } from '../catalog/calibration.ts';
import type { Gpu } from '../catalog/gpu.ts';
import { type Model, parameterCounts } from '../catalog/model.ts';
import { bytesPerKvElement, type KvCacheDtype, type Quantization } from '../catalog/quantization.ts';
import { InputError } from '../core/input-error.ts';
import { formatDuration, threeDigits } from '../core/units.ts';
import type { LatencySettings } from './resolved.ts';

/** What is to be simulated. */
export interface CalibrationUse {
  readonly model: Model;
  readonly gpu: Gpu;
  readonly tensorParallelSize: number;
  readonly pipelineParallelSize: number;
  readonly dataParallelSize: number;
  readonly quantization: Quantization;
  readonly kvCacheDtype: KvCacheDtype;
  readonly enforceEager: boolean;
  readonly speculates: boolean;
}

/** null: the published kernel times. */
type Profile = LatencySettings['profile'];

/** What a deployment is called in a calibration of that form. */
export function calibratedDeployment(
  use: CalibrationUse,
  profile: Profile,
  form: CalibrationLaw['form'],
): CalibratedDeployment {
  return {
    model: use.model.hf,
    parameters: parameterCounts(use.model).total,
    gpu: use.gpu.id,
    tensor_parallel_size: use.tensorParallelSize,
    quantization: use.quantization,
    kv_cache_dtype: bytesPerKvElement(use.kvCacheDtype) === 2 ? 'auto' : 'fp8',
    enforce_eager: use.enforceEager,
    kernel_times: form === 'step_model' ? null : kernelTimes(profile),
  };
}

function kernelTimes(profile: Profile): string {
  return profile === null ? 'published' : `profile ${profile.sha256.slice(0, 12)}`;
}

/** Refuses a calibration that says nothing about the deployment. `where` locates it in the study. */
export function checkCalibration(calibration: Calibration, use: CalibrationUse, profile: Profile, where: string): void {
  const { form } = calibration.law;
  const differences = differencesOf(calibration, use, profile);
  const difference = differences.find(({ name }) => form === 'step_model' || name === 'gpu' || name === 'kernel_times');
  if (difference !== undefined) {
    throw new InputError(
      `${where}: fitted to a run with ${difference.name} ${difference.fitted}, but the study has ${difference.used}. ` +
        'Calibrate on a run of that deployment.',
    );
  }
  if (calibration.law.form !== 'step_model') return;
  if (profile !== null) {
    throw new InputError(
      `${where}: a fitted step model takes the place of kernel times; remove it or latency.profile.`,
    );
  }
  if (use.pipelineParallelSize > 1) {
    throw new InputError(`${where}: a fitted step model knows no stages; pipeline_parallel_size must be 1 with it.`);
  }
  if (use.dataParallelSize > 1 && use.model.moe !== null) {
    throw new InputError(
      `${where}: a fitted step model knows no ranks that wait for each other; data_parallel_size must be 1 with it for ` +
        `a model with experts (${use.model.id}).`,
    );
  }
  if (use.speculates) {
    throw new InputError(`${where}: a fitted step model knows no drafts; remove speculative_config.`);
  }
}

/** What a result from a calibration rests on, as sentences for its reader. */
export function calibrationNotes(latency: LatencySettings, use: CalibrationUse): string[] {
  const { calibration, calibration_file: file } = latency;
  if (calibration === null) return [];
  const { law, fitted_to, error_percent, cross_validation } = calibration;
  const runs = fitted_to.map((run) => `${run.file} (${run.requests} requests)`).join(', ');
  const differences = differencesOf(calibration, use, latency.profile).map(
    ({ name, fitted, used }) =>
      `the calibration ${file} was fitted with ${name} ${fitted} and is used with ${used}, which no run has confirmed`,
  );
  return [
    `step times from ${file}: ${lawText(law)}, fitted to ${runs}; mean |error| of its replay ${threeDigits(error_percent)} %, ${outOfSample(cross_validation)}`,
    ...differences,
    ...calibration.notes.map((note) => `${file}: ${note}`),
  ];
}

/** `up to 2.5 % on what was held out`. */
function outOfSample(held: Calibration['cross_validation']): string {
  if (held.length === 0) return 'not cross-validated';
  const most = Math.max(...held.map(({ percent }) => percent));
  const steps = held.map(({ step_percent }) => step_percent).filter((percent) => percent !== null);
  const ofSteps = steps.length === 0 ? '' : ` (half of its steps within ${threeDigits(Math.max(...steps))} %)`;
  return `up to ${threeDigits(most)} % on what was held out${ofSteps}`;
}

/** Settings that were given and change nothing beside a step model, whose numbers hold what they stand for. */
export function withoutEffect(
  { calibration }: LatencySettings,
  given: { readonly interconnect: boolean; readonly moeRouting: boolean },
): string[] {
  if (calibration?.law.form !== 'step_model') return [];
  return [
    ...(given.interconnect ? ['interconnect: the fitted step model holds communication as it was measured'] : []),
    ...(given.moeRouting ? ['latency.moe_routing: the fitted step model holds routing as it was measured'] : []),
  ];
}

/** `kernel times × 0.9750 + 300 µs`. */
export function lawText(law: Calibration['law']): string {
  switch (law.form) {
    case 'scale': {
      const { scale, step_overhead_us, prompt_step_overhead_us } = law;
      const terms = [
        `kernel times${scale === 1 ? '' : ` × ${scale.toFixed(4)}`}`,
        term(step_overhead_us, ''),
        term(prompt_step_overhead_us, ' with a prompt'),
      ];
      return terms.filter((text) => text !== '').join(' ');
    }
    case 'step_model':
      return [
        formatDuration(law.base_us),
        term(law.per_decode_us, ' a decode'),
        term(law.per_prompt_token_us, ' a prompt token'),
        term(law.per_context_token_us * 1000, ' per 1,000 tokens of context'),
      ]
        .filter((text) => text !== '')
        .join(' ');
  }
}

function term(us: number, of: string): string {
  return us === 0 ? '' : `${us < 0 ? '−' : '+'} ${formatDuration(Math.abs(us))}${of}`;
}

/** What step times depend on besides the model. */
const SETTINGS = [
  'gpu',
  'kernel_times',
  'tensor_parallel_size',
  'quantization',
  'kv_cache_dtype',
  'enforce_eager',
] as const satisfies readonly (keyof CalibratedDeployment)[];

interface Difference {
  readonly name: string;
  readonly fitted: string;
  readonly used: string;
}

function differencesOf({ deployment: fitted, law }: Calibration, use: CalibrationUse, profile: Profile): Difference[] {
  const used = calibratedDeployment(use, profile, law.form);
  const settings = SETTINGS.filter((name) => fitted[name] !== used[name]).map((name) => ({
    name,
    fitted: String(fitted[name]),
    used: String(used[name]),
  }));
  const sameModel = fitted.parameters === used.parameters;
  return sameModel ? settings : [...settings, { name: 'model', fitted: fitted.model, used: used.model }];
}
