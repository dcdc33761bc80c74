/**
 * Counts how many of the steps that were priced lie outside of what a profile measured, and says so in the notes: a time
 * that is held or extrapolated is worth less than a measured one.
 */
import type { BatchShape } from '../batch-shape.ts';
import type { KernelTime } from '../kernel-time.ts';
import type { ProfileTime } from './profile-time.ts';

/** The same times; the notes of a run tell the share of its steps that is outside of the grid. */
export function withGridShare(time: ProfileTime): KernelTime {
  let steps = 0;
  let outside = 0;
  const count = (isOutside: boolean) => {
    steps++;
    if (isOutside) outside++;
  };
  return {
    us: time.us,
    stagesUs: time.stagesUs,
    executed: (shape) => count(time.outsideGrid(shape)),
    lockStepUs: (shapes) => {
      count(shapes.some((shape: BatchShape | null) => shape !== null && time.outsideGrid(shape)));
      return time.lockStepUs(shapes);
    },
    notes: time.notes,
    notesOfRun: () => {
      if (steps === 0) return [];
      const percent = (100 * outside) / steps;
      const share = outside > 0 && percent < 0.1 ? 'less than 0.1' : percent.toFixed(1);
      return [`${share} % of the steps lie outside of what the profile measured and are extrapolated`];
    },
  };
}
