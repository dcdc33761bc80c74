/**
 * Requests made from a specification, as they are asked for: the first turns of all classes as they arrive, and the
 * second turns as they fall due. Nothing is held but the second turns to come, so memory does not grow with requests.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import type { Workload } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';
import { type ClassArrivals, classArrivals } from './class-arrivals.ts';
import { classLaws } from './class-laws.ts';
import type { Request, RequestSource } from './request.ts';
import { OWN_SEGMENTS_FROM } from './segments.ts';
import { type Draft, type Numbers, type Turns, turnsOf } from './turns.ts';

const BATCH_REQUESTS = 256;

/**
 * The requests of a synthetic workload. `request_rate` counts every request, second turns included. The workload ends
 * after `num_requests`, or before `duration_s`, whichever comes first.
 */
export function syntheticSource(workload: Workload, streams: RandomStreams): RequestSource {
  if (workload.spec === null) throw new Error('a synthetic workload without a specification');
  if (workload.num_requests === null && (workload.duration_s === null || workload.request_rate === 'inf')) {
    throw new InputError(
      `The workload "${workload.name}" has no end: give num_requests` +
        `${workload.request_rate === 'inf' ? ' (with request_rate: inf no time passes between arrivals)' : ' or duration'}.`,
    );
  }
  return {
    async *[Symbol.asyncIterator]() {
      const turns = new TurnsInOrder(workload, streams);
      const endUs = (workload.duration_s ?? Number.POSITIVE_INFINITY) * 1e6;
      let left = workload.num_requests ?? Number.POSITIVE_INFINITY;
      while (left > 0) {
        const wanted = Math.min(left, BATCH_REQUESTS);
        const batch = turns.take(wanted, endUs);
        if (batch.length > 0) yield batch;
        if (batch.length < wanted) return;
        left -= wanted;
      }
    },
  };
}

/** All turns of a workload in order of arrival. */
class TurnsInOrder {
  private readonly arrivals: ClassArrivals;
  private readonly classes: readonly Turns[];
  /** Second turns to come; those due at the same time in the order in which they were made. */
  private readonly due = new FastPriorityQueue<Draft>(
    (a, b) => a.arrivalUs < b.arrivalUs || (a.arrivalUs === b.arrivalUs && a.outputSegment < b.outputSegment),
  );
  private count = 0;

  constructor(workload: Workload, streams: RandomStreams) {
    const classes = classLaws(workload, streams);
    const spec = workload.spec!;
    this.arrivals = classArrivals(classes, workload.request_rate ?? spec.base_rate, streams);
    const numbers = newNumbers(workload);
    this.classes = classes.map((laws) => turnsOf(laws, numbers));
  }

  /** The next turns, fewer where one arrives at `endUs` or later. */
  take(wanted: number, endUs: number): Request[] {
    const batch: Request[] = [];
    while (batch.length < wanted) {
      const turn = this.next();
      if (turn.arrivalUs >= endUs) break;
      turn.id = this.count++;
      batch.push(turn);
    }
    return batch;
  }

  /** At the same time a first turn goes before second ones. */
  private next(): Draft {
    const { arrivals, due } = this;
    if (!due.isEmpty() && due.peek()!.arrivalUs < arrivals.timeUs) return due.poll()!;
    const turns = this.classes[arrivals.class]!;
    const first = turns.first(arrivals.timeUs);
    const second = turns.second(first);
    if (second !== null) due.add(second);
    arrivals.advance();
    return first;
  }
}

function newNumbers({ spec, classes }: Workload): Numbers {
  let nextSegment = OWN_SEGMENTS_FROM + classes.length;
  let nextSession = 0;
  // Where there are second turns, every first turn may be the first of two.
  const haveSessions = [spec?.follow_up, ...classes.map(({ overrides }) => overrides.follow_up)].some(
    (followUp) => followUp != null,
  );
  return {
    newSegment: () => nextSegment++,
    newSession: () => (haveSessions ? nextSession++ : null),
  };
}
