import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Pipeline } from '../../src/engine/pipeline.ts';

it('lets a batch into a stage when it has left the one before and the batch before it has left this one', () => {
  const pipeline = new Pipeline(2);
  expect(pipeline.run(0, [30, 50])).toBe(80);
  // The first stage is free at 30, the second at 80.
  expect(pipeline.startUs(10)).toBe(30);
  expect(pipeline.run(30, [30, 20])).toBe(100);
  expect(pipeline.emptyUs).toBe(100);
  expect(pipeline.run(pipeline.startUs(200), [30, 20])).toBe(250);
});

it('of one stage executes batches one after another', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.nat(100))), (batches) => {
      const device = new Pipeline(1);
      let freeUs = 0;
      let timeUs = 0;
      for (const [gapUs, durationUs] of batches) {
        timeUs += gapUs;
        const startUs = Math.max(timeUs, freeUs);
        expect(device.startUs(timeUs)).toBe(startUs);
        freeUs = startUs + durationUs;
        expect(device.run(startUs, [durationUs])).toBe(freeUs);
      }
    }),
  );
});
