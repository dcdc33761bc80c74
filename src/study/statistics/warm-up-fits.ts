/**
 * Whether a warm-up leaves any request of a load at all, as far as that is known before the load is made: its arrivals end with `duration`, or
 * about where so many requests at such a rate do. Later turns of sessions and requests held back by a closed loop come when others are served,
 * so of those nothing is foretold.
 */
import type { WarmUp, Workload } from '../../config/resolved.ts';
import { formatDuration, threeDigits } from '../../core/units.ts';

/** A warm-up so many times the expected end of the arrivals leaves nothing, whichever way they fall. */
const CLEARLY_LONGER = 3;

/** Why no request is left, with what is expected; null: some may be. */
export function warmUpProblem(warmUp: WarmUp, workload: Workload): string | null {
  if (warmUp.kind !== 'time' || dependsOnReplies(workload)) return null;
  const read = `warm_up ${formatDuration(warmUp.us)} leaves no request`;
  const { duration_s: durationS, num_requests: requests } = workload;
  if (durationS !== null && warmUp.us >= durationS * 1e6)
    return `${read}: arrivals stop after ${formatDuration(durationS * 1e6)} (workload.duration); expected a shorter warm_up, or a longer duration.`;
  const rate = rateOf(workload);
  if (requests === null || rate === null || warmUp.us < (CLEARLY_LONGER * requests * 1e6) / rate) return null;
  const end = rate === Number.POSITIVE_INFINITY ? 'all at once' : `within about ${threeDigits(requests / rate)} s`;
  return `${read}: its ${requests} arrive ${end} (workload.num_requests, request_rate); expected a shorter warm_up, or more requests.`;
}

function dependsOnReplies({ max_concurrency, max_sessions, spec, classes }: Workload): boolean {
  const laws = [...(spec === null ? [] : [spec]), ...classes.map(({ overrides }) => overrides)];
  return (
    max_concurrency !== null ||
    max_sessions !== null ||
    laws.some(({ follow_up, sessions }) => follow_up != null || sessions != null)
  );
}

/** Requests a second; null: not known, or each class has its own. */
function rateOf({ request_rate, spec, classes }: Workload): number | null {
  if (request_rate === 'inf') return Number.POSITIVE_INFINITY;
  if (classes.some((each) => each.request_rate !== null)) return null;
  return request_rate ?? spec?.base_rate ?? null;
}
