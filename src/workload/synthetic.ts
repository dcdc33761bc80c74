/**
 * Requests made from a specification, as they are asked for: the first turns of all classes as they arrive, the second
 * turns as they fall due, and the later ones of sessions when the reply before them has ended. Nothing is held but the
 * turns to come, so memory does not grow with requests.
 */
import FastPriorityQueue from 'fastpriorityqueue';
import type { Workload } from '../config/resolved.ts';
import { InputError } from '../core/input-error.ts';
import type { RandomStreams } from '../core/random.ts';
import { type ClassArrivals, classArrivals } from './class-arrivals.ts';
import { type ClassLaws, classLaws } from './class-laws.ts';
import type { Draft, Numbers } from './draft.ts';
import { prefixTexts } from './prefix-pool.ts';
import type { Request, RequestSource, SessionsToCome } from './request.ts';
import { OWN_SEGMENTS_FROM } from './segments.ts';
import type { Session } from './session.ts';
import { type Turns, turnsOf } from './turns.ts';

const BATCH_REQUESTS = 256;

/**
 * The requests of a synthetic workload. `request_rate` counts every request, later turns included. The workload ends
 * after `num_requests`, or before `duration_s`, whichever comes first. With sessions it can be read once only, since
 * what follows depends on what becomes of the requests.
 */
export function syntheticSource(workload: Workload, streams: RandomStreams): RequestSource {
  if (workload.spec === null) throw new Error('a synthetic workload without a specification');
  if (workload.num_requests === null && (workload.duration_s === null || workload.request_rate === 'inf')) {
    throw new InputError(
      `The workload "${workload.name}" has no end: give num_requests` +
        `${workload.request_rate === 'inf' ? ' (with request_rate: inf no time passes between arrivals)' : ' or duration'}.`,
    );
  }
  const laws = classLaws(workload, streams);
  if (laws.every(({ sessions }) => sessions === null)) {
    return { [Symbol.asyncIterator]: () => batches(new TurnsInOrder(workload, laws, streams)) };
  }
  const turns = new TurnsInOrder(workload, laws, streams);
  return { sessions: turns, [Symbol.asyncIterator]: () => batches(turns) };
}

async function* batches(turns: TurnsInOrder): AsyncGenerator<readonly Request[]> {
  let left = turns.mostRequests;
  while (left > 0) {
    const wanted = Math.min(left, BATCH_REQUESTS);
    const batch = turns.take(wanted);
    if (batch.length > 0) yield batch;
    if (batch.length < wanted) return;
    left -= wanted;
  }
}

/** All turns of a workload in order of arrival, and the sessions that some of them begin. */
class TurnsInOrder implements SessionsToCome {
  readonly mostRequests: number;
  readonly mostSessions: number;
  readonly endUs: number;
  private readonly arrivals: ClassArrivals;
  private readonly classes: readonly Turns[];
  /** Second turns to come; those due at the same time in the order in which they were made. */
  private readonly due = new FastPriorityQueue<Draft>(
    (a, b) => a.arrivalUs < b.arrivalUs || (a.arrivalUs === b.arrivalUs && a.outputSegment < b.outputSegment),
  );
  /** Those that go on, by their numbers. */
  private readonly sessions = new Map<number, Session>();
  private count = 0;

  constructor(workload: Workload, laws: readonly ClassLaws[], streams: RandomStreams) {
    this.mostRequests = workload.num_requests ?? Number.POSITIVE_INFINITY;
    this.mostSessions = workload.max_sessions ?? Number.POSITIVE_INFINITY;
    this.endUs = (workload.duration_s ?? Number.POSITIVE_INFINITY) * 1e6;
    this.arrivals = classArrivals(laws, workload.request_rate ?? workload.spec!.base_rate, streams);
    const numbers = newNumbers(laws);
    const textsOf = prefixTexts(numbers);
    this.classes = laws.map((each) => turnsOf(each, numbers, textsOf));
  }

  /** The next turns, fewer where one arrives at `endUs` or later. */
  take(wanted: number): Request[] {
    const batch: Request[] = [];
    while (batch.length < wanted) {
      const turn = this.nextTurn();
      if (turn.arrivalUs >= this.endUs) break;
      turn.id = this.count++;
      batch.push(turn);
    }
    return batch;
  }

  next({ session: number }: Request, endedUs: number, isAnswered: boolean): Request | null {
    const session = number === null ? undefined : this.sessions.get(number);
    const turn = session === undefined || !isAnswered ? null : session.next(endedUs);
    if (turn !== null && turn.arrivalUs < this.endUs) return turn;
    if (session !== undefined) this.sessions.delete(number!);
    return null;
  }

  /** At the same time a first turn goes before second ones. */
  private nextTurn(): Draft {
    const { arrivals, due } = this;
    if (!due.isEmpty() && due.peek()!.arrivalUs < arrivals.timeUs) return due.poll()!;
    const turns = this.classes[arrivals.class]!;
    const first = turns.first(arrivals.timeUs);
    const second = turns.second(first);
    if (second !== null) due.add(second);
    const session = turns.session(first);
    if (session !== null) this.sessions.set(first.session!, session);
    arrivals.advance();
    return first;
  }
}

function newNumbers(laws: readonly ClassLaws[]): Numbers {
  let nextSegment = OWN_SEGMENTS_FROM + laws.length;
  let nextSession = 0;
  // Where there are later turns, every first turn may be the first of several.
  const haveSessions = laws.some(({ followUp, sessions }) => followUp !== null || sessions !== null);
  return {
    newSegment: () => nextSegment++,
    newSession: () => (haveSessions ? nextSession++ : null),
  };
}
