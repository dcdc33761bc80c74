/** What a difference to the baseline amounts to, in a word. */
import type { MetricColumn, VersusBaseline } from '../metrics/study-statistics.ts';

/** `chance`: its interval holds 0. `equal`: no difference at all. `differs`: more than chance, neither better nor worse. Empty with one run. */
export type DifferenceWord = 'better' | 'worse' | 'differs' | 'equal' | 'chance' | '';

export function differenceWord(
  { better }: Pick<MetricColumn, 'better'>,
  { difference, significant }: VersusBaseline,
): DifferenceWord {
  const { mean, low, high } = difference;
  if (low === null || high === null) return '';
  if (low === 0 && high === 0) return 'equal';
  if (!significant) return 'chance';
  if (better === null) return 'differs';
  return mean < 0 === (better === 'less') ? 'better' : 'worse';
}
