/**
 * Prefix-aware routing by the rule of vLLM Router's and SGLang Router's `cache_aware` policy, as its documentation states it:
 * while load is uneven (the busiest replica has more than `balanceAbs` requests over the idlest, and more than `balanceRel`
 * times as many) the replica with the fewest requests; else the replica that was sent the longest prefix of the prompt, if
 * that is more than `threshold` of it; else the one that was sent the least text. It is approximate as theirs is: it knows what was
 * routed, not what was evicted. It differs in counting tokens where they count characters, and in breaking ties by the
 * fewest requests.
 */
import { fewestOutstanding } from './by-load.ts';
import type { RoutedReplica, RoutedRequest, Routing } from './routed.ts';
import { RoutedPrefixes } from './routed-prefixes.ts';

export interface PrefixAwareOptions {
  /** Share of the prompt that must match, 0 to 1. */
  readonly threshold: number;
  /** Requests between busiest and idlest replica. */
  readonly balanceAbs: number;
  readonly balanceRel: number;
  /** Segments that are remembered at most. */
  readonly maxNodes: number;
}

export function prefixAware(options: PrefixAwareOptions): Routing {
  const sent = new RoutedPrefixes(options.maxNodes);
  const choose = (request: RoutedRequest, replicas: readonly RoutedReplica[]): RoutedReplica | null => {
    if (isUneven(replicas, options)) return fewestOutstanding(replicas);
    const match = sent.longestMatch(request.prompt, (id) => replicas[id]!.isAccepting);
    return match.tokens > options.threshold * request.promptTokens
      ? fewestOutstanding(match.replicas.map((id) => replicas[id]!))
      : leastText(replicas, sent);
  };
  return {
    route: (request, replicas) => {
      const replica = choose(request, replicas);
      if (replica !== null) sent.add(request.prompt, replica.id);
      return replica;
    },
    forget: (replica) => sent.forget(replica),
  };
}

function isUneven(replicas: readonly RoutedReplica[], { balanceAbs, balanceRel }: PrefixAwareOptions): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { isAccepting, outstanding } of replicas) {
    if (!isAccepting) continue;
    if (outstanding < least) least = outstanding;
    if (outstanding > most) most = outstanding;
  }
  return most - least > balanceAbs && most > least * balanceRel;
}

function leastText(replicas: readonly RoutedReplica[], sent: RoutedPrefixes): RoutedReplica | null {
  let best: RoutedReplica | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const replica of replicas) {
    if (!replica.isAccepting) continue;
    const size = sent.sizeOf(replica.id);
    if (size > least || (size === least && replica.outstanding >= best!.outstanding)) continue;
    best = replica;
    least = size;
  }
  return best;
}
