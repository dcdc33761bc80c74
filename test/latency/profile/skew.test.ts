import { expect, it } from 'vitest';
import { decodeSkew, parseSkewBuckets, pooledMixedSkew } from '../../../src/latency/profile/skew.ts';
import { SKEW_CSV, SKEW_FIT_CSV } from './fixtures.ts';

const HEADER = 'pc,n_label,skew_rate_label,kv_big_label,kp_label,alpha,n_samples';
const buckets = (...rows: string[]) => parseSkewBuckets([HEADER, ...rows].join('\n'), 'skew_fit.csv');

it('finds the bucket by batch size, place of the mean between shortest and longest, and longest context', () => {
  const table = buckets(
    '0,n<=8,sr<=15%,kvB<=1k,kp=0,0.1,2',
    '0,n<=8,sr>15%,kvB<=1k,kp=0,0.2,2',
    '0,n<=8,sr<=15%,kvB>1k,kp=0,0.3,2',
    '0,n<=8,sr>15%,kvB>1k,kp=0,0.4,2',
    '0,n>8,sr<=15%,kvB<=1k,kp=0,0.5,2',
  );
  expect(decodeSkew(table, 8, 100, 115, 200)).toBe(0.1);
  expect(decodeSkew(table, 8, 100, 116, 200)).toBe(0.2);
  expect(decodeSkew(table, 8, 1000, 1001, 1024)).toBe(0.1);
  expect(decodeSkew(table, 8, 1000, 1001, 1025)).toBe(0.3);
  expect(decodeSkew(table, 8, 1000, 1020, 1025)).toBe(0.4);
  expect(decodeSkew(table, 9, 100, 115, 200)).toBe(0.5);
});

it('gives a bucket that was not measured the mean of its batch size, weighted by measurements', () => {
  const table = buckets('0,n<=8,sr<=15%,kvB<=1k,kp=0,0.1,1', '0,n<=8,sr<=40%,kvB<=4k,kp=0,0.5,3');
  // sr <= 15 % and kvB <= 4k: (0.1 * 1 + 0.5 * 3) / 4.
  expect(decodeSkew(table, 4, 100, 101, 4000)).toBeCloseTo(0.4, 12);
});

it('puts a value beyond the last bound into the last bucket', () => {
  expect(decodeSkew(parseSkewBuckets(SKEW_FIT_CSV, 'f'), 1000, 0, 90, 100)).toBe(0.5);
});

it('leaves buckets of batches with a prefill aside', () => {
  expect(decodeSkew(parseSkewBuckets(SKEW_FIT_CSV, 'f'), 2, 0, 10, 100)).toBe(0.2);
});

it.each([
  ['0,eight,sr<=15%,kvB<=1k,kp=0,0.1,2', 'skew_fit.csv:2: column n_label is "eight"; expected a bound like n<=16.'],
  ['0,sr<=8,sr<=15%,kvB<=1k,kp=0,0.1,2', 'column n_label is "sr<=8"'],
  ['16,n<=8,sr<=15%,kvB<=1k,kp=0,0.1,2', 'skew_fit.csv: no buckets with pc 0 and kp=0'],
])('refuses %j', (row, message) => {
  expect(() => buckets(row)).toThrow(message);
});

it('pools batches with a prefill by least squares, so that large spans count most', () => {
  expect(pooledMixedSkew(SKEW_CSV, 'skew.csv')).toBeCloseTo((10 * 1 + 20 * 8) / (100 + 400), 12);
});

it('pools nothing where no batch had a prefill', () => {
  expect(pooledMixedSkew(SKEW_CSV.split('\n').slice(0, 2).join('\n'), 'skew.csv')).toBeNull();
});
