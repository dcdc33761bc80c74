import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HistogramRecorder } from '../../src/record/histogram-recorder.ts';

it('counts each value, small or large, and lists them in ascending order', () => {
  const value = fc.oneof(fc.nat(20), fc.nat(10_000), fc.nat(400_000), fc.nat(1e9));
  fc.assert(
    fc.property(fc.array(fc.tuple(value, fc.integer({ min: 1, max: 9 }))), (added) => {
      const recorder = new HistogramRecorder();
      const counts = new Map<number, number>();
      for (const [number, times] of added) {
        recorder.add(number, times);
        counts.set(number, (counts.get(number) ?? 0) + times);
      }
      const values = [...counts.keys()].sort((a, b) => a - b);
      const histogram = recorder.histogram();
      expect([...histogram.valuesUs]).toEqual(values);
      expect([...histogram.counts]).toEqual(values.map((number) => counts.get(number)));
    }),
  );
});
