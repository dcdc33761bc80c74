/**
 * The parameter files of `vllm bench sweep serve` as named variants of a study: every record of the one with every record of the
 * other, or those of them whose linked parameters agree (`--link-vars`).
 */
import { didYouMean, InputError } from '../core/input-error.ts';
import { benchParamsEffect } from './bench-params.ts';
import { type Path, type StudySource, valueAt } from './problems.ts';
import { type RecordEffect, serveParamsEffect } from './serve-params.ts';
import { paramName, type SweepRecord, sweepRecords } from './sweep-records.ts';

export interface SweepFile {
  readonly fileName: string;
  readonly text: string;
}

export interface SweepFiles {
  readonly serve: SweepFile | null;
  readonly bench: SweepFile | null;
  /** `max_num_seqs=max_concurrency,max_model_len=random_input_len`, as vLLM takes it; null: none. */
  readonly linkVars: string | null;
}

/** A study with the files' variants, not yet checked. */
export interface BenchSweep {
  readonly source: StudySource;
  /** Parameters that change nothing here, by the name of their variant. */
  readonly noEffect: ReadonlyMap<string, readonly string[]>;
}

interface Combination {
  readonly name: string;
  readonly effects: readonly RecordEffect[];
  readonly where: string;
}

/** Throws what is wrong with the files, located in them. */
export function withSweepFiles(source: StudySource, files: SweepFiles): BenchSweep {
  if (valueAt(source.raw, ['deployments']) !== undefined)
    throw new InputError(
      `${source.locate(['deployments'], 'key')}: parameter files are for a study with one deployment.`,
    );
  const combinations = combinationsOf(source, files);
  const variants = combinations.map(({ name, effects }) => ({
    name,
    ...Object.fromEntries(effects.flatMap(({ settings }) => settings.map(({ path, value }) => [path, value]))),
  }));
  return {
    source: withVariants(source, variants, combinations),
    noEffect: new Map(combinations.map(({ name, effects }) => [name, effects.flatMap(({ noEffect }) => noEffect)])),
  };
}

function combinationsOf(source: StudySource, { serve, bench, linkVars }: SweepFiles): Combination[] {
  const none: SweepRecord = { name: '', params: [], where: source.fileName };
  const serves = serve === null ? [none] : sweepRecords(serve.text, serve.fileName);
  const benches = bench === null ? [none] : sweepRecords(bench.text, bench.fileName);
  const links = parseLinkVars(linkVars ?? '', serves, benches);
  const pairs = serves.flatMap((server) => benches.map((client) => [server, client] as const));
  const valid = pairs.filter(([server, client]) =>
    links.every(([of, to]) => {
      const [a, b] = [valueText(server, of), valueText(client, to)];
      return a !== undefined && a === b;
    }),
  );
  if (valid.length === 0)
    throw new InputError(`--link-vars ${linkVars}: no record of the one file agrees with one of the other.`);
  return valid.map(([server, client]) => ({
    name: [server.name, client.name].filter((name) => name !== '').join(', ') || 'as it is',
    effects: [serveParamsEffect(server.params), benchParamsEffect(client.params, source.raw)],
    where: (serve === null ? client : server).where,
  }));
}

function valueText({ params }: SweepRecord, name: string): string | undefined {
  const value = params.find((param) => param.name === name)?.value;
  return value === undefined ? undefined : JSON.stringify(value);
}

function parseLinkVars(
  text: string,
  serves: readonly SweepRecord[],
  benches: readonly SweepRecord[],
): (readonly [string, string])[] {
  const namesOf = (records: readonly SweepRecord[]) => [
    ...new Set(records.flatMap(({ params }) => params.map(({ name }) => name))),
  ];
  const known = (name: string, names: readonly string[], file: string) => {
    if (names.includes(name)) return;
    throw new InputError(`--link-vars ${text}: no record of ${file} has ${name}.${didYouMean(name, names)}`);
  };
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [of, to, ...more] = part.split('=').map((name) => paramName(name.trim()));
      if (of === undefined || to === undefined || of === '' || to === '' || more.length > 0)
        throw new InputError(
          `--link-vars ${text}: expected pairs such as max_num_seqs=max_concurrency, with commas between.`,
        );
      known(of, namesOf(serves), '--serve-params');
      known(to, namesOf(benches), '--bench-params');
      return [of, to];
    });
}

/** Puts the variants beside what the study sweeps itself. */
function withVariants(
  source: StudySource,
  variants: readonly object[],
  combinations: readonly Combination[],
): StudySource {
  const sweep = (valueAt(source.raw, ['sweep']) ?? {}) as Record<string, unknown>;
  if (sweep.variants !== undefined)
    throw new InputError(
      `${source.locate(['sweep', 'variants'], 'key')}: the parameter files name variants too; expected them in one place.`,
    );
  const { grid, zip, ...plain } = sweep;
  const isPlain = Object.keys(plain).length > 0;
  const own = isPlain
    ? { grid: plain }
    : { ...(grid === undefined ? {} : { grid }), ...(zip === undefined ? {} : { zip }) };
  const locate = (path: Path, at: 'key' | 'value'): string => {
    const [section, form, index, key] = path;
    if (section !== 'sweep') return source.locate(path, at);
    if (form === 'variants') {
      const combination = combinations[index as number];
      const settings = combination?.effects.flatMap((effect) => effect.settings) ?? [];
      return settings.find((setting) => setting.path === key)?.where ?? combination?.where ?? source.fileName;
    }
    return source.locate(isPlain && form === 'grid' ? ['sweep', ...path.slice(2)] : path, at);
  };
  return { ...source, raw: { ...(source.raw as object), sweep: { ...own, variants } }, locate };
}
