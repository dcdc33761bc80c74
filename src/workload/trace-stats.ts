/** What a trace held, collected while it is read, so that a user sees whether it is the trace that was meant. */

/** Counts of the requests that were handed on, and of the rows that were not. */
export interface TraceStats {
  requests: number;
  /** Arrival of the last request less that of the first, in microseconds, as replayed. */
  spanUs: number;
  promptTokens: TokenCounts;
  outputTokens: TokenCounts;
  /** Rows left out: one side has no tokens, or, of a measured run, the request failed. */
  droppedRows: DroppedRows;
}

export interface DroppedRows {
  noPrompt: number;
  noOutput: number;
  failed: number;
}

/** How often each length came, which bounds memory by the number of lengths, not of requests. */
export class TokenCounts {
  private readonly counts = new Map<number, number>();
  private total = 0;

  add(tokens: number): void {
    this.counts.set(tokens, (this.counts.get(tokens) ?? 0) + 1);
    this.total++;
  }

  /** The smallest length that at least p percent of the requests do not exceed; NaN without requests. */
  percentile(p: number): number {
    const rank = Math.max(1, Math.ceil((p / 100) * this.total));
    let seen = 0;
    for (const [tokens, count] of [...this.counts].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= rank) return tokens;
    }
    return Number.NaN;
  }

  /** Tokens of an average request; NaN without requests. */
  mean(): number {
    let sum = 0;
    for (const [tokens, count] of this.counts) sum += tokens * count;
    return sum / this.total;
  }
}

/** Statistics of nothing yet. */
export function emptyTraceStats(): TraceStats {
  return {
    requests: 0,
    spanUs: 0,
    promptTokens: new TokenCounts(),
    outputTokens: new TokenCounts(),
    droppedRows: { noPrompt: 0, noOutput: 0, failed: 0 },
  };
}

/** Adds a row that is replayed, with its lengths as they were recorded, `sinceFirstUs` after the first one. */
export function countRow(stats: TraceStats, sinceFirstUs: number, promptTokens: number, outputTokens: number): void {
  stats.requests++;
  stats.spanUs = sinceFirstUs;
  stats.promptTokens.add(promptTokens);
  stats.outputTokens.add(outputTokens);
}

/** Requests per second: gaps over span; null where all came at one time. */
export function meanRate(stats: TraceStats): number | null {
  return stats.spanUs > 0 ? ((stats.requests - 1) / stats.spanUs) * 1e6 : null;
}

/** The statistics in a few lines for people. */
export function describeTrace(stats: TraceStats): string[] {
  const number = (value: number, digits = 0): string =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const rate = meanRate(stats);
  const when = rate === null ? 'all at one time' : `over ${number(stats.spanUs / 1e6, 1)} s, ${number(rate, 2)}/s`;
  const tokens = (name: string, counts: TokenCounts): string =>
    `${name} tokens: mean ${number(counts.mean())}, ${[5, 50, 95, 99].map((p) => `p${p} ${number(counts.percentile(p))}`).join(', ')}`;
  const lines = [`${number(stats.requests)} requests ${when}`];
  if (stats.requests > 0) lines.push(tokens('prompt', stats.promptTokens), tokens('output', stats.outputTokens));
  const { noPrompt, noOutput, failed } = stats.droppedRows;
  if (noPrompt + noOutput > 0) {
    lines.push(
      `${number(noPrompt + noOutput)} rows left out: ${noPrompt} without prompt tokens, ${noOutput} without output tokens`,
    );
  }
  if (failed > 0) lines.push(`${number(failed)} requests left out, which failed or got no output`);
  return lines;
}
