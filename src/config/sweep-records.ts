/**
 * Parameter files of `vllm bench sweep serve` (`--serve-params`, `--bench-params`), as vLLM 0.33 reads them
 * (`ParameterSweep.read_json`): a JSON list of records, or an object from names to records. `_benchmark_name` names a record
 * of a list; keys are flags with `-` or `_`, dots reach into JSON flags.
 */
import { InputError } from '../core/input-error.ts';
import { isMapping } from '../core/mapping.ts';
import { parseSource } from './load.ts';
import { type Path, quoted, type StudySource } from './problems.ts';

export interface SweepParam {
  /** Of the flag, with `_` for `-` before the first dot. */
  readonly name: string;
  readonly value: string | number | boolean | object;
  /** `serve.json:3:7`. */
  readonly where: string;
}

export interface SweepRecord {
  /** Given, or made of the parameters; empty where there are none. */
  readonly name: string;
  readonly params: readonly SweepParam[];
  readonly where: string;
}

const NAME_KEY = '_benchmark_name';
const EXAMPLE = '[{"max_num_seqs": 64}, {"max_num_seqs": 128}]';

/** Reads the text of a file, or throws what is wrong with it, located. */
export function sweepRecords(text: string, fileName: string): SweepRecord[] {
  const source = parseSource(text, fileName);
  const named = !Array.isArray(source.raw);
  const { raw } = source;
  const items = named && isMapping(raw) ? source.keysAt([]).map((name) => [name, raw[name]]) : raw;
  if (!Array.isArray(items) || items.length === 0)
    throw new InputError(
      `${fileName}: read ${quoted(raw)}, expected a list of records such as ${EXAMPLE}, or an object from names to records.`,
    );
  const records = items.map((item: unknown, i) => {
    const [name, record] = named ? (item as [string, unknown]) : [null, item];
    return recordOf(source, record, [name ?? i], name);
  });
  const again = records.findIndex(({ name }, i) => records.findIndex((other) => other.name === name) < i);
  if (again < 0) return records;
  const { where, name } = records[again]!;
  throw new InputError(`${where}: read the name ${quoted(name)} twice, expected different ones.`);
}

function recordOf(source: StudySource, record: unknown, at: Path, given: string | null): SweepRecord {
  const where = source.locate(at, 'value');
  if (!isMapping(record))
    throw new InputError(`${where}: read ${quoted(record)}, expected a record such as {"max_num_seqs": 64}.`);
  const params = Object.entries(record)
    .filter(([key]) => key !== NAME_KEY)
    .map(([key, value]): SweepParam => {
      const place = source.locate([...at, key], 'key');
      if (value === null || value === undefined)
        throw new InputError(
          `${place} ${key}: read null, expected a value; leave the parameter out where it does not change.`,
        );
      return { name: paramName(key), value: value as SweepParam['value'], where: place };
    });
  const name = given ?? record[NAME_KEY];
  return { name: name == null ? paramsText(params) : String(name), params, where };
}

/** `max-num-seqs` and `max_num_seqs` are one flag; what follows a dot is a key of JSON and stays as it is. */
export function paramName(key: string): string {
  const [flag, ...inner] = key.split('.');
  return [flag!.replace(/^-+/, '').replaceAll('-', '_'), ...inner].join('.');
}

function paramsText(params: readonly SweepParam[]): string {
  return params
    .map(({ name, value }) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(' ');
}
