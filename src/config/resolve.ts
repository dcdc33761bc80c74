/**
 * A loaded study becomes runs: every variant of the sweep, every seed, with every default applied. This is the one
 * place where defaults are applied, so that no two commands can understand the same file differently.
 */
import { DoesNotStart } from '../catalog/plan-memory.ts';
import { InputError } from '../core/input-error.ts';
import type { LoadedStudy } from './load.ts';
import { raise, type StudySource } from './problems.ts';
import { type PlannedVariant, resolveBaselines } from './resolve-baseline.ts';
import { firstSeeds, resolveStatistics, type StatisticsContext } from './resolve-statistics.ts';
import { resolveTune } from './resolve-tune.ts';
import { isMissing, type VariantContext, variantResolver } from './resolve-variant.ts';
import type { ResolvedRun, ResolvedStudy } from './resolved.ts';
import { runId } from './run-id.ts';
import { expandSweep, MAX_RUNS } from './sweep.ts';
import { sweepSize } from './sweep-axes.ts';

/** What a study is resolved against: everything it names. */
export interface ResolveContext extends VariantContext, StatisticsContext {
  /** Of this program; it enters the ids of runs. */
  readonly programVersion: string;
  /** Replaces the study's own seeds. */
  readonly seeds?: readonly number[];
}

/** Resolves a study, or throws everything that is wrong with it. Runs are ordered by variant, then seed. */
export function resolveStudy(loaded: LoadedStudy, context: ResolveContext): ResolvedStudy {
  const { study, source } = loaded;
  const statistics = resolveStatistics(source, study, context);
  const seeds = context.seeds ?? seedList(source, study.seeds, statistics.until !== null);
  checkSize(loaded, seeds.length);
  const messages = new Set<string>();
  const resolveVariant = variantResolver(context, messages);
  const notStarted: (Called & { refusal: DoesNotStart })[] = [];
  const planned: PlannedVariant[] = [];
  const runs = expandSweep(loaded).flatMap((variant) => {
    const { settings, name, title } = variant;
    const called: Called = { variant: settings, variant_name: name, title };
    const made = resolveVariant(variant);
    if (made instanceof DoesNotStart) notStarted.push({ ...called, refusal: made });
    planned.push({ settings, title, refusal: made instanceof DoesNotStart ? made.reason : null });
    if (isMissing(made)) return [];
    return seeds.map((seed): ResolvedRun => {
      const run = { seed, ...called, ...made };
      return { run_id: runId(run, context.programVersion), ...run };
    });
  });
  if (messages.size > 0) throw new InputError([...messages].join('\n'));
  // A search looks for settings that start; the study as it is written need not.
  if (runs.length === 0 && study.tune === undefined)
    throw new InputError(notStarted.map(({ refusal }) => refusal.message).join('\n'));
  const refused = notStarted.map(({ refusal, ...called }) => ({ ...called, reason: refusal.reason }));
  return {
    name: study.name ?? fileStem(source.fileName),
    question: study.question ?? source.comment,
    outputs: { requests: study.outputs?.requests ?? 'parquet' },
    ...resolveBaselines(source, study.baseline, planned),
    ...statistics,
    tune: resolveTune(source, study),
    runs,
    not_started: refused,
  };
}

/** How runs of a variant are called. */
type Called = Pick<ResolvedRun, 'variant' | 'variant_name' | 'title'>;

/** `5` means the seeds 1 to 5. */
function seedList(
  source: StudySource,
  seeds: number | readonly number[] | undefined,
  hasUntil: boolean,
): readonly number[] {
  if (typeof seeds !== 'object') return Array.from({ length: firstSeeds(seeds, hasUntil) }, (_, i) => i + 1);
  const twice = seeds.findIndex((seed, i) => seeds.indexOf(seed) < i);
  const message = `read ${seeds[twice]} twice, expected different seeds`;
  raise(source, twice < 0 ? [] : [{ path: ['seeds', twice], at: 'value', message }]);
  return seeds;
}

function checkSize({ source }: LoadedStudy, seeds: number): void {
  const runs = seeds * sweepSize(source.raw);
  if (runs > MAX_RUNS) {
    const where = source.locate(['sweep'], 'key');
    throw new InputError(`${where}: the study has ${runs} runs, expected ${MAX_RUNS} at most; split it.`);
  }
}

function fileStem(fileName: string): string {
  return (fileName.split(/[/\\]/).at(-1) ?? fileName).replace(/\.[^.]+$/, '');
}
