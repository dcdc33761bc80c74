/**
 * The GPUs of an engine as a row of stages (vLLM 0.33: pipeline parallelism in the workers). A batch enters a stage when
 * it has left the one before and the batch before it has left this one; one stage is a device without a pipeline.
 */

export class Pipeline {
  /** When each stage will have done what was given to it, microseconds. */
  private readonly freeUs: Float64Array;

  constructor(stages: number) {
    this.freeUs = new Float64Array(stages);
  }

  /** When all that was given to it will have left it. */
  get emptyUs(): number {
    return this.freeUs.at(-1)!;
  }

  /** A device of one stage has been given work until then. */
  busyUntil(timeUs: number): void {
    this.freeUs[0] = timeUs;
  }

  /** When a batch can start that is there at `timeUs`. */
  startUs(timeUs: number): number {
    return Math.max(timeUs, this.freeUs[0]!);
  }

  /** Executes a batch with these durations of its stages from `startUs` on. Returns when it leaves the last one. */
  run(startUs: number, stageDurationsUs: readonly number[]): number {
    let readyUs = startUs;
    for (let stage = 0; stage < this.freeUs.length; stage++) {
      readyUs = Math.max(readyUs, this.freeUs[stage]!) + stageDurationsUs[stage]!;
      this.freeUs[stage] = readyUs;
    }
    return readyUs;
  }
}
