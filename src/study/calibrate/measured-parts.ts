/** Which part of the data a law is fitted to and which it is scored on. */
import type { MeasuredRequest } from '../../workload/measured/measured-run.ts';
import type { OpenValidation } from '../validate/replay.ts';
import type { Part } from './replays.ts';

/** A law fitted to one part is scored on the other. */
export interface Fold {
  readonly fit: Part;
  readonly score: Part;
}

/** All requests of every run. */
export function wholeRuns(names: readonly string[]): Part[] {
  return names.map((name, run) => ({ run, includes: () => true, name }));
}

/** Every run against every other; a single one divided into two parts. */
export function folds(runs: readonly Part[], halves: readonly [Part, Part]): Fold[] {
  if (runs.length === 1) {
    return [
      { fit: halves[0], score: halves[1] },
      { fit: halves[1], score: halves[0] },
    ];
  }
  return runs.flatMap((fit) => runs.filter((run) => run !== fit).map((score) => ({ fit, score })));
}

/** Even and odd ids; where ids are no numbers, positions in order of arrival. The run is replayed whole. */
export function evenAndOdd({ measured: { requests } }: OpenValidation, name: string): [Part, Part] {
  const numbered = requests.every(({ id }) => /^\d+$/.test(id));
  const isEven = (request: number) => (numbered ? Number(requests[request]!.id) : request) % 2 === 0;
  return [
    { run: 0, includes: isEven, name: `${name}, even ids` },
    { run: 0, includes: (request) => !isEven(request), name: `${name}, odd ids` },
  ];
}

/** When a run is half over: the middle between the first arrival and the last token. */
export function middleUs(requests: readonly MeasuredRequest[]): number {
  return requests.reduce((end, { arrivalUs, e2elUs }) => Math.max(end, arrivalUs + e2elUs), 0) / 2;
}

/** Requests that arrive in the first half of the time, and the others. */
export function halvesInTime({ measured: { requests } }: OpenValidation, name: string): [Part, Part] {
  const middle = middleUs(requests);
  const isFirst = (request: number) => requests[request]!.arrivalUs < middle;
  return [
    { run: 0, includes: isFirst, name: `${name}, first half` },
    { run: 0, includes: (request) => !isFirst(request), name: `${name}, second half` },
  ];
}
