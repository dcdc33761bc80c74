/**
 * Which format a trace has, told by its first line and never by the file's name. Formats that are known but not read are
 * named in the message, because some of them look like one that is: the Qwen traces have Mooncake's keys, but seconds and
 * blocks of 16 tokens.
 */
import type { TraceFormat } from '../config/resolved.ts';
import { measuredFormat } from './measured/recording.ts';
import { REQUESTS_CSV_COLUMNS } from './measured/requests-csv.ts';
import { AZURE_HEADER, azureReader } from './traces/azure.ts';
import { MOONCAKE_KEYS, mooncakeReader } from './traces/mooncake.ts';
import { excerpt, type Place, type RowReader, rowError } from './traces/row.ts';

/** A format that can be read. */
export type KnownFormat = Exclude<TraceFormat, 'auto'>;

/** A format with one request a line; the others, of measured runs, are read as a whole. */
export type LineFormat = 'azure' | 'mooncake';

const READABLE = [
  `  azure     a CSV file that starts with the header ${AZURE_HEADER}`,
  `  mooncake  one JSON object a line with ${MOONCAKE_KEYS.join(', ')} (milliseconds, 512-token blocks)`,
  `  requests_csv  a CSV file with the columns ${REQUESTS_CSV_COLUMNS}`,
  '  vllm_bench  the JSON file of vllm bench serve --save-result --save-detailed',
].join('\n');

/** Words in the first line of formats that are not read. */
const NOT_READ: readonly { name: string; words: readonly string[] }[] = [
  { name: 'the Azure multimodal format (images are not modelled)', words: ['NumImages'] },
  { name: 'the BurstGPT format', words: ['Request tokens', 'Response tokens'] },
  { name: "Vidur's format", words: ['num_prefill_tokens', 'num_decode_tokens'] },
  { name: 'the Qwen-Bailian format', words: ['"chat_id"', '"hash_ids"'] },
  { name: 'the TraceLab format', words: ['"session_id"', '"round_index"'] },
];

/** The format of a trace by its first line that is not blank; `wanted` other than `auto` must agree with it. */
export function traceFormat(firstLine: string, wanted: TraceFormat, place: Place): KnownFormat {
  const found = recognise(firstLine, place);
  if (wanted !== 'auto' && wanted !== found) {
    throw rowError(
      place,
      `the trace is said to have the format "${wanted}", but its first line is that of "${found}".`,
    );
  }
  return found;
}

/** Whether the first line is a header, which holds no request. */
export function hasHeader(format: LineFormat): boolean {
  return format === 'azure';
}

/** A reader for the rows of a file of that format. */
export function rowReader(format: LineFormat): RowReader {
  switch (format) {
    case 'azure':
      return azureReader();
    case 'mooncake':
      return mooncakeReader();
    default:
      return format satisfies never;
  }
}

function recognise(firstLine: string, place: Place): KnownFormat {
  const foreign = NOT_READ.find(({ words }) => words.every((word) => firstLine.includes(word)));
  if (foreign !== undefined) {
    throw rowError(place, `this is ${foreign.name}, which is not read. Formats that are:\n${READABLE}`);
  }
  if (MOONCAKE_KEYS.every((key) => firstLine.includes(`"${key}"`))) return 'mooncake';
  const header = firstLine
    .split(',')
    .map((cell) => cell.trim())
    .join(',');
  if (header === AZURE_HEADER) return 'azure';
  const measured = measuredFormat(firstLine);
  if (measured !== null) return measured;
  const hint = /^\d{4}-\d\d-\d\d[ T]/.test(firstLine) ? ' The header seems to be missing.' : '';
  throw rowError(
    place,
    `the first line is ${excerpt(firstLine)}, of no known format.${hint} Formats that are read:\n${READABLE}`,
  );
}
