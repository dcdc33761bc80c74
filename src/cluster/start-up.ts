/**
 * How long a server takes from the moment its machine is asked for until it answers: the machine, its image, the weights,
 * vLLM's compilation, its CUDA graphs, and the first requests. The parts follow one another, as vLLM 0.33 does them. Typical
 * figures and their sources are in docs/CLUSTER.md.
 */

export interface StartUp {
  /** Until the machine runs. */
  readonly provisionUs: number;
  /** Boot and container image. */
  readonly imageUs: number;
  /** The checkpoint; every machine of a server reads all of it. */
  readonly weightBytes: number;
  readonly bytesPerS: number;
  /** torch.compile, with its cache cold. */
  readonly compileUs: number;
  /** CUDA graphs. */
  readonly captureUs: number;
  /** Process start, profiling run and first requests. */
  readonly warmUpUs: number;
}

/** Loading the weights, whole microseconds. */
export function loadUs({ weightBytes, bytesPerS }: StartUp): number {
  return Math.round((weightBytes / bytesPerS) * 1e6);
}

/** All of it, whole microseconds. */
export function startUpUs(startUp: StartUp): number {
  const { provisionUs, imageUs, compileUs, captureUs, warmUpUs } = startUp;
  return provisionUs + imageUs + loadUs(startUp) + compileUs + captureUs + warmUpUs;
}
