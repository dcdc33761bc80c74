import type { SpotSlot } from '../../src/cluster/spot/spot-slot.ts';

/** A slot that is up at first and changes at these times. */
export function scripted(...timesUs: number[]): SpotSlot {
  const times = [...timesUs];
  const slot = {
    isUp: true,
    changeUs: times.shift() ?? Number.POSITIVE_INFINITY,
    change() {
      slot.isUp = !slot.isUp;
      slot.changeUs = times.shift() ?? Number.POSITIVE_INFINITY;
    },
  };
  return slot;
}
