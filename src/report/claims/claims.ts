/** What the writers of claim reports are given. Plain data; figures are in the unit of their claim. */

/** `open`: cannot be settled; `shown`: a figure beside the claim that judges nothing. */
export type ClaimVerdict = 'holds' | 'fails' | 'open' | 'shown';

export interface ClaimFigure {
  readonly what: string;
  /** Where on a sweep: `request_rate 4`; null where there is none. */
  readonly at: string | null;
  /** In words: `1.6 to 1.9 ×`; null where nothing is claimed. */
  readonly claimed: string | null;
  /** In words, with its unit: `1.43 ×`; null where there is none. */
  readonly ours: string | null;
  readonly value: number | null;
  /** The 95 % interval over seeds; null where nothing is drawn. */
  readonly low: number | null;
  readonly high: number | null;
  readonly seeds: number;
  readonly unit: string | null;
  readonly verdict: ClaimVerdict;
  readonly because: string | null;
}

export interface ClaimReport {
  readonly id: string;
  readonly says: string;
  readonly file: string;
  readonly verdict: ClaimVerdict;
  /** Why, in a sentence. */
  readonly because: string;
  readonly figures: readonly ClaimFigure[];
  readonly assumes: readonly string[];
  /** Models that were never released, with what is assumed of them. */
  readonly provisional: readonly string[];
  /** Whether anything was simulated. */
  readonly runs: number;
}

export interface ClaimsReport {
  readonly servesimVersion: string;
  readonly vllmVersion: string;
  readonly claims: readonly ClaimReport[];
}

export function verdictText(verdict: ClaimVerdict): string {
  return verdict === 'open' ? 'cannot be settled' : verdict;
}
