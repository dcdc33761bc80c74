/** A scale or an overhead on step times that kernels give, from the latencies of measured runs. */
import type { CalibrationError, ScaleCalibration } from '../../catalog/calibration.ts';
import { lawText } from '../../config/calibration-notes.ts';
import type { FittedNumber, FittedRuns } from './calibration-report.ts';
import { evenAndOdd, folds, wholeRuns } from './measured-parts.ts';
import type { Part, Replays } from './replays.ts';
import { asCandidate, fitOneNumber, type OneNumber, SCALE_NUMBERS, type ScaleNumber } from './scale-fit.ts';
import { fitSeveralNumbers, type SeveralNumbers } from './several-numbers.ts';

/** Above this share of the KV cache or of `max_num_seqs` a server is full. */
const FULL = 0.95;

/** Fits to all runs and to parts of them. `names` stand for the runs in messages. */
export async function calibrateScale(replays: Replays, names: readonly string[]): Promise<FittedRuns> {
  const { step_overhead_us: overheadUs } = replays.runs[0]!.run.deployment.latency;
  const parts = wholeRuns(replays.runs, names);
  const one = await fitOneNumber(replays, parts, overheadUs);
  const several = parts.length > 1 ? await fitSeveralNumbers(replays, parts, one) : null;
  const { law, fitted } = several ?? one;
  const fits = new Map<Part, OneNumber>();
  const crossValidation: CalibrationError[] = [];
  const divided = parts.length > 1 ? parts : evenAndOdd(replays.runs[0]!, names[0]!);
  for (const { fit: from, score } of folds(divided, (part) => part)) {
    const partial = fits.get(from) ?? (await fitOneNumber(replays, [from], overheadUs));
    fits.set(from, partial);
    const { meanAbsErrorPercent: percent } = await replays.errors(score, asCandidate(partial.law));
    // A part alone tells one number, also where all of them tell more.
    const fitted_on = fitted.length > 1 ? `${from.name} (one number)` : from.name;
    crossValidation.push({ fitted_on, scored_on: score.name, percent, step_percent: null });
  }
  return {
    candidate: asCandidate(law),
    numbers: SCALE_NUMBERS.map((name) => numberOf(name, law, fitted, [...fits.values()])),
    crossValidation,
    basis: [basisOf(one, several)],
    notes: [...notesOf(fitted, several), ...(await loadNotes(replays, law))],
  };
}

/** Parts are fitted by one number, so only that of one number has values of theirs. */
function numberOf(
  name: ScaleNumber,
  law: ScaleCalibration,
  fitted: readonly ScaleNumber[],
  parts: readonly OneNumber[],
): FittedNumber {
  const isFitted = fitted.includes(name);
  if (!isFitted || fitted.length > 1) return { name, value: law[name], range: null, fitted: isFitted };
  const values = parts.map((part) => (part.fitted.includes(name) ? part : part.other).law[name]);
  const range = values.length === 0 ? null : ([Math.min(...values), Math.max(...values)] as const);
  return { name, value: law[name], range, fitted: true };
}

const NAMES: Record<ScaleNumber, string> = {
  scale: 'the scale of kernel times',
  step_overhead_us: 'the overhead of a step',
  prompt_step_overhead_us: 'the overhead of a prompt in the step',
};

function basisOf(one: OneNumber, several: SeveralNumbers | null): string {
  const percent = (score: number) => `${(100 * score).toFixed(2)} %`;
  if (several !== null && several.fitted.length > 1) {
    return (
      `${several.fitted.length} numbers, which the runs tell apart (correlation ${several.correlation.toFixed(2)}): mean ` +
      `|log error| ${percent(several.score)}, with one number ${percent(one.score)}`
    );
  }
  return (
    `one number: ${NAMES[one.fitted[0]!]}, mean |log error| ${percent(one.score)} on what it is fitted to; the ` +
    `alternative, ${lawText(one.other.law)}, has ${percent(one.other.score)}`
  );
}

const RUN_NEEDED =
  'a run of the same server at light load, 1 to 8 requests at once and prompts of all lengths, beside one that fills it, would tell';

function notesOf(fitted: readonly ScaleNumber[], several: SeveralNumbers | null): string[] {
  const kept = SCALE_NUMBERS.filter((name) => !fitted.includes(name));
  const because =
    several === null
      ? 'one run tells one number'
      : several.refused?.because === 'correlated'
        ? `correlation ${several.correlation.toFixed(2)}`
        : 'it would explain no more';
  return [
    ...(kept.length === 0
      ? []
      : [`not identified (${because}): ${kept.map((name) => NAMES[name]).join(', ')}; ${RUN_NEEDED}`]),
    "the front end's work is not fitted; it is the study's",
  ];
}

/** Errors in step time grow where requests queue, so a run without a queue proves little about one with. */
async function loadNotes(replays: Replays, law: ScaleCalibration): Promise<string[]> {
  let fullness = 0;
  for (const run of replays.runs.keys())
    fullness = Math.max(fullness, (await replays.outcome(run, asCandidate(law))).fullness);
  return fullness >= FULL
    ? []
    : ['no run fills the server; where requests queue, an error in step time weighs more than it does here'];
}
