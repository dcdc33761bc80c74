/** A request inside the engine (vLLM 0.33: `Request` in v1/request.py, with the scheduler's bookkeeping). */
import { type BlockTable, emptyTable } from './block-table.ts';
import type { Leave } from './cohort-members.ts';
import type { PrefixNode } from './prefix-node.ts';
import { PrefixPath } from './prefix-path.ts';
import type { QuietRun } from './quiet-run.ts';

/** What the engine is told about a request when it arrives. Lengths in tokens. */
export interface EngineRequestInit {
  /** Row number of whoever drives the engine; the engine only hands it back. */
  readonly index: number;
  /** Request id; as a string it breaks ties under priority scheduling. */
  readonly id: string;
  readonly prompt: readonly { readonly segment: number; readonly tokens: number }[];
  readonly promptTokens: number;
  readonly outputSegment: number;
  /** null: up to max_model_len. */
  readonly maxTokens: number | null;
  /** The output token (from 1) that is the end token; null: the output ends by its length alone. */
  readonly endTokenAt: number | null;
  /** Smaller is more urgent. */
  readonly priority: number;
  /** Orders requests of equal priority. */
  readonly arrivalTime: number;
  readonly cacheSalt: string | null;
  /** Finds nothing in the prefix cache but fills it (prompt logprobs). */
  readonly skipReadingPrefixCache: boolean;
  /** An output token (from 1) of whose time the driver keeps note, beside the first and the last; null: none. */
  readonly markedOutput?: number | null;
}

export type RequestStatus = 'waiting' | 'running' | 'finished';
export type StopReason = 'stop' | 'length';

export class EngineRequest {
  readonly index: number;
  readonly id: string;
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly endTokenAt: number | null;
  readonly priority: number;
  readonly arrivalTime: number;
  readonly skipReadingPrefixCache: boolean;
  readonly markedOutput: number;
  readonly path: PrefixPath;

  status: RequestStatus = 'waiting';
  /** Prompt and outputs received so far: vLLM's `num_tokens`. */
  knownTokens: number;
  /** Tokens whose KV is computed or on its way: `num_computed_tokens`. */
  computedTokens = 0;
  /** Draft tokens to verify when next scheduled. */
  draftTokens = 0;
  /** Asynchronous scheduling: outputs that will come but are not known yet. */
  outputPlaceholders = 0;
  /** Tokens scheduled in steps whose output has not been handled. */
  inFlightTokens = 0;
  /** The part of `inFlightTokens` that belongs to a time before the last preemption. */
  staleTokens = 0;
  /** Asynchronous scheduling in a pipeline: the schedule call from which on its next token may be computed. */
  nextDecodeStep = 0;
  /** The last schedule call that will yield output for it. */
  lastYieldStep = 0;
  /** Its place in the order of admission. */
  seat = 0;
  /** The last time it was scheduled it did not reach its last known token. */
  prefilling = false;
  outputTokens = 0;
  preemptions = 0;
  /** How often drafts of this request have been verified. */
  verifications = 0;
  /** Longest hit any KV group reported at admission, where that exceeds the agreed hit; 0: none. */
  junctionTokens = 0;
  /** By KV group. */
  readonly blockTables: BlockTable[];
  /** Blocks of each table already considered for caching; of a member of the cohort there may be more to consider. */
  readonly cachedBlocks: number[];
  /** Those of its cached blocks that have no numbers, first to last. */
  quietRuns: QuietRun[] = [];

  /** Bookkeeping of the decode cohort (`decode-cohort.ts`); the counts above are not kept up to date in it. */
  inCohort = false;
  /** Schedule call before the first one in which it was a member. */
  joinedAfter = 0;
  /** The schedule call and the handled batch as of which the counts above are true. */
  trueAtCall = 0;
  trueAtOutput = 0;
  /** Its place in the order of the moments (`steady-decode.ts`) at which members leave by themselves. */
  leave: Leave | null = null;
  /** `computedTokens` less the number of schedule calls, which does not change in the cohort. */
  contextOffset = 0;
  /** Where it stands among the members. */
  memberIndex = 0;

  constructor(init: EngineRequestInit, root: PrefixNode, maxModelLen: number, kvGroups: number) {
    this.index = init.index;
    this.id = init.id;
    this.promptTokens = init.promptTokens;
    this.maxTokens = init.maxTokens ?? maxModelLen - init.promptTokens;
    this.endTokenAt = init.endTokenAt;
    this.priority = init.priority;
    this.arrivalTime = init.arrivalTime;
    this.skipReadingPrefixCache = init.skipReadingPrefixCache;
    this.markedOutput = init.markedOutput ?? 0;
    this.path = new PrefixPath(root, init.prompt, init.outputSegment);
    this.knownTokens = init.promptTokens;
    this.blockTables = kvGroups === 1 ? [emptyTable()] : Array.from({ length: kvGroups }, emptyTable);
    this.cachedBlocks = kvGroups === 1 ? [0] : new Array<number>(kvGroups).fill(0);
  }

  /** Appends one output token and says whether the request stops at it, as `check_stop` does. */
  appendOutputToken(maxModelLen: number): StopReason | null {
    this.outputTokens++;
    this.knownTokens++;
    if (this.outputTokens === this.endTokenAt) {
      this.path.endWithEndToken(this.knownTokens);
      return 'stop';
    }
    return this.knownTokens >= maxModelLen || this.outputTokens >= this.maxTokens ? 'length' : null;
  }
}
