/**
 * `tune:` with its defaults. What it names outside of the study file, its metrics, is checked where these are known; here the
 * form is: one goal, candidates in order, bounds that can be read.
 */
import { parseDurationUs, parseTokenCount } from '../core/units.ts';
import { parsePercent } from './percent.ts';
import { type Path, type Problem, quoted, raise, type StudySource } from './problems.ts';
import type { TuneCandidates, TuneConstraint, TuneGoal, TuneLimit, TuneSettings } from './resolved-tune.ts';
import type { StudyFile } from './schema.ts';
import { BOUND, type CandidatesInput, type TuneInput } from './schema-tune.ts';
import { checkSweep, expandSweep, type Variant } from './sweep.ts';
import { sweepProblems, sweepSize } from './sweep-axes.ts';

const GOALS = ['smallest', 'highest', 'cheapest'] as const;
/** Candidates of one search. */
export const MOST_CANDIDATES = 10_000;
const FEWEST = 5;
const MOST = 40;

/** Null without `tune:`. Throws InputError with all that is wrong with it. */
export function resolveTune(source: StudySource, study: StudyFile): TuneSettings | null {
  const { tune } = study;
  if (tune === undefined) return null;
  raise(source, [...goalProblems(tune), ...conflicts(study)]);
  raise(source, [...candidateProblems(tune), ...boundProblems(study, tune)]);
  const swept = asSweep(source, tune);
  raise(swept, sweepProblems(swept));
  raise(swept, sizeProblems(swept));
  checkSweep({ source: swept, study });
  const { fewest, seeds } = seedsOf(study, tune);
  if (fewest > seeds.length)
    raise(source, [
      {
        path: ['tune', 'max_seeds'],
        at: 'value',
        message: `read ${seeds.length}, expected ${fewest} or more, as seeds`,
      },
    ]);
  return {
    goal: goalOf(tune, expandSweep({ source: swept, study })),
    constraints: constraintsOf(source, tune),
    seeds,
    fewest,
    where: source.locate(['tune', GOALS.find((goal) => tune[goal] !== undefined)!], 'value'),
  };
}

type Tune = NonNullable<TuneInput>;

function goalProblems(tune: Tune): Problem[] {
  const goals = GOALS.filter((goal) => tune[goal] !== undefined);
  if (goals.length !== 1) {
    const read = goals.length === 0 ? 'missing' : `read ${goals.join(' and ')}`;
    const path = goals.length === 0 ? ['tune'] : ['tune', goals[1]!];
    return [{ path, at: 'value', message: `${read}; expected one of smallest, highest and cheapest` }];
  }
  const isCheapest = tune.cheapest !== undefined;
  const unused = (isCheapest ? (['candidates', 'search'] as const) : (['objective'] as const)).filter(
    (key) => tune[key] !== undefined,
  );
  const problems = unused.map(
    (key): Problem => ({
      path: ['tune', key],
      at: 'key',
      message: `${key} goes with ${isCheapest ? 'smallest and highest' : 'cheapest'}, which this study does not ask`,
    }),
  );
  if (!isCheapest && tune.candidates === undefined)
    problems.push({
      path: ['tune', goals[0]!],
      at: 'value',
      message:
        'candidates are missing; expected a list of values, or { from, to, step } or { from, to, precision: 2% }',
    });
  if (isCheapest && Object.keys(tune.cheapest!).length === 0)
    problems.push({ path: ['tune', 'cheapest'], at: 'value', message: 'read nothing, expected settings with values' });
  return problems;
}

/** What steers the runs of an ordinary study, and would be passed over. */
function conflicts(study: StudyFile): Problem[] {
  const { sweep, until } = study;
  return [
    ...(sweep == null ? [] : [conflict('sweep', 'tries the candidates of tune; give them there')]),
    ...(until == null ? [] : [conflict('until', 'takes its replications from seeds and max_seeds of tune')]),
  ];
}

function conflict(key: string, why: string): Problem {
  return { path: [key], at: 'key', message: `a study with tune ${why}, and has no ${key}` };
}

/** The study that sweeps what the search varies: values are checked as those of a sweep, and located where they are written. */
function asSweep(source: StudySource, tune: Tune): StudySource {
  const { tune: _, ...rest } = source.raw as Record<string, unknown>;
  const { smallest, highest, cheapest, candidates } = tune;
  const goal = smallest === undefined ? 'highest' : 'smallest';
  const setting = (smallest ?? highest)!;
  const written = Array.isArray(candidates)
    ? candidates
    : candidates === undefined
      ? []
      : [candidates.from, candidates.to];
  const place = (path: Path): Path => {
    const [, , position] = path;
    if (cheapest !== undefined) return ['tune', 'cheapest', ...path.slice(1)];
    if (position === undefined) return ['tune', goal];
    return ['tune', 'candidates', Array.isArray(candidates) ? position : position === 0 ? 'from' : 'to'];
  };
  return {
    ...source,
    raw: { ...rest, sweep: cheapest ?? { grid: { [setting]: written.map(numberOf) } } },
    locate: (path, at) => {
      if (path[0] !== 'sweep') return source.locate(path, at);
      const inside = cheapest === undefined ? path.filter((part) => part !== 'grid') : path;
      return source.locate(place(inside), at);
    },
  };
}

function sizeProblems({ raw }: StudySource): Problem[] {
  const size = sweepSize(raw);
  if (size <= MOST_CANDIDATES) return [];
  const message = `has ${size} combinations, expected ${MOST_CANDIDATES} at most`;
  return [{ path: ['sweep'], at: 'key', message }];
}

function candidateProblems({ candidates }: Tune): Problem[] {
  if (candidates === undefined) return [];
  const base: Path = ['tune', 'candidates'];
  if (!Array.isArray(candidates)) return rangeProblems(candidates, base);
  const values = candidates.map(numberOf);
  const wrong = values.findIndex((value, i) => i > 0 && value <= values[i - 1]!);
  if (wrong < 0) return [];
  const message = `read ${candidates[wrong]} after ${candidates[wrong - 1]}, expected values in ascending order, each once`;
  return [{ path: [...base, wrong], at: 'value', message }];
}

function rangeProblems(range: Exclude<CandidatesInput, unknown[]>, base: Path): Problem[] {
  const { from, to, step, precision } = range;
  if (numberOf(to) <= numberOf(from))
    return [{ path: [...base, 'to'], at: 'value', message: `read ${to}, expected more than from (${from})` }];
  if ((step === undefined) === (precision === undefined)) {
    const read = step === undefined ? 'neither' : 'both';
    return [{ path: base, at: 'value', message: `has ${read} of step and precision, expected one of them` }];
  }
  return [];
}

function boundProblems({ slo }: StudyFile, { constraints }: Tune): Problem[] {
  if (constraints === undefined) {
    if (slo != null && Object.keys(slo).length > 0) return [];
    const message =
      'constraints are missing; expected bounds on metrics, such as { truncated: "<= 1%" }, or an slo, of which 99 % goodput is then asked';
    return [{ path: ['tune'], at: 'value', message }];
  }
  if (Object.keys(constraints).length === 0)
    return [{ path: ['tune', 'constraints'], at: 'value', message: 'read nothing, expected bounds on metrics' }];
  return Object.entries(constraints).flatMap(([metric, written]): Problem[] => {
    if (limitOf(written) !== null) return [];
    const message = `read ${quoted(written)}, expected a share such as 99%, a duration such as 2s, or a number after the sign`;
    return [{ path: ['tune', 'constraints', metric], at: 'value', message }];
  });
}

function goalOf(
  { smallest, highest, cheapest, objective, candidates, search }: Tune,
  variants: readonly Variant[],
): TuneGoal {
  if (cheapest !== undefined) {
    const combinations = variants.map(({ name, settings }) => ({ name, settings }));
    return { kind: 'cheapest', candidates: combinations, objective: objective ?? 'usd_per_hour' };
  }
  const searched = { candidates: candidatesOf(candidates!), search: search ?? null };
  return smallest === undefined
    ? { kind: 'highest', setting: highest!, ...searched }
    : { kind: 'smallest', setting: smallest, ...searched };
}

function candidatesOf(candidates: CandidatesInput): TuneCandidates {
  if (Array.isArray(candidates)) return { kind: 'list', values: candidates.map(numberOf) };
  const { step, precision } = candidates;
  const ends = { from: numberOf(candidates.from), to: numberOf(candidates.to) };
  if (step !== undefined) return { kind: 'steps', ...ends, step: numberOf(step) };
  return { kind: 'geometric', ...ends, precision: parsePercent(precision!) };
}

function constraintsOf(source: StudySource, { constraints }: Tune): TuneConstraint[] {
  return Object.entries(constraints ?? { goodput: '>= 99%' }).map(([metric, written]) => ({
    metric,
    bound: BOUND.exec(written)![1] === '>=' ? ('at_least' as const) : ('at_most' as const),
    limit: limitOf(written)!,
    written,
    where: source.locate(['tune', 'constraints', metric], 'key'),
  }));
}

/** `>= 99%`, `<= 2s`, `<= 40`; null where the value cannot be read. */
function limitOf(written: string): TuneLimit | null {
  const value = BOUND.exec(written)?.[2] ?? '';
  if (/^\d+(\.\d+)?%$/.test(value)) return { kind: 'share', share: parsePercent(value) };
  if (/^\d+(\.\d+)?$/.test(value)) return { kind: 'number', value: Number(value) };
  return /^\d+(\.\d+)?(us|µs|ms|s|m|min|h|d)$/.test(value) ? { kind: 'time', us: parseDurationUs(value) } : null;
}

/** A number of seeds stands for the first ones; a list is used first and goes on behind its largest. */
function seedsOf({ seeds: ofStudy }: StudyFile, tune: Tune): { fewest: number; seeds: number[] } {
  const listed = Array.isArray(ofStudy) ? ofStudy : [];
  const fewest = tune.seeds ?? Math.max(2, typeof ofStudy === 'number' ? ofStudy : listed.length || FEWEST);
  const most = tune.max_seeds ?? Math.max(MOST, fewest);
  const behind = Math.max(0, ...listed);
  const more = Array.from({ length: Math.max(0, most - listed.length) }, (_, i) => behind + 1 + i);
  return { fewest, seeds: [...listed.slice(0, most), ...more] };
}

function numberOf(candidate: string | number): number {
  return typeof candidate === 'number' ? candidate : parseTokenCount(candidate);
}
