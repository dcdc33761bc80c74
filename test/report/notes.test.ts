import { expect, test } from 'vitest';
import { collectNotes } from '../../src/report/notes.ts';
import { recordOf, runReport } from './fixture.ts';

const run = (estimates: string[]) => runReport(recordOf([]), { notes: { estimates, not_modelled: [], no_effect: [] } });

test('each thing is said once, with the number of runs it concerns where not all', () => {
  expect(collectNotes([run(['a', 'b']), run(['b'])])).toEqual([
    { heading: 'Estimates', items: ['a (1 of 2 runs)', 'b'] },
  ]);
});

test('what differs between runs in numbers alone is said once, with their range', () => {
  const blocks = (count: string, gib: string) => run([`${count} KV blocks follow from ${gib} GiB on the H200`]);
  expect(
    collectNotes([blocks('29,715', '3.65'), blocks('1,400', '3.65'), blocks('234,699', '2.03'), run(['a'])]),
  ).toEqual([
    {
      heading: 'Estimates',
      items: ['1,400 to 234,699 KV blocks follow from 2.03 to 3.65 GiB on the H200 (3 of 4 runs)', 'a (1 of 4 runs)'],
    },
  ]);
});

test('names and versions are no numbers', () => {
  expect(
    collectNotes([run(['fitted on the L40S with 0.33.0']), run(['fitted on the L4 with 0.34.0'])])[0]!.items,
  ).toEqual(['fitted on the L40S with 0.33.0 (1 of 2 runs)', 'fitted on the L4 with 0.34.0 (1 of 2 runs)']);
});

test('two notes of one run that differ in their numbers stay two', () => {
  expect(collectNotes([run(['layer 1 is slow', 'layer 2 is slow']), run(['layer 1 is slow'])])[0]!.items).toEqual([
    'layer 1 is slow',
    'layer 2 is slow (1 of 2 runs)',
  ]);
});

test('without notes there is no list', () => {
  expect(collectNotes([run([])])).toEqual([]);
});
