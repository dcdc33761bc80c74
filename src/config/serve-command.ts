/**
 * A pasted `vllm serve …` line becomes settings. It is read as vLLM 0.33 reads it (`FlexibleArgumentParser`): `_` and
 * `-` are the same in names, `--flag=value` and `--flag value`, JSON whole or by dotted keys, the last of two equal
 * flags wins. No flag is dropped silently: see `serve-flags.ts`.
 */
import { InputError } from '../core/input-error.ts';
import { JSON_FLAGS, type JsonFlag, parseJsonObject, parseJsonValue, readJsonFlag } from './json-flags.ts';
import { checkEnvironment } from './serve-environment.ts';
import { type FlagRule, findFlag } from './serve-flags.ts';
import { shellWords } from './shell-words.ts';

export interface ServeCommand {
  /** Settings by vLLM's names, as read: ranges are checked by the schema. */
  readonly settings: Record<string, unknown>;
  /** Flags and variables that change nothing here, as written. */
  readonly noEffect: string[];
}

interface Reading extends ServeCommand {
  readonly problems: string[];
  /** Keys of JSON flags, whole and dotted ones merged. */
  readonly json: Record<JsonFlag, Record<string, unknown>>;
}

/** Reads a serve line, or throws one error with a line for each flag that cannot be taken. */
export function parseServeCommand(line: string): ServeCommand {
  const reading: Reading = {
    settings: {},
    noEffect: [],
    problems: [],
    json: { compilation_config: {}, override_generation_config: {}, speculative_config: {} },
  };
  const words = afterProgram(shellWords(line), reading).map(longOptimizationLevel);
  for (let i = 0; i < words.length; ) i = readWord(words, i, reading);
  for (const flag of JSON_FLAGS) {
    attempt(reading, () => {
      const { settings, noEffect } = readJsonFlag(flag, reading.json[flag]);
      Object.assign(reading.settings, settings);
      reading.noEffect.push(...noEffect);
    });
  }
  if (reading.problems.length > 0) throw new InputError(reading.problems.join('\n'));
  return { settings: reading.settings, noEffect: reading.noEffect };
}

const VLLM_SERVE = /^(?:(?:uv|poetry) run )?(?:\S*\/)?vllm serve(?= |$)/;
const API_SERVER_MODULE = /^(?:\S*\/)?python[\d.]* -m vllm\.entrypoints\.openai\.api_server(?= |$)/;

/** Skips variables and the program's name; the rest is the arguments of `vllm serve`. */
function afterProgram(words: readonly string[], reading: Reading): string[] {
  let start = 0;
  for (; /^[A-Za-z_]\w*=/.test(words[start] ?? ''); start++) {
    const assignment = words[start]!;
    attempt(reading, () => reading.noEffect.push(checkEnvironment(assignment)));
  }
  const command = words.slice(start).join(' ');
  const program = VLLM_SERVE.exec(command) ?? API_SERVER_MODULE.exec(command);
  if (program) return words.slice(start + program[0].split(' ').length);
  throw new InputError(
    `the line starts with "${words.slice(start, start + 2).join(' ')}", expected "vllm serve <model> …"; ` +
      'of a container line paste the arguments of vLLM after "vllm serve"',
  );
}

/** `-O3`, `-O=3` and `-O 3` are `--optimization-level 3`. */
function longOptimizationLevel(word: string): string {
  return word.replace(/^-O(?:=|(?=\w))/, '--optimization-level=').replace(/^-O$/, '--optimization-level');
}

/** Reads the flag or model at `index` and returns where the next word to read is. */
function readWord(words: readonly string[], index: number, reading: Reading): number {
  const word = words[index]!;
  if (isValue(word)) {
    readModel(word, reading);
    return index + 1;
  }
  const [, written, key, append, inline] = /^([^.=]*)(?:\.([^=]*?)(\+)?)?(?:=([\s\S]*))?$/.exec(word)!;
  const lookup = findFlag(written!);
  const takes =
    !lookup.found || lookup.rule.kind === 'removed' ? 'optional' : key === undefined ? lookup.rule.takes : 'value';
  const { values, next } = valuesOf(words, index, inline, takes);
  if (!lookup.found) {
    reading.problems.push(lookup.message);
  } else if (takes === 'switch' && inline !== undefined) {
    reading.problems.push(`${written} takes no value, read "${inline}"; --x turns a switch on, --no-x off`);
  } else if (values.length === 0 && (takes === 'value' || takes === 'values')) {
    reading.problems.push(`${written} is missing its value`);
  } else {
    const shown = [word.slice(0, inline === undefined ? undefined : word.indexOf('=')), ...values].join(' ');
    const given = takes === 'switch' ? [String(!lookup.negated)] : values;
    attempt(reading, () => {
      if (key === undefined) applyFlag(lookup.rule, shown, given, reading);
      else applyDottedFlag(lookup.rule, shown, key, given[0]!, append !== undefined, reading);
    });
  }
  return next;
}

function valuesOf(words: readonly string[], index: number, inline: string | undefined, takes: string) {
  if (inline !== undefined) return { values: [inline], next: index + 1 };
  if (takes === 'switch') return { values: [], next: index + 1 };
  let next = index + 1;
  while (next < words.length && isValue(words[next]!) && (takes === 'values' || next === index + 1)) next += 1;
  return { values: words.slice(index + 1, next), next };
}

/** A negative number is a value; anything else with a dash is a flag. */
function isValue(word: string): boolean {
  return !word.startsWith('-') || word === '-' || /^-\.?\d/.test(word);
}

function readModel(word: string, reading: Reading): void {
  const model = reading.settings.model;
  if (model === undefined) reading.settings.model = word;
  else
    reading.problems.push(
      `unexpected word "${word}" after the model ${String(model)}; a switch takes no value: --x turns it on, --no-x off`,
    );
}

function applyFlag(rule: FlagRule, shown: string, values: readonly string[], reading: Reading): void {
  switch (rule.kind) {
    case 'setting':
      reading.settings[rule.setting] = settingValue(rule.read, values);
      return;
    case 'no_effect':
      reading.noEffect.push(shown);
      return;
    case 'json':
      if (rule.key !== undefined) reading.json[rule.config][rule.key] = parseJsonValue(values[0]!, false);
      else Object.assign(reading.json[rule.config], parseJsonObject(shown.split(' ')[0]!, values[0]!));
      return;
    case 'refused':
      if (!values.every((value) => rule.harmless.includes(value.trim()))) throw new InputError(`${shown}: ${rule.why}`);
      reading.noEffect.push(shown);
      return;
    case 'removed':
      throw new InputError(`vLLM 0.33 no longer has ${shown.split(' ')[0]}. ${rule.instead}`);
  }
}

/** `--compilation-config.mode 3`: one key of a JSON flag. */
function applyDottedFlag(
  rule: FlagRule,
  shown: string,
  key: string,
  value: string,
  isList: boolean,
  reading: Reading,
): void {
  switch (rule.kind) {
    case 'json':
      // Of a deeper path only the first key decides whether it is read.
      reading.json[rule.config][key.split('.')[0]!] = parseJsonValue(value, isList);
      return;
    case 'no_effect':
      reading.noEffect.push(shown);
      return;
    case 'refused':
      throw new InputError(`${shown}: ${rule.why}`);
    case 'setting':
    case 'removed':
      throw new InputError(`${shown}: this flag has no keys after a dot`);
  }
}

/** The schema checks ranges and types; text that is no number stays text, so that it can say what it read. */
function settingValue(read: (FlagRule & { kind: 'setting' })['read'], values: readonly string[]): unknown {
  const value = values[0] ?? '';
  switch (read) {
    case 'text':
      return value === '-1' ? 'auto' : value;
    case 'number':
      return toNumber(value);
    case 'numbers':
      return values.map(toNumber);
    case 'switch':
      return value === 'true';
  }
}

function toNumber(value: string): unknown {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : value;
}

function attempt(reading: Reading, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    reading.problems.push(error.message);
  }
}
