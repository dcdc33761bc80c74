import { expect, it } from 'vitest';
import type { BatchShape } from '../../src/latency/batch-shape.ts';
import type { KernelTime } from '../../src/latency/kernel-time.ts';
import { createStepTime } from '../../src/latency/step-time.ts';

const kernels: KernelTime = {
  us: () => 60.4,
  stagesUs: () => [10.2, 20.4, 29.8],
  lockStepUs: () => 0,
  notes: [],
};
const shape = (chunkTokens: number[]) => ({ chunkTokens }) as unknown as BatchShape;

it('stages are scaled and rounded each, and what no kernel takes is on the first', () => {
  const steps = createStepTime(kernels, { scale: 2, stepUs: 300, promptStepUs: 1000 });
  expect(steps.stageDurationsUs(shape([]))).toEqual([320, 41, 60]);
  expect(steps.stageDurationsUs(shape([512]))).toEqual([1320, 41, 60]);
});
