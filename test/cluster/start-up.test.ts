import { expect, test } from 'vitest';
import { loadUs, startUpUs } from '../../src/cluster/start-up.ts';

test('a server starts when its machine, image, weights, compilation, graphs and warm-up have followed one another', () => {
  const startUp = {
    ...{ provisionUs: 60e6, imageUs: 60e6, weightBytes: 70e9, bytesPerS: 2e9 },
    ...{ compileUs: 70e6, captureUs: 30e6, warmUpUs: 30e6 },
  };
  // 70 GB at 2 GB/s: 35 s.
  expect(loadUs(startUp)).toBe(35e6);
  expect(startUpUs(startUp)).toBe(285e6);
});
