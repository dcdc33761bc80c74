/**
 * The classes of a workload with everything that holds for their requests: what a class says itself, and the workload's
 * own settings elsewhere. A workload without classes is one class of everything. Each named class draws from streams of
 * its own (`classes/batch/lengths`), so that another policy, law or bound of one class changes no draw of the others.
 */
import type {
  ArrivalLaw,
  Budget,
  Runaway,
  SessionLaw,
  SyntheticSpec,
  ThinkingShare,
  Workload,
} from '../config/resolved.ts';
import type { RandomStreams } from '../core/random.ts';
import type { PooledPrefix } from './prefix-pool.ts';
import { OWN_SEGMENTS_FROM, SHARED_PREFIX_SEGMENT } from './segments.ts';

/** What holds for the requests of one class. */
export interface ClassLaws {
  /** `class` of its requests. */
  readonly index: number;
  /** Empty for the only class of a workload without classes. */
  readonly name: string;
  /** Relative to those of all classes; 1 in a workload without classes; null: requests are not dealt out by shares. */
  readonly share: number | null;
  /** Requests per second of its own arrival process; null: it has none. */
  readonly requestRate: number | null;
  readonly priority: number;
  readonly streams: RandomStreams;
  /** null: a trace has its own. */
  readonly arrivals: ArrivalLaw | null;
  /** null: a trace has its own. */
  readonly lengths: SyntheticSpec['lengths'] | null;
  readonly thinkingShare: ThinkingShare | null;
  readonly sharedPrefix: { readonly share: number; readonly tokens: number; readonly segment: number } | null;
  /** null: prompts begin with nothing that is drawn from a pool. */
  readonly prefixPool: PooledPrefix | null;
  readonly followUp: SyntheticSpec['follow_up'];
  readonly sessions: SessionLaw | null;
  readonly maxTokens: number | null;
  readonly ignoreEos: boolean;
  readonly budget: Budget | null;
  readonly runaway: Runaway | null;
}

/** At least one class, in the order of `workload.classes`. */
export function classLaws(workload: Workload, streams: RandomStreams): readonly ClassLaws[] {
  const everything = wholeWorkload(workload, streams);
  if (workload.classes.length === 0) return [everything];
  return workload.classes.map(({ name, share, request_rate: requestRate, priority, overrides }, index) => {
    const { lengths, arrivals, thinking_share, shared_prefix, prefix_pool, follow_up, sessions } = overrides;
    const { max_tokens, budget, runaway } = overrides;
    const ownPrefix = prefixOf(shared_prefix ?? null, OWN_SEGMENTS_FROM + index);
    const ownStreams: RandomStreams = (quantity) => streams(`classes/${name}/${quantity}`);
    return {
      ...everything,
      ...{ index, name, share, requestRate, priority },
      streams: ownStreams,
      arrivals: arrivals ?? everything.arrivals,
      lengths: lengths ?? everything.lengths,
      thinkingShare: thinking_share === undefined ? everything.thinkingShare : thinking_share,
      sharedPrefix: shared_prefix === undefined ? everything.sharedPrefix : ownPrefix,
      prefixPool: prefix_pool === undefined ? everything.prefixPool : poolOf(prefix_pool, ownStreams),
      followUp: follow_up === undefined ? everything.followUp : follow_up,
      sessions: sessions === undefined ? everything.sessions : sessions,
      maxTokens: max_tokens === undefined ? everything.maxTokens : max_tokens,
      budget: budget === undefined ? everything.budget : budget,
      runaway: runaway === undefined ? everything.runaway : runaway,
    };
  });
}

function wholeWorkload({ spec, trace, ...workload }: Workload, streams: RandomStreams): ClassLaws {
  return {
    index: 0,
    name: '',
    share: 1,
    requestRate: null,
    priority: 0,
    streams,
    arrivals: spec?.arrivals ?? null,
    lengths: spec?.lengths ?? null,
    thinkingShare: spec?.thinking_share ?? trace?.thinking_share ?? null,
    sharedPrefix: prefixOf(spec?.shared_prefix ?? null, SHARED_PREFIX_SEGMENT),
    prefixPool: poolOf(spec?.prefix_pool ?? null, streams),
    followUp: spec?.follow_up ?? null,
    sessions: spec?.sessions ?? null,
    maxTokens: workload.max_tokens,
    ignoreEos: workload.ignore_eos,
    budget: workload.budget,
    runaway: workload.runaway,
  };
}

/** A class that has a prefix of its own shares it with no other class. */
function prefixOf(law: SyntheticSpec['shared_prefix'], segment: number): ClassLaws['sharedPrefix'] {
  return law === null ? null : { ...law, segment };
}

function poolOf(law: SyntheticSpec['prefix_pool'], streams: RandomStreams): PooledPrefix | null {
  return law === null ? null : { law, streams };
}
