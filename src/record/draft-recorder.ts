/** Counts drafts as vLLM 0.33 does (v1/spec_decode/metrics.py: SpecDecodingStats.observe_draft). */
import type { DraftCounts } from './run-record.ts';

export class DraftRecorder {
  private drafts = 0;
  private draftTokens = 0;
  private acceptedTokens = 0;
  private readonly acceptedPerPosition: number[];

  /** `maxDrafts` is the number of positions that are counted. */
  constructor(maxDrafts: number) {
    this.acceptedPerPosition = new Array<number>(maxDrafts).fill(0);
  }

  /** One request's drafts were verified. */
  add(drafts: number, accepted: number): void {
    this.drafts++;
    this.draftTokens += drafts;
    this.acceptedTokens += accepted;
    for (let position = 0; position < accepted; position++) this.acceptedPerPosition[position]!++;
  }

  counts(): DraftCounts {
    const { drafts, draftTokens, acceptedTokens } = this;
    return { drafts, draftTokens, acceptedTokens, acceptedPerPosition: [...this.acceptedPerPosition] };
  }
}
