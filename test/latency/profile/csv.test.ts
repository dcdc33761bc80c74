import { expect, it } from 'vitest';
import { readTable } from '../../../src/latency/profile/csv.ts';

const COLUMNS = { layer: 'text', tokens: 'count', time_us: 'time', alpha: 'maybe' } as const;
const read = (text: string) => readTable(text, 'p/dense.csv', COLUMNS);

it('reads the columns in any order, with a byte order mark, line ends of Windows and blank lines', () => {
  expect(read('\uFEFFtime_us,tokens, alpha,layer\r\n1.5,2,0.25,o_proj\r\n\r\n')).toEqual([
    { layer: 'o_proj', tokens: 2, time_us: 1.5, alpha: 0.25, at: 'p/dense.csv:2' },
  ]);
});

it('reads an empty cell as NaN where nothing may stand', () => {
  expect(read('layer,tokens,time_us,alpha\no_proj,2,1,')[0]!.alpha).toBeNaN();
});

it.each([
  ['layer,tokens,time_us\n', 'p/dense.csv:1: no column alpha; read layer,tokens,time_us'],
  [
    'layer,token,time_us,alpha\n',
    'p/dense.csv:1: column "token" is not known; expected layer,tokens,time_us,alpha. Did you mean "tokens"?',
  ],
  ['layer,tokens,tokens,time_us,alpha\n', 'p/dense.csv:1: column tokens comes twice'],
  ['layer,tokens,time_us,alpha\n', 'p/dense.csv: no rows below the header'],
  ['layer,tokens,time_us,alpha\na,1,2\n', 'p/dense.csv:2: 3 cells, expected 4'],
  [
    'layer,tokens,time_us,alpha\na,1,2,\nb,1.5,2,\n',
    'p/dense.csv:3: column tokens is "1.5"; expected a whole number, 0 or more.',
  ],
  ['layer,tokens,time_us,alpha\na,-1,2,\n', 'column tokens is "-1"; expected a whole number'],
  ['layer,tokens,time_us,alpha\na,1,0,\n', 'column time_us is "0"; expected microseconds, more than 0.'],
  ['layer,tokens,time_us,alpha\na,1,fast,\n', 'column time_us is "fast"'],
  ['layer,tokens,time_us,alpha\na,1,,\n', 'column time_us is ""'],
  ['layer,tokens,time_us,alpha\n,1,2,\n', 'column layer is ""; expected a word.'],
  ['layer,tokens,time_us,alpha\na,1,2,x\n', 'column alpha is "x"; expected a number or nothing.'],
])('refuses %j and says where, what was read and what is expected', (text, message) => {
  expect(() => read(text)).toThrow(message);
});
