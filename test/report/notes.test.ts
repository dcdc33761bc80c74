import { expect, test } from 'vitest';
import { collectNotes } from '../../src/report/notes.ts';
import { recordOf, runReport } from './fixture.ts';

const run = (estimates: string[]) => runReport(recordOf([]), { notes: { estimates, not_modelled: [], no_effect: [] } });

test('each thing is said once, with the number of runs it concerns where not all', () => {
  expect(collectNotes([run(['a', 'b']), run(['b'])])).toEqual([
    { heading: 'Estimates', items: ['a (1 of 2 runs)', 'b'] },
  ]);
});

test('without notes there is no list', () => {
  expect(collectNotes([run([])])).toEqual([]);
});
