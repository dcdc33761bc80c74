/** Which part of the data a law is fitted to and which it is scored on. */
import type { MeasuredRequest } from '../../workload/measured/measured-run.ts';
import type { OpenValidation } from '../validate/replay.ts';
import type { Part } from './replays.ts';

/** All requests of every run. */
export function wholeRuns(runs: readonly OpenValidation[], names: readonly string[]): Part[] {
  return runs.map(({ measured }, run) => ({
    run,
    includes: () => true,
    requests: measured.requests.length,
    name: names[run]!,
  }));
}

/** Every part that has requests against every other: a law fitted to the one is scored on the other. */
export function folds<T>(parts: readonly T[], partOf: (part: T) => Part): { readonly fit: T; readonly score: T }[] {
  const filled = parts.filter((part) => partOf(part).requests > 0);
  return filled.flatMap((fit) => filled.filter((score) => score !== fit).map((score) => ({ fit, score })));
}

/** Even and odd ids; where ids are no numbers, positions in order of arrival. The run is replayed whole. */
export function evenAndOdd({ measured: { requests } }: OpenValidation, name: string): [Part, Part] {
  const numbered = requests.every(({ id }) => /^\d+$/.test(id));
  const isEven = (request: number) => (numbered ? Number(requests[request]!.id) : request) % 2 === 0;
  return divided(requests, isEven, `${name}, even ids`, `${name}, odd ids`);
}

/** When a run is half over: the middle between the first arrival and the last token. */
export function middleUs(requests: readonly MeasuredRequest[]): number {
  return requests.reduce((end, { arrivalUs, e2elUs }) => Math.max(end, arrivalUs + e2elUs), 0) / 2;
}

/** Requests that arrive in the first half of the time, and the others. */
export function halvesInTime({ measured: { requests } }: OpenValidation, name: string): [Part, Part] {
  const middle = middleUs(requests);
  const isFirst = (request: number) => requests[request]!.arrivalUs < middle;
  return divided(requests, isFirst, `${name}, first half`, `${name}, second half`);
}

function divided(
  requests: readonly MeasuredRequest[],
  isFirst: (request: number) => boolean,
  first: string,
  second: string,
): [Part, Part] {
  const count = requests.filter((_, request) => isFirst(request)).length;
  return [
    { run: 0, includes: isFirst, requests: count, name: first },
    { run: 0, includes: (request) => !isFirst(request), requests: requests.length - count, name: second },
  ];
}
