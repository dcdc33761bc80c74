/**
 * `vllm_bench`: the JSON file that `vllm bench serve --save-result --save-detailed` writes (vllm/benchmarks/serve.py):
 * columns `input_lens`, `output_lens`, `start_times`, `ttfts`, `itls`, `errors`, one entry a request, in seconds.
 *
 * A request arrives when the client sent it: its `start_times` entry less the smallest. Its token times are
 * `start_times` + `ttfts` and the running sums of `itls`; a request with an error or without output is dropped.
 *
 * A chat stream begins with a chunk that holds the role and no token. The client counts it like a token
 * (async_request_openai_chat_completions), so there are as many gaps as tokens; vLLM sends it with the first token
 * (chat_completion_stream_generator), other servers at once. The first token is then the second chunk.
 */
import { InputError } from '../../core/input-error.ts';
import { shown } from '../traces/row.ts';
import {
  type DroppedRequest,
  isWithinRun,
  NOT_WITHIN_RUN,
  type RecordedRequest,
  type Recording,
  toUs,
} from './recorded-request.ts';

/** Keys that every such file has, detailed or not. */
const BENCH_KEYS = ['num_prompts', 'total_input_tokens', 'request_throughput', 'input_lens'];

const COLUMNS = ['input_lens', 'output_lens', 'start_times', 'ttfts', 'itls'] as const;
type Columns = Record<(typeof COLUMNS)[number] | 'errors', readonly unknown[]>;

const BENCH_AGAIN =
  'Run the benchmark again with vllm bench serve --save-result --save-detailed, and one --result-filename a run.';

/** Whether a file with this first line is one: a JSON object, on one line or on several. */
export function isVllmBench(firstLine: string): boolean {
  const line = firstLine.trim();
  return line === '{' || (line.startsWith('{') && BENCH_KEYS.some((key) => line.includes(`"${key}"`)));
}

/** Reads the text of a file. */
export function parseVllmBench(text: string, name: string): Recording {
  const file = parseObject(text, name);
  const columns = checkedColumns(file, name);
  const requests: RecordedRequest[] = [];
  const dropped: DroppedRequest[] = [];
  for (let i = 0; i < columns.input_lens.length; i++) {
    const request = parseRequest(columns, i, name);
    if ('reason' in request) dropped.push(request);
    else requests.push(request);
  }
  // The client's clock starts anywhere, and a request that failed at once has no time on it.
  const firstUs = requests.reduce((least, { arrivalUs }) => Math.min(least, arrivalUs), Number.POSITIVE_INFINITY);
  const moved = requests.map((request) => since(firstUs, request)).sort((a, b) => a.arrivalUs - b.arrivalUs);
  return { format: 'vllm_bench', requests: moved, dropped, maxConcurrency: maxConcurrency(file) };
}

function parseRequest(columns: Columns, i: number, name: string): RecordedRequest | DroppedRequest {
  const id = String(i);
  const error = columns.errors[i];
  if (typeof error === 'string' && error !== '') return { id, reason: lastLine(error) };
  const promptTokens = tokenCount(columns, 'input_lens', i, name);
  const outputTokens = tokenCount(columns, 'output_lens', i, name);
  if (promptTokens === 0) return { id, reason: 'no prompt tokens' };
  if (outputTokens === 0) return { id, reason: 'no output tokens' };
  const arrivalS = seconds(columns.start_times[i], 'start_times', i, name);
  const chunkTimesUs = chunkTimes(columns, arrivalS, i, name);
  const gaps = chunkTimesUs.length - 1;
  if (gaps > outputTokens) return { id, reason: `itls has ${gaps} gaps, but output_lens is ${outputTokens}` };
  const tokenTimesUs = gaps === outputTokens ? chunkTimesUs.slice(1) : chunkTimesUs;
  const times = { firstTokenUs: tokenTimesUs[0]!, lastTokenUs: tokenTimesUs.at(-1)!, queuedUs: null, tokenTimesUs };
  return { id, origin: `${name}, request ${i}`, arrivalUs: toUs(arrivalS), promptTokens, outputTokens, times };
}

/** When chunks of the stream came. Sums in seconds, each rounded once, so that no rounding adds up. */
function chunkTimes(columns: Columns, arrivalS: number, i: number, name: string): number[] {
  const gaps = columns.itls[i];
  if (!Array.isArray(gaps)) throw fail(name, i, 'itls', gaps, 'a list of seconds');
  const ttftS = seconds(columns.ttfts[i], 'ttfts', i, name);
  if (ttftS <= 0) throw fail(name, i, 'ttfts', ttftS, 'seconds above 0');
  let timeS = arrivalS + ttftS;
  const times = [toUs(timeS)];
  for (const gap of gaps as unknown[]) {
    timeS += seconds(gap, 'itls', i, name);
    times.push(toUs(timeS));
  }
  return times;
}

function since(firstUs: number, request: RecordedRequest): RecordedRequest {
  const times = request.times!;
  if (!isWithinRun(request.arrivalUs - firstUs))
    throw new InputError(`${request.origin}: start_times is ${NOT_WITHIN_RUN}.`);
  if (!isWithinRun(times.lastTokenUs - firstUs))
    throw new InputError(`${request.origin}: start_times + ttfts + itls is ${NOT_WITHIN_RUN}.`);
  return {
    ...request,
    arrivalUs: request.arrivalUs - firstUs,
    times: {
      ...times,
      firstTokenUs: times.firstTokenUs - firstUs,
      lastTokenUs: times.lastTokenUs - firstUs,
      tokenTimesUs: times.tokenTimesUs!.map((timeUs) => timeUs - firstUs),
    },
  };
}

function parseObject(text: string, name: string): Record<string, unknown> {
  const file = json(text);
  if (file === undefined) {
    const runs = text.split('\n').filter((line) => line.trim() !== '' && json(line) !== undefined).length;
    if (runs > 1) {
      throw new InputError(`${name}: holds ${runs} runs, one a line (--append-result); expected one. ${BENCH_AGAIN}`);
    }
    throw new InputError(`${name}: not JSON, or cut short; expected one object as vllm bench serve writes it.`);
  }
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw new InputError(`${name}: read ${shown(file)}; expected one object as vllm bench serve writes it.`);
  }
  return file as Record<string, unknown>;
}

/** Python writes NaN and Infinity, which are no JSON: they become words, refused by name where a time is expected. */
function json(text: string): unknown {
  const plain = text.replace(/^\uFEFF/, '');
  return parsed(plain) ?? parsed(plain.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/g, quoted));
}

function quoted(word: string): string {
  return word.startsWith('"') ? word : `"${word}"`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** It only tells how the load came about, so any other value stands for none. */
function maxConcurrency({ max_concurrency: bound }: Record<string, unknown>): number | null {
  return typeof bound === 'number' && Number.isSafeInteger(bound) && bound > 0 ? bound : null;
}

function checkedColumns(file: Record<string, unknown>, name: string): Columns {
  const missing = COLUMNS.filter((column) => file[column] === undefined || file[column] === null);
  if (missing.length > 0) {
    const hint =
      missing.length === 1 && missing[0] === 'start_times'
        ? 'This version of vLLM did not record when requests were sent; a newer one does. '
        : 'Times of single requests are written with --save-detailed only. ';
    throw new InputError(`${name}: ${missing.join(', ')} missing. ${hint}${BENCH_AGAIN}`);
  }
  const columns = { ...file, errors: file.errors ?? (file.input_lens as unknown[]).map(() => '') } as Columns;
  for (const column of [...COLUMNS, 'errors'] as const) {
    const values: unknown = columns[column];
    if (!Array.isArray(values)) throw new InputError(`${name}: ${column} is ${shown(values)}; expected a list.`);
    if (values.length !== columns.input_lens.length) {
      const expected = columns.input_lens.length;
      throw new InputError(`${name}: ${column} has ${values.length} entries, but input_lens has ${expected}.`);
    }
  }
  return columns;
}

function tokenCount(columns: Columns, column: 'input_lens' | 'output_lens', i: number, name: string): number {
  const value = columns[column][i];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw fail(name, i, column, value, 'a whole number of tokens, 0 or more');
}

function seconds(value: unknown, column: string, i: number, name: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw fail(name, i, column, value);
}

function fail(name: string, i: number, column: string, value: unknown, expected = 'seconds, 0 or more'): InputError {
  return new InputError(
    `${name}, request ${i}: ${column} has ${value === Number.POSITIVE_INFINITY ? 'a number too large' : shown(value)}; expected ${expected}.`,
  );
}

/** The last line of a stack trace says what went wrong. */
function lastLine(error: string): string {
  const line = error.trim().split('\n').at(-1)!.trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
