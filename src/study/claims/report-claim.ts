/** A claim and what its cases came to → its report: every figure judged, and the verdict in a sentence. */
import { InputError } from '../../core/input-error.ts';
import { threeDigits } from '../../core/units.ts';
import type { MeanInterval } from '../../metrics/statistics/confidence.ts';
import { type ClaimFigure, type ClaimReport, verdictText } from '../../report/claims/claims.ts';
import { type Outcome, startUpReason, sweptValues } from './case-results.ts';
import type { Claimed, Expectation } from './claim-schema.ts';
import { dimensionOf } from './dimension.ts';
import { caseNamed, evaluate, type Known } from './evaluate.ts';
import type { LoadedClaim } from './load-claim.ts';
import { isSimulated, type Place, type Quantity } from './quantity.ts';
import { type Unit, unitOf } from './units.ts';
import { type Judgement, judge, overall, rangeOf } from './verdict.ts';

/** Throws InputError, with its place in the file, where a quantity names what is not there. */
export function reportClaim({ claim, expect, source }: LoadedClaim, known: Known): ClaimReport {
  const seeds = [...new Set(known.cases.flatMap(({ runs }) => runs.map(({ seed }) => seed)))];
  const waits = claim.waits_for ?? [];
  const figures = expect.flatMap((expectation, i) => {
    const open = waits.length > 0 ? waitText(waits) : (expectation.open ?? null);
    if (open !== null) return [openFigure(expectation, open)];
    try {
      return figuresOf(expectation, seeds, known);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(
        `${source.locate(['expect', i, 'quantity'], 'value')} expect[${i}].quantity: ${error.message}`,
      );
    }
  });
  const verdict = overall(figures.map((figure) => figure.verdict));
  return {
    id: claim.id,
    says: claim.says,
    file: source.fileName.split(/[/\\]/).at(-1)!,
    verdict,
    because: reason(figures, verdict),
    figures,
    assumes: claim.assumes ?? [],
    provisional: provisionalModels(known),
    runs: known.cases.reduce((sum, { runs }) => sum + runs.filter(({ summary }) => summary !== null).length, 0),
  };
}

function waitText(parts: readonly string[]): string {
  return `not run yet: it needs ${parts.join(' and ')}`;
}

function figuresOf(expectation: Expectation, seeds: readonly number[], known: Known): ClaimFigure[] {
  const { each } = expectation;
  if (each === undefined) return [figureAt(expectation, {}, null, seeds, known)];
  const values = sweptValues(known.cases, each);
  if (values.length === 0) throw new InputError(`nothing sweeps ${each}`);
  return values.map((value) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return figureAt(expectation, { [each]: value }, `${each.split('.').at(-1)} ${text}`, seeds, known);
  });
}

function figureAt(
  expectation: Expectation,
  place: Place,
  at: string | null,
  seeds: readonly number[],
  known: Known,
): ClaimFigure {
  const { quantity, claimed } = expectation;
  const simulated = isSimulated(quantity) && seeds.length > 0;
  const outcomes: Outcome[] = (simulated ? seeds : [0]).map((seed) => evaluate(quantity, { seed, place }, known));
  const unit = unitOf(expectation.unit);
  const range = claimed === undefined ? null : rangeOf(claimed, toleranceOf(expectation));
  const isRatio = typeof quantity === 'object' && 'ratio' in quantity && dimensionOf(quantity) === 'ratio';
  const judgement = judge(outcomes, unit.size, range, isRatio);
  return figureOf(
    expectation,
    at,
    { ...judgement, because: judgement.because ?? refusal(quantity, outcomes, known) },
    unit,
  );
}

/** Whether the answer is yes or no. */
function isTruth(quantity: Quantity): quantity is { check: 'starts' | 'accepted'; of?: string } {
  return typeof quantity === 'object' && 'check' in quantity && ['starts', 'accepted'].includes(quantity.check);
}

/** Why a server that was asked for does not come up. */
function refusal(quantity: Quantity, [outcome]: readonly Outcome[], known: Known): string | null {
  const isNo = isTruth(quantity) && outcome?.kind === 'number' && outcome.value === 0;
  return isNo ? startUpReason(caseNamed(quantity.of, known)) : null;
}

function figureOf(expectation: Expectation, at: string | null, judgement: Judgement, unit: Unit): ClaimFigure {
  const { figure, verdict, because } = judgement;
  return {
    what: expectation.what,
    at,
    claimed: claimedText(expectation, unit),
    ours: figure === null ? null : oursText(expectation, figure, unit),
    value: figure?.mean ?? null,
    low: figure?.low ?? null,
    high: figure?.high ?? null,
    seeds: figure?.values ?? 0,
    unit: expectation.unit ?? null,
    verdict,
    because,
  };
}

function openFigure(expectation: Expectation, because: string): ClaimFigure {
  const nothing: Judgement = { verdict: 'open', because, figure: null };
  return figureOf(expectation, null, nothing, unitOf(expectation.unit));
}

function toleranceOf({ tolerance = 0 }: Expectation): number {
  return typeof tolerance === 'number' ? tolerance : Number.parseFloat(tolerance) / 100;
}

function oursText({ claimed, quantity }: Expectation, figure: MeanInterval, unit: Unit): string {
  if (typeof claimed === 'boolean' || isTruth(quantity))
    return figure.mean === 1 ? 'yes' : figure.mean === 0 ? 'no' : 'in part';
  const { mean, low, high } = figure;
  const text = withUnit(digits(mean, unit), unit);
  if (low === null || high === null || high - low <= 1e-9 * Math.abs(mean)) return text;
  return `${text} (${digits(low, unit)} to ${digits(high, unit)})`;
}

function claimedText({ claimed, ...rest }: Expectation, unit: Unit): string | null {
  if (claimed === undefined) return null;
  if (typeof claimed === 'boolean') return claimed ? 'yes' : 'no';
  const tolerance = toleranceOf({ ...rest, claimed });
  const margin = tolerance === 0 ? '' : ` ± ${Math.round(1000 * tolerance) / 10} %`;
  return rangeText(claimed, unit) + margin;
}

function rangeText(claimed: Exclude<Claimed, boolean>, unit: Unit): string {
  if (typeof claimed === 'number') return withUnit(short(claimed, unit), unit);
  if ('from' in claimed) return withUnit(`${short(claimed.from, unit)} to ${short(claimed.to, unit)}`, unit);
  if ('at_least' in claimed) return `at least ${withUnit(short(claimed.at_least, unit), unit)}`;
  return `at most ${withUnit(short(claimed.at_most, unit), unit)}`;
}

/** Three digits, but money below $1,000 to the cent. */
function digits(value: number, { prefix }: Unit): string {
  return prefix === '$' && Math.abs(value) < 1000 ? value.toFixed(2) : threeDigits(value);
}

/** A claimed number as it was written. */
function short(value: number, unit: Unit): string {
  return Math.abs(value) >= 1000 || unit.prefix === '$' ? digits(value, unit) : String(value);
}

function withUnit(text: string, { prefix, suffix }: Unit): string {
  return `${prefix}${text}${suffix}`;
}

/** What decides: the parts that fail, or that cannot be settled, or else all; of a sweep, where it holds and where not. */
function reason(figures: readonly ClaimFigure[], verdict: ClaimReport['verdict']): string {
  const judged = figures.filter((figure) => figure.verdict !== 'shown');
  const deciding = judged.filter((figure) => figure.verdict === verdict);
  const names = [...new Set(deciding.map(({ what }) => what))];
  const all = new Set(judged.map(({ what }) => what)).size;
  if (names.length === 0) return 'nothing is claimed that could be judged';
  const share = all > 1 && verdict !== 'holds' ? `${names.length} of ${all} parts: ` : '';
  const [first] = names.map((name) => partText(judged.filter(({ what }) => what === name)));
  return `${share}${first}${names.length === 1 ? '' : ` (and ${names.length - 1} more)`}`;
}

/** One part of a claim, at one place or along a sweep. */
function partText(figures: readonly ClaimFigure[]): string {
  const [first] = figures;
  if (figures.length === 1) return figureText(first!);
  const places = (['holds', 'open', 'fails'] as const).flatMap((verdict) => {
    const those = figures.filter((figure) => figure.verdict === verdict);
    if (those.length === 0) return [];
    const at = those.map((figure) => `${figure.at} (${figure.ours ?? figure.because})`).join(', ');
    return [`${verdictText(verdict)} at ${at}`];
  });
  return `${first!.what}, claimed ${first!.claimed}: ${places.join('; ')}`;
}

function figureText({ what, ours, claimed, because }: ClaimFigure): string {
  if (ours === null) return `${what}: ${because}`;
  return `${what}: ${ours}, claimed ${claimed}${because === null ? '' : `; ${because}`}`;
}

function provisionalModels({ cases }: Known): string[] {
  const models = cases.flatMap(({ checks }) => checks.map(({ options }) => options.model));
  return [...new Set(models.flatMap(({ id, provisional }) => (provisional === null ? [] : [`${id}: ${provisional}`])))];
}
