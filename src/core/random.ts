/**
 * Named random streams. Every quantity and entity draws from a stream of its own (`arrivals`, `lengths`,
 * `acceptance/17`), so that changing one policy changes nobody else's draws and variants of a study are compared
 * on the same arrivals (common random numbers).
 */
import seedrandom from 'seedrandom';

/** A source of uniform numbers in [0, 1) with 53 random bits. */
export type Rng = () => number;

/** Opens the stream of that name. The same seed and name always give the same numbers. */
export type RandomStreams = (name: string) => Rng;

/** The streams of one run, by its seed. */
export function randomStreams(seed: number): RandomStreams {
  return (name) => seedrandom.alea(`${seed}/${name}`).double;
}
