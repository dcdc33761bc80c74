/** What is known of a claim's cases once they are checked and simulated, and how a part of it is found. */
import type { MemoryShares } from '../../catalog/memory.ts';
import { quoted } from '../../config/problems.ts';
import { unknownName } from '../../config/schema-parts.ts';
import { InputError } from '../../core/input-error.ts';
import type { Summary } from '../../metrics/summary.ts';
import type { DeploymentCheck } from '../check.ts';
import type { CheckField, Place } from './quantity.ts';

export interface CaseRun {
  readonly seed: number;
  /** Swept settings by path. */
  readonly variant: Place;
  /** Null where it could not be simulated. */
  readonly summary: Summary | null;
  /** Why it could not; null where it was. */
  readonly failed: string | null;
}

export interface CaseResult {
  readonly name: string;
  /** Why the deployment is refused; null where it is accepted. */
  readonly refused: string | null;
  readonly checks: readonly DeploymentCheck[];
  readonly runs: readonly CaseRun[];
}

/**
 * A number, or why there is none: `impossible` where the system that was claimed to do something does not come up,
 * `missing` where nothing is known.
 */
export type Outcome =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'impossible' | 'missing'; readonly because: string };

export const numberOutcome = (value: number): Outcome => ({ kind: 'number', value });
const missing = (because: string): Outcome => ({ kind: 'missing', because });

/** The values of a swept setting, in the order of the sweep. */
export function sweptValues(cases: readonly CaseResult[], path: string): unknown[] {
  const variants = cases.flatMap(({ runs, checks }) => [...runs, ...checks].map(({ variant }) => variant));
  const texts = variants.filter((variant) => path in variant).map((variant) => JSON.stringify(variant[path]));
  return [...new Set(texts)].map((value) => JSON.parse(value) as unknown);
}

/** A field of the summary of the one run of that seed at that place. Throws InputError where there is no such field. */
export function summaryField(found: CaseResult, field: string, place: Place, seed: number): Outcome {
  const refusal = refusedThere(found, place);
  if (refusal !== null) return { kind: 'impossible', because: refusal };
  const runs = found.runs.filter((run) => run.seed === seed && matches(run.variant, place));
  const [run] = runs;
  if (run === undefined) return missing(`${found.name}: nothing was simulated`);
  if (runs.length > 1) {
    const swept = Object.keys(run.variant).filter((path) => !(path in place));
    throw new InputError(`${found.name} has ${runs.length} variants here; say which with at: ${swept.join(', ')}`);
  }
  return run.summary === null ? missing(run.failed ?? 'not simulated') : fieldOf(run.summary, field, found.name);
}

/** Why what is claimed there cannot be: the server is refused, or does not start. */
function refusedThere(found: CaseResult, place: Place): string | null {
  if (found.refused !== null) return found.refused;
  const checks = found.checks.filter((check) => matches(check.variant, place));
  const [check] = checks;
  if (check === undefined || !checks.every(({ startUp }) => !startUp.starts)) return null;
  return `${found.name} does not start: ${check.reason}`;
}

function fieldOf(summary: Summary, field: string, name: string): Outcome {
  let value: unknown = summary;
  for (const part of field.split('.')) {
    if (value === null) return missing(`${name}: ${field} was not measured`);
    const known = Object.keys(value as object);
    if (!known.includes(part)) throw new InputError(unknownName(`field of ${name}`, part, known));
    value = (value as Record<string, unknown>)[part];
  }
  if (value === null || value === undefined) return missing(`${name}: ${field} was not measured`);
  if (typeof value === 'boolean') return numberOutcome(value ? 1 : 0);
  if (typeof value === 'number') return numberOutcome(value);
  throw new InputError(`${field} is ${quoted(value)}; expected a field that holds a number`);
}

/** An answer of the start-up check. */
export function checkField(found: CaseResult, field: CheckField, place: Place): Outcome {
  if (field === 'accepted') return numberOutcome(found.refused === null ? 1 : 0);
  if (found.refused !== null) return { kind: 'impossible', because: found.refused };
  const checks = found.checks.filter((check) => matches(check.variant, place));
  const [check] = checks;
  if (check === undefined) return missing(`${found.name}: no such variant`);
  if (checks.length > 1) throw new InputError(`${found.name} has ${checks.length} deployments here; say which with at`);
  const { startUp, gpus } = check;
  if (field === 'starts') return numberOutcome(startUp.starts ? 1 : 0);
  if (field === 'gpus') return numberOutcome(gpus);
  if (field === 'max_concurrency' || field === 'kv_cache_tokens') {
    if (!startUp.starts) return { kind: 'impossible', because: `${found.name} does not start: ${check.reason}` };
    const { maxConcurrency, maxModelLen } = startUp.plan;
    return numberOutcome(field === 'max_concurrency' ? maxConcurrency : Math.floor(maxConcurrency * maxModelLen));
  }
  return numberOutcome(sharesField(startUp.starts ? startUp.plan : startUp.refusal.shares, field));
}

function sharesField(shares: MemoryShares, field: SharesField): number {
  switch (field) {
    case 'weight_bytes':
      return shares.weightBytes;
    case 'usable_bytes':
      return shares.usableBytes;
    case 'kv_bytes':
      return shares.kvBytes;
    case 'num_gpu_blocks':
      return shares.numGpuBlocks;
    case 'max_model_len_that_fits':
      return shares.maxModelLenThatFits;
  }
}

type SharesField = Exclude<CheckField, 'accepted' | 'starts' | 'gpus' | 'max_concurrency' | 'kv_cache_tokens'>;

/** A case that does not sweep a setting is the same at all its values. */
function matches(variant: Place, place: Place): boolean {
  return Object.entries(place).every(
    ([path, value]) => !(path in variant) || JSON.stringify(variant[path]) === JSON.stringify(value),
  );
}

/** Why a start-up check that was claimed to pass, or to fail, comes out as it does. */
export function startUpReason(found: CaseResult): string | null {
  return found.refused ?? found.checks.find(({ reason }) => reason !== null)?.reason ?? null;
}
