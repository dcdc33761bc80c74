/** Options that have one value: of two, one would be passed over. */
import { InputError } from '../core/input-error.ts';

/** What yargs read of an option; one that was given twice comes as a list. */
export type GivenOption = string | string[] | undefined;

/** The value of an option that may be given once; null: it was not. Throws InputError. */
export function single(name: string, value: GivenOption): string | null {
  if (!Array.isArray(value)) return value ?? null;
  throw new InputError(`--${name} is given ${value.length} times (${value.join(', ')}); expected once.`);
}
