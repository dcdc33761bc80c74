import { expect, it } from 'vitest';
import { selfTimes, timeByRoom } from './self-time.ts';

const node = (id: number, functionName: string, url = '', lineNumber = 0) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

it('adds the time of a function over its call sites, without idle time, most first', () => {
  const times = selfTimes({
    nodes: [
      node(1, '(idle)'),
      node(2, 'schedule', 'file:///x/dist/engine/scheduler.js'),
      node(3, 'schedule', 'file:///x/dist/engine/scheduler.js'),
      node(4, 'poll', 'file:///x/node_modules/fastpriorityqueue/FastPriorityQueue.js'),
      node(5, '', 'file:///x/dist/study/run.js', 41),
    ],
    samples: [1, 2, 3, 4, 5],
    timeDeltas: [1000, 30, 40, 20, 10],
  });
  expect(times).toEqual([
    { name: 'schedule', file: 'engine/scheduler.ts', share: 0.7 },
    { name: 'poll', file: 'fastpriorityqueue', share: 0.2 },
    { name: '(anonymous, line 42)', file: 'study/run.ts', share: 0.1 },
  ]);
});

it('adds up by room, with the garbage collector and all that is in no room beside them', () => {
  const rooms = timeByRoom([
    { name: 'schedule', file: 'engine/scheduler.ts', share: 0.4 },
    { name: '(garbage collector)', file: '', share: 0.2 },
    { name: 'update', file: 'engine/scheduler.ts', share: 0.25 },
    { name: 'poll', file: 'fastpriorityqueue', share: 0.125 },
    { name: 'compile', file: 'node:internal/modules/esm/utils', share: 0.025 },
  ]);
  expect(rooms.map(([room, share]) => [room, Number(share.toFixed(6))])).toEqual([
    ['engine', 0.65],
    ['garbage collector', 0.2],
    ['other', 0.15],
  ]);
});
