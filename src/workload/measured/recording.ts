/** The text of a measured run → its requests in order of arrival, whichever of the two formats it has. */
import { InputError } from '../../core/input-error.ts';
import { excerpt } from '../traces/row.ts';
import type { MeasuredFormat, Recording } from './recorded-request.ts';
import { isRequestsCsv, parseRequestsCsv, REQUESTS_CSV_COLUMNS } from './requests-csv.ts';
import { isVllmBench, parseVllmBench } from './vllm-bench.ts';

/** The format whose first line this is; null: neither. */
export function measuredFormat(firstLine: string): MeasuredFormat | null {
  if (isRequestsCsv(firstLine)) return 'requests_csv';
  return isVllmBench(firstLine) ? 'vllm_bench' : null;
}

/** Reads a file of either format; `name` stands for it in messages. */
export function parseRecording(text: string, name: string): Recording {
  const firstLine = firstLineOf(text);
  const format = measuredFormat(firstLine);
  if (format === null) {
    throw new InputError(
      `${name}:1: the first line is ${excerpt(firstLine)}; expected a measured run: a CSV file with the columns ` +
        `${REQUESTS_CSV_COLUMNS}, or the JSON file of vllm bench serve --save-result --save-detailed.`,
    );
  }
  const recording = format === 'requests_csv' ? parseRequestsCsv(text, name) : parseVllmBench(text, name);
  if (recording.requests.length === 0) throw new InputError(`${name}: ${whyEmpty(recording)}`);
  return recording;
}

/** The first line that is not blank, without a byte order mark. */
function firstLineOf(text: string): string {
  return /^\uFEFF?\s*(.*)/.exec(text)![1]!;
}

function whyEmpty({ dropped }: Recording): string {
  const [first] = dropped;
  if (first === undefined) return 'no requests; expected at least one.';
  return `none of its ${dropped.length} requests can be replayed: ${first.reason}${dropped.length > 1 ? ', and so on' : ''}.`;
}
