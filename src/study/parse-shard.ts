/** Which shard of a study, as it is written. Apart from what runs one, since every command reads its options first. */
import { InputError } from '../core/input-error.ts';

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** `2/4`. Throws InputError. */
export function parseShard(text: string): Shard {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (index !== undefined && of !== undefined && index >= 1 && index <= of) return { index, of };
  const hint = index === 0 && of !== undefined && of > 0 ? ' Shards are counted from 1.' : '';
  throw new InputError(`--shard ${text}: expected which of how many, such as 1/4, 2/4, 3/4 or 4/4.${hint}`);
}
