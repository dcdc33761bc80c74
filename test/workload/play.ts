/** Plays a workload to whom every reply is there at once, so that its requests can be looked at without a server. */
import FastPriorityQueue from 'fastpriorityqueue';
import type { Request, RequestSource } from '../../src/workload/request.ts';

/** In order of arrival; as many as the workload sends. */
export async function play(source: RequestSource, replyUs = 0): Promise<Request[]> {
  const { sessions } = source;
  const played: Request[] = [];
  const later = new FastPriorityQueue<Request>((a, b) => a.arrivalUs < b.arrivalUs);
  let underWay = 0;
  const answer = (request: Request, startUs: number): void => {
    played.push({ ...request, id: played.length, arrivalUs: startUs });
    const next = sessions?.next(request, startUs + replyUs, true) ?? null;
    if (next === null) underWay--;
    else later.add(next);
  };
  const most = sessions?.mostRequests ?? Number.POSITIVE_INFINITY;
  let nowUs = 0;
  const laterOnes = (isDue: (next: Request) => boolean): void => {
    while (!later.isEmpty() && played.length < most && isDue(later.peek()!)) {
      const next = later.poll()!;
      nowUs = next.arrivalUs;
      answer(next, nowUs);
    }
  };
  for await (const batch of source) {
    for (const first of batch) {
      laterOnes((next) => next.arrivalUs < first.arrivalUs || underWay >= (sessions?.mostSessions ?? Infinity));
      if (played.length >= most) return played;
      nowUs = Math.max(nowUs, first.arrivalUs);
      underWay++;
      answer(first, nowUs);
    }
  }
  laterOnes(() => true);
  return played;
}
