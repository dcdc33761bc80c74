/**
 * Which class the next first turn belongs to, and when it comes. Classes either share one arrival process, each first
 * turn being dealt to a class by an independent draw (of a Poisson process this makes independent Poisson processes), or
 * each has a process of its own and they are merged in order of time.
 */
import { choice } from '../core/distributions.ts';
import type { RandomStreams } from '../core/random.ts';
import { type ArrivalTimes, arrivalTimes } from './arrivals.ts';
import type { ClassLaws } from './class-laws.ts';
import { meanSessionLength } from './session-length.ts';

/** The next first turn; `advance` goes on to the one after it. */
export interface ClassArrivals {
  timeUs: number;
  /** Index of its class. */
  class: number;
  advance(): void;
}

/** `rate`: requests per second of all classes together, second turns included, where they share one process. */
export function classArrivals(
  classes: readonly ClassLaws[],
  rate: number | 'inf',
  streams: RandomStreams,
): ClassArrivals {
  const haveOwn = classes.every(({ requestRate }) => requestRate !== null);
  return haveOwn ? merged(classes) : dealt(classes, rate, streams);
}

function dealt(classes: readonly ClassLaws[], rate: number | 'inf', streams: RandomStreams): ClassArrivals {
  const shares = classes.map(({ share }) => share ?? 0);
  const firstTurns = classes.map((laws, i) => shares[i]! * firstTurnShare(laws));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const firstTurnRate = rate === 'inf' ? rate : rate * (sum(firstTurns) / sum(shares));
  const nextUs = arrivalTimes(classes[0]!.arrivals!, firstTurnRate, streams);
  const nextClass = classes.length === 1 ? () => 0 : choice(streams('classes'), firstTurns);
  return {
    timeUs: nextUs(),
    class: nextClass(),
    advance() {
      this.timeUs = nextUs();
      this.class = nextClass();
    },
  };
}

/** At the same time the class that stands first goes first. */
function merged(classes: readonly ClassLaws[]): ClassArrivals {
  const processes: ArrivalTimes[] = classes.map((laws) =>
    arrivalTimes(laws.arrivals!, laws.requestRate! * firstTurnShare(laws), laws.streams),
  );
  const nextUs = Float64Array.from(processes, (process) => process());
  const earliest = (): number => nextUs.indexOf(Math.min(...nextUs));
  const first = earliest();
  return {
    timeUs: nextUs[first]!,
    class: first,
    advance() {
      nextUs[this.class] = processes[this.class]!();
      this.class = earliest();
      this.timeUs = nextUs[this.class]!;
    },
  };
}

/** Of all requests of a class, so many are first turns. */
function firstTurnShare({ followUp, sessions }: ClassLaws): number {
  if (sessions !== null) return 1 / meanSessionLength(sessions.requests);
  return 1 / (1 + (followUp?.probability ?? 0));
}
