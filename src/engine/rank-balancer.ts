/**
 * Which data-parallel engine of a server gets a request (vLLM 0.33: DPLBAsyncMPClient.get_core_engine_for_request), and
 * what its API server knows of their load: a coordinator passes counts on at most ten times a second
 * (DPCoordinatorProc). A real server has as many API servers as engines by default, which know of each other's requests
 * from these counts alone; here there is one.
 */

const PUBLISH_INTERVAL_US = 100_000;
/** From this share of KV blocks in use, waiting requests count more; with all in use four times as much. */
const KV_PRESSURE_FROM = 0.5;
const KV_PRESSURE_WEIGHT = 6;

interface Load {
  readonly waiting: number;
  readonly running: number;
  readonly kvUsage: number;
}

export class RankBalancer {
  /** As the engines last reported. */
  private readonly reported: Load[];
  /** As the API server knows them: an older report, and what it sent since. */
  private known: Load[];
  /** The first engine looked at: it moves on with every request, so that ties fall to all in turn. */
  private start = 0;
  private publishedUs = Number.NEGATIVE_INFINITY;
  /** When a report first differed from what was published; null: none does. */
  private changedUs: number | null = null;

  constructor(ranks: number) {
    this.reported = Array.from({ length: ranks }, () => ({ waiting: 0, running: 0, kvUsage: 0 }));
    this.known = [...this.reported];
  }

  /** An engine's load after one of its steps. */
  report(rank: number, timeUs: number, running: number, waiting: number, kvUsage: number): void {
    this.publish((dueUs) => dueUs < timeUs);
    const before = this.reported[rank]!;
    // Counts that have not changed are not sent, whatever the KV cache does.
    if (before.running === running && before.waiting === waiting) return;
    this.reported[rank] = { waiting, running, kvUsage };
    this.changedUs ??= timeUs;
  }

  /** The engine of the next request; `inFlight` are requests sent to each that have not ended. */
  choose(timeUs: number, inFlight: readonly number[]): number {
    this.publish((dueUs) => dueUs <= timeUs);
    const ranks = this.known.length;
    let chosen = this.start;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < ranks; i++) {
      const rank = (this.start + i) % ranks;
      const { waiting, running, kvUsage } = this.known[rank]!;
      const pressure = KV_PRESSURE_WEIGHT * Math.max(0, kvUsage - KV_PRESSURE_FROM);
      const score = Math.max(inFlight[rank]!, waiting + running) + waiting * pressure;
      if (score < least) [chosen, least] = [rank, score];
    }
    const known = this.known[chosen]!;
    this.known[chosen] = { ...known, waiting: known.waiting + 1 };
    this.start = (this.start + 1) % ranks;
    return chosen;
  }

  /** Passes on what was reported until the time at which that was due, if it has come. */
  private publish(isPast: (dueUs: number) => boolean): void {
    if (this.changedUs === null) return;
    const dueUs = Math.max(this.publishedUs + PUBLISH_INTERVAL_US, this.changedUs);
    if (!isPast(dueUs)) return;
    this.known = [...this.reported];
    this.publishedUs = dueUs;
    this.changedUs = null;
  }
}
