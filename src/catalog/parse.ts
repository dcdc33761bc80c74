/** Reads plain data against a schema; what is wrong becomes one message that names the place. */
import type { z } from 'zod';
import { InputError } from '../core/input-error.ts';

/** The parsed value, or an InputError that lists up to five of the things that are wrong. */
export function parseWith<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 5).map((issue) => {
    const path = issue.path.map(String).join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  throw new InputError(`${where}: ${problems.join('; ')}`);
}
