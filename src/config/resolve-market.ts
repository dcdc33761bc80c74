/** Where replicas are rented: on demand, or on the spot market with a law of interruptions. */
import { InputError } from '../core/input-error.ts';
import { parseDurationUs } from '../core/units.ts';
import { type Path, type Problem, pathName, raise, type StudySource } from './problems.ts';
import type { DurationLaw, Market, SpotLaw } from './resolved-cluster.ts';
import type { MarketInput, SpotInput } from './schema-cluster.ts';

const hours = (shape: number, scaleHours: number): DurationLaw => ({ shape, scale_us: scaleHours * 3600e6 });

/**
 * Shapes and scales near those fitted to zones of the public V100 traces of 2022 and 2023 (skypilot-org/spot-traces). That
 * today's GPUs behave like one of these is an assumption: no public trace of them was found.
 */
const PROFILES: Readonly<Record<'stable' | 'average' | 'tight', { up: DurationLaw; down: DurationLaw }>> = {
  stable: { up: hours(0.55, 4), down: hours(0.9, 1) },
  average: { up: hours(0.59, 1.8), down: hours(0.71, 1.3) },
  tight: { up: hours(0.75, 1), down: hours(0.6, 1.9) },
};

/** Zones of one region in the traces, the mean correlation between them, and that of nodes in one zone. */
const ZONES = 3;
const BETWEEN_ZONES = 0.44;
const WITHIN_ZONE = 0.9;

const NOTICE_S = 30;

/** Resolves `market:` of the deployment at `at`. */
export function resolveMarket(
  source: StudySource,
  at: Path,
  input: MarketInput,
  replicas: number,
  digest: (path: string) => string,
): Market {
  if (input === undefined || input === 'on_demand') return { kind: 'on_demand' };
  const spot: SpotInput = input === 'spot' ? {} : input.spot;
  const path = [...at, 'market', 'spot'];
  raise(source, spotProblems(path, spot, replicas));
  const law = spotLaw(source, path, spot, digest);
  const between = spot.correlation ?? BETWEEN_ZONES;
  return {
    kind: 'spot',
    law,
    zones: law.kind === 'trace' ? law.files.length : (spot.zones ?? ZONES),
    correlation:
      law.kind === 'trace'
        ? null
        : { between_zones: between, within_zone: spot.within_zone ?? Math.max(between, WITHIN_ZONE) },
    begin: spot.begin ?? (law.kind === 'trace' ? 'stationary' : 'held'),
    notice_us: parseDurationUs(spot.notice ?? NOTICE_S),
    on_notice: spot.on_notice ?? 'drain',
    fallback: spot.fallback ?? 'none',
    on_demand: spot.on_demand ?? 0,
  };
}

function spotLaw(source: StudySource, path: Path, spot: SpotInput, digest: (path: string) => string): SpotLaw {
  if (spot.trace !== undefined) {
    const names = typeof spot.trace === 'string' ? [spot.trace] : spot.trace;
    const at = [...path, 'trace'];
    return {
      kind: 'trace',
      files: names.map((name) => ({ path: name, sha256: located(source, at, () => digest(name)) })),
      offset_us: spot.offset === undefined ? null : parseDurationUs(spot.offset),
    };
  }
  if (spot.law === undefined) return { kind: 'weibull', ...PROFILES[spot.profile ?? 'average'] };
  if ('poisson' in spot.law) {
    const { mean_up, mean_down } = spot.law.poisson;
    return { kind: 'weibull', up: exponential(mean_up), down: exponential(mean_down) };
  }
  const { up, down } = spot.law.weibull;
  return { kind: 'weibull', up: weibull(up), down: weibull(down) };
}

function exponential(mean: string | number): DurationLaw {
  return { shape: 1, scale_us: parseDurationUs(mean) };
}

function weibull({ shape, scale }: { shape: number; scale: string | number }): DurationLaw {
  return { shape, scale_us: parseDurationUs(scale) };
}

function located<T>(source: StudySource, path: Path, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${source.locate(path, 'value')} ${pathName(path)}: ${error.message}`);
  }
}

const TRACE_ONLY = ['offset'] as const;
const LAW_ONLY = ['zones', 'correlation', 'within_zone', 'begin'] as const;

/** What the schema cannot see: settings that exclude each other, and their order. */
function spotProblems(path: Path, spot: SpotInput, replicas: number): Problem[] {
  const problem = (key: string, message: string): Problem => ({ path: [...path, key], at: 'value', message });
  const laws = (['profile', 'law', 'trace'] as const).filter((key) => spot[key] !== undefined);
  const problems = laws
    .slice(1)
    .map((key) => problem(key, `beside ${laws[0]}, expected one of profile, law and trace`));
  for (const key of spot.trace === undefined ? TRACE_ONLY : LAW_ONLY) {
    if (spot[key] === undefined) continue;
    const message =
      spot.trace === undefined ? 'there is no trace to begin in' : 'a trace brings its own; give a file for each zone';
    problems.push(problem(key, message));
  }
  if (spot.within_zone !== undefined && spot.within_zone < (spot.correlation ?? BETWEEN_ZONES)) {
    const least = spot.correlation ?? BETWEEN_ZONES;
    problems.push(problem('within_zone', `read ${spot.within_zone}, expected ${least} or more: that between zones`));
  }
  if ((spot.on_demand ?? 0) > replicas) {
    problems.push(problem('on_demand', `read ${spot.on_demand}, but the pool has ${replicas} replicas`));
  }
  const lasting = spot.law === undefined ? [] : durationsOf(spot.law);
  if (lasting.some((value) => parseDurationUs(value) === 0))
    problems.push(problem('law', 'read 0, expected times above 0'));
  return problems;
}

function durationsOf(law: NonNullable<SpotInput['law']>): (string | number)[] {
  if ('poisson' in law) return [law.poisson.mean_up, law.poisson.mean_down];
  return [law.weibull.up.scale, law.weibull.down.scale];
}
