/**
 * The life of one replica: asked for, starting, up, given notice, lost, waiting for capacity, starting again. A state
 * machine without a clock: it says when something happens next, and what changes then.
 *
 * A replica on demand is there when it is wanted, and is never taken away. A spot replica needs its slot on the market;
 * when the slot goes, so does the replica with all its KV cache, `noticeUs` after the provider said so.
 */
import type { SpotSlot } from './spot/spot-slot.ts';

/** What is done between notice and end: finish what can be, hand over what waits as well, or nothing. */
export type OnNotice = 'drain' | 'migrate' | 'ignore';

export type LifeState =
  /** Not wanted; costs nothing. */
  | { readonly kind: 'off' }
  /** Wanted, but the market has nothing. */
  | { readonly kind: 'down' }
  | { readonly kind: 'starting'; readonly readyUs: number }
  | { readonly kind: 'up'; readonly sinceUs: number }
  | { readonly kind: 'noticed'; readonly endUs: number }
  /** No longer wanted: finishes what it has. */
  | { readonly kind: 'leaving' };

/** What happened: the state it went into, or `lost`: it was serving, and everything in it is gone. */
export type LifeChange = LifeState['kind'] | 'lost';

export interface LifeOptions {
  /** null: on demand. */
  readonly slot: SpotSlot | null;
  readonly startUpUs: number;
  /** From notice to end; 0: the end comes without. */
  readonly noticeUs: number;
}

const OFF: LifeState = { kind: 'off' };
const DOWN: LifeState = { kind: 'down' };
const UP_FROM_THE_BEGINNING: LifeState = { kind: 'up', sinceUs: 0 };
const LEAVING: LifeState = { kind: 'leaving' };

export class ReplicaLife {
  state: LifeState;
  private readonly options: LifeOptions;

  /** One that is wanted at time 0 is up then, if the market has its place. */
  constructor(options: LifeOptions, isWanted: boolean) {
    this.options = options;
    this.state = !isWanted ? OFF : options.slot === null || options.slot.isUp ? UP_FROM_THE_BEGINNING : DOWN;
  }

  /** Its engine runs. */
  get isServing(): boolean {
    const { kind } = this.state;
    return kind === 'up' || kind === 'noticed' || kind === 'leaving';
  }

  /** It is there or on its way, and will stay. */
  get isWanted(): boolean {
    return this.state.kind !== 'off' && this.state.kind !== 'leaving';
  }

  /** Something is paid for: from the moment a machine is asked for. */
  get isPaid(): boolean {
    return this.state.kind !== 'off' && this.state.kind !== 'down';
  }

  /** When something happens next by itself, µs; infinite if never. */
  get nextUs(): number {
    const { slot, noticeUs } = this.options;
    const endUs = slot?.changeUs ?? Number.POSITIVE_INFINITY;
    if (this.state.kind === 'off') return Number.POSITIVE_INFINITY;
    if (this.state.kind === 'starting') return Math.min(this.state.readyUs, endUs);
    // A start may take until after the notice was due: it is given then.
    return this.state.kind === 'up' ? Math.max(this.state.sinceUs, endUs - noticeUs) : endUs;
  }

  /** It is `nextUs`: makes one change and tells it. */
  advance(timeUs: number): LifeChange {
    const { slot } = this.options;
    const slotChanges = slot !== null && slot.changeUs <= timeUs;
    switch (this.state.kind) {
      case 'starting':
        return slotChanges ? this.loseSlot() : this.enter({ kind: 'up', sinceUs: timeUs });
      case 'up':
        return slotChanges ? this.loseSlot() : this.enter({ kind: 'noticed', endUs: slot!.changeUs });
      case 'down':
        slot!.change();
        return this.start(timeUs);
      case 'noticed':
      case 'leaving':
        return this.loseSlot();
      case 'off':
        throw new Error('nothing happens to a replica that is off');
    }
  }

  /** It is wanted from now on. Returns what changes; null: nothing. */
  want(timeUs: number): LifeChange | null {
    if (this.state.kind === 'leaving') return this.enter({ kind: 'up', sinceUs: timeUs });
    if (this.state.kind !== 'off') return null;
    const { slot } = this.options;
    while (slot !== null && slot.changeUs <= timeUs) slot.change();
    return slot === null || slot.isUp ? this.start(timeUs) : this.enter(DOWN);
  }

  /** It is no longer wanted: one that serves finishes what it has. */
  dismiss(): LifeChange | null {
    if (!this.isWanted) return null;
    return this.enter(this.isServing ? LEAVING : OFF);
  }

  /** Nothing is left in it. Ends the life of one that is leaving. */
  emptied(): LifeChange | null {
    return this.state.kind === 'leaving' ? this.enter(OFF) : null;
  }

  private start(timeUs: number): LifeChange {
    return this.enter({ kind: 'starting', readyUs: timeUs + this.options.startUpUs });
  }

  private loseSlot(): LifeChange {
    this.options.slot!.change();
    const wasServing = this.isServing;
    this.state = this.isWanted ? DOWN : OFF;
    return wasServing ? 'lost' : this.state.kind;
  }

  private enter(state: LifeState): LifeChange {
    this.state = state;
    return state.kind;
  }
}
