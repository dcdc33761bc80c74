/**
 * A record of `--serve-params` is flags of `vllm serve`, read by the rules of a pasted line: what is simulated becomes a setting
 * of the deployment, what changes nothing is listed, everything else is refused by name.
 */
import { InputError } from '../core/input-error.ts';
import { parseServeCommand, type ServeCommand } from './serve-command.ts';
import { shellQuote } from './shell-words.ts';
import type { SweepParam } from './sweep-records.ts';

/** What a record comes to: settings of the study by their path, each with its place, and what changes nothing. */
export interface RecordEffect {
  readonly settings: readonly { readonly path: string; readonly value: unknown; readonly where: string }[];
  readonly noEffect: readonly string[];
}

export function serveParamsEffect(params: readonly SweepParam[]): RecordEffect {
  const effects = params.map((param): RecordEffect => {
    const { settings, noEffect } = commandOf(param);
    return { settings: Object.entries(settings).flatMap((entry) => settingsOf(entry, param)), noEffect };
  });
  return { settings: effects.flatMap((each) => each.settings), noEffect: effects.flatMap((each) => each.noEffect) };
}

/** Keys of a JSON flag that is a setting as a whole are settings of their own where they were given by a dot. */
function settingsOf(
  [setting, value]: [string, unknown],
  { name, value: given, where }: SweepParam,
): RecordEffect['settings'] {
  const isPart = name.startsWith(`${setting}.`) && value !== null && typeof value === 'object';
  // Some settings are text, because vLLM takes suffixes there; a number is one all the same.
  if (!isPart) return [{ path: `deployment.${setting}`, value: value === String(given) ? given : value, where }];
  return Object.entries(value as object).map(([key, part]) => ({
    path: `deployment.${setting}.${key}`,
    value: part,
    where,
  }));
}

function commandOf(param: SweepParam): ServeCommand {
  try {
    return parseServeCommand(`vllm serve ${wordsOf(param).map(shellQuote).join(' ')}`);
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError(`${param.where}: ${error.message}${/[.?!]$/.test(error.message) ? '' : '.'}`);
    throw error;
  }
}

/** As vLLM puts a parameter into its command: a switch by its name, JSON as text. */
function wordsOf({ name, value }: SweepParam): string[] {
  const [flag, ...inner] = name.split('.');
  const written = [flag!.replaceAll('_', '-'), ...inner].join('.');
  if (typeof value === 'boolean')
    return inner.length > 0 ? [`--${written}=${value}`] : [`--${value ? '' : 'no-'}${written}`];
  if (Array.isArray(value) && inner.length === 0) return [`--${written}`, ...value.map(String)];
  return [`--${written}`, typeof value === 'object' ? JSON.stringify(value) : String(value)];
}
