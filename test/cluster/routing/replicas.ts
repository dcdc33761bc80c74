import type { RoutedReplica, RoutedRequest, Routing } from '../../../src/cluster/routing/routed.ts';
import type { Span } from '../../../src/workload/request.ts';

export interface TestReplica extends RoutedReplica {
  isAccepting: boolean;
  outstanding: number;
  usage: number;
}

/** Idle replicas, or with so many requests each. */
export function replicas(count: number, outstanding: readonly number[] = [], pools: readonly number[] = []) {
  return Array.from({ length: count }, (_, id): TestReplica => {
    const replica = {
      id,
      pool: pools[id] ?? 0,
      isAccepting: true,
      outstanding: outstanding[id] ?? 0,
      usage: 0,
      kvUsage: () => replica.usage,
    };
    return replica;
  });
}

export function ask(...prompt: (readonly [segment: number, tokens: number])[]): RoutedRequest {
  const spans: Span[] = prompt.map(([segment, tokens]) => ({ segment, tokens }));
  const promptTokens = spans.reduce((sum, { tokens }) => sum + tokens, 0);
  return { id: 0, prompt: spans, promptTokens, session: null, expectedTokens: null };
}

export const ANY = ask([1, 10]);

/** Where so many requests go, one after another. */
export function ids(routing: Routing, fleet: readonly TestReplica[], count: number, request = ANY): (number | null)[] {
  return Array.from({ length: count }, () => routing.route(request, fleet)?.id ?? null);
}
