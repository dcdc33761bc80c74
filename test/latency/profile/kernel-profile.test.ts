import { expect, it } from 'vitest';
import { parseProfile } from '../../../src/latency/profile/kernel-profile.ts';
import { timeAt } from '../../../src/latency/profile/measured-table.ts';
import { addedUs, chunkUs, DENSE_FILES, decodeUs, MIXED_ALPHA, MOE_FILES, profile, SKEWED_FILES } from './fixtures.ts';

const META = 'skew_fit:\n  per_tp:\n    1: { alpha_default: 0.07 }\n    2: { alpha_default: 0.09 }';
const without = (name: string) => Object.fromEntries(Object.entries(DENSE_FILES).filter(([file]) => file !== name));

it('tells decodes alone, chunks alone and decodes beside a chunk apart', () => {
  const { decode, prefill, added, addedRequests } = profile().attention;
  expect(timeAt(decode, 4, 128)).toBeCloseTo(decodeUs(4, 128), 9);
  expect(timeAt(prefill, 128, 1024)).toBeCloseTo(chunkUs(128, 1024), 9);
  expect(timeAt(added, 128, 1024, 4, 128)).toBeCloseTo(addedUs(4, 128), 9);
  expect(addedRequests).toEqual([1, 4, 16]);
});

it.each(['tp1/dense.csv', 'tp1/per_sequence.csv', 'tp1/attention.csv'])('needs %s', (name) => {
  const file = name.replace('tp1/', '');
  expect(() => profile(without(name))).toThrow(`profiles/mine: no ${file}; expected dense.csv, per_sequence.csv and`);
});

it('needs no meta.yaml, no table of skew and no experts', () => {
  expect(profile()).toMatchObject({ meta: null, decodeSkew: null, experts: null });
  expect(profile(MOE_FILES).experts).not.toBeNull();
});

it('takes the pooled skew beside a chunk from skew.csv, else from meta.yaml at its degree, else the public one', () => {
  expect(profile({ ...SKEWED_FILES, 'meta.yaml': META }).mixedSkew.from).toBe('skew.csv');
  expect(profile(SKEWED_FILES).mixedSkew.alpha).toBeCloseTo(MIXED_ALPHA, 12);
  const withMeta = { ...DENSE_FILES, 'meta.yaml': META };
  expect(profile(withMeta).mixedSkew).toEqual({ alpha: 0.07, from: 'meta.yaml' });
  expect(parseProfile(withMeta, 'p', 2).mixedSkew.alpha).toBe(0.09);
  expect(profile().mixedSkew).toEqual({ alpha: 0.054, from: 'the public profile of an RTX PRO 6000' });
});

it('names file and line of a row that is neither chunk nor decodes', () => {
  const attention = `${DENSE_FILES['tp1/attention.csv']}\n0,128,0,0,3`;
  const line = attention.split('\n').length;
  expect(() => profile({ ...DENSE_FILES, 'tp1/attention.csv': attention })).toThrow(
    `profiles/mine/tp1/attention.csv:${line}: neither a chunk nor decodes`,
  );
});

it('names a chunk that was measured with decodes but not alone', () => {
  const attention = `${DENSE_FILES['tp1/attention.csv']}\n48,128,4,16,3`;
  expect(() => profile({ ...DENSE_FILES, 'tp1/attention.csv': attention })).toThrow(
    'the chunk of 48 tokens after 128 was not measured alone',
  );
});

it('refuses attention without one of the three kinds of batches', () => {
  const attention = 'prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n0,0,1,16,3\n16,0,0,0,2';
  expect(() => profile({ ...DENSE_FILES, 'tp1/attention.csv': attention })).toThrow(
    'no row measures a chunk with decodes',
  );
});
