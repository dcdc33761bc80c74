/**
 * Most requests that `vllm bench serve` would report as concurrent (calculate_metrics, 0.33): it counts for every whole
 * second, from the start of the first request that succeeded, the successful ones that are active at some time in it,
 * and takes the busiest second. Two requests that follow each other within one second count as two.
 *
 * Which request starts the clock is known when the first to arrive has ended, if it succeeded; else when the second has,
 * and so on. Until then those that have come and gone are noted; from then on a request costs two additions, and the
 * memory is four bytes for every simulated second.
 */

/** A request that came before the clock's start was known; `endUs` is NaN while it is under way. */
interface Candidate {
  readonly arrivalUs: number;
  endUs: number;
}

export class ActiveSeconds {
  /** By id, in order of arrival, without those that failed; empty once the clock's start is known. */
  private readonly candidates = new Map<number, Candidate>();
  private originUs = Number.NaN;
  /** Differences from second to second, so that a long request costs no more than a short one. */
  private change = new Int32Array(16);

  /** A request was sent, not before the one sent last. */
  arrived(id: number, arrivalUs: number): void {
    if (Number.isNaN(this.originUs)) this.candidates.set(id, { arrivalUs, endUs: Number.NaN });
  }

  /** The request succeeded. */
  finished(id: number, arrivalUs: number, endUs: number): void {
    if (Number.isNaN(this.originUs)) {
      this.candidates.get(id)!.endUs = endUs;
      this.findOrigin();
    } else this.count(arrivalUs, endUs);
  }

  /** The request ended without success. */
  failed(id: number): void {
    if (Number.isNaN(this.originUs) && this.candidates.delete(id)) this.findOrigin();
  }

  /** Once the run has ended. */
  get most(): number {
    // Requests that never ended did not succeed either.
    for (const [id, { endUs }] of this.candidates) if (Number.isNaN(endUs)) this.candidates.delete(id);
    this.findOrigin();
    let active = 0;
    return this.change.reduce((most, each) => {
      active += each;
      return Math.max(most, active);
    }, 0);
  }

  private findOrigin(): void {
    const first: Candidate | undefined = this.candidates.values().next().value;
    if (first === undefined || Number.isNaN(first.endUs)) return;
    this.originUs = first.arrivalUs;
    for (const { arrivalUs, endUs } of this.candidates.values()) if (!Number.isNaN(endUs)) this.count(arrivalUs, endUs);
    this.candidates.clear();
  }

  private count(arrivalUs: number, endUs: number): void {
    const last = Math.floor((endUs - this.originUs) / 1e6) + 1;
    if (last >= this.change.length) {
      const larger = new Int32Array(Math.max(last + 1, 2 * this.change.length));
      larger.set(this.change);
      this.change = larger;
    }
    this.change[Math.floor((arrivalUs - this.originUs) / 1e6)]!++;
    this.change[last]!--;
  }
}
