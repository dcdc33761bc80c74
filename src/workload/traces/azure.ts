/**
 * The Azure LLM inference traces of 2023 and 2024 (Azure Public Dataset, CC-BY 4.0; Patel et al., Splitwise, ISCA 2024;
 * Stojkovic et al., DynamoLLM, HPCA 2025): a CSV file with one request a row,
 *
 *     TIMESTAMP,ContextTokens,GeneratedTokens
 *     2023-11-16 18:15:46.6805900,374,44
 *
 * Time stamps have seven decimals, and in 2024 a zone. A millisecond date type would lose four of the decimals, so
 * seconds and fraction are read apart and only differences to the first row are rounded.
 */
import { excerpt, type Place, type RowReader, rowError, tokenCount } from './row.ts';

export const AZURE_HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

const EXAMPLE = '2023-11-16 18:15:46.6805900,374,44';

const STAMP = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))?$/;

/** A moment as whole seconds since 1970 and nanoseconds after that. */
interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Reads the rows below the header. */
export function azureReader(): RowReader {
  let first: Moment | undefined;
  return (text, place) => {
    const [stamp, context, generated] = cells(text, place);
    const moment = parseStamp(stamp, place);
    first ??= moment;
    return {
      place,
      timeUs: (moment.seconds - first.seconds) * 1e6 + Math.round((moment.nanoseconds - first.nanoseconds) / 1e3),
      promptTokens: tokenCount(wholeNumber(context), 'ContextTokens', place),
      outputTokens: tokenCount(wholeNumber(generated), 'GeneratedTokens', place),
      blockIds: null,
    };
  };
}

function cells(text: string, place: Place): [string, string, string] {
  if (text.includes('"')) {
    throw rowError(place, `read ${excerpt(text)}; this format has no quotes: expected a row like ${EXAMPLE}.`);
  }
  const parts = text.split(',');
  if (parts.length !== 3) {
    throw rowError(place, `read ${excerpt(text)}, ${parts.length} columns; expected 3: ${AZURE_HEADER}.`);
  }
  return [parts[0]!.trim(), parts[1]!.trim(), parts[2]!.trim()];
}

function parseStamp(stamp: string, place: Place): Moment {
  const match = STAMP.exec(stamp);
  const [year, month, day, hour, minute, second] = match?.slice(1, 7).map(Number) ?? [];
  const real = match !== null && month! >= 1 && month! <= 12 && day! >= 1 && day! <= daysInMonth(year!, month!);
  if (!real || hour! > 23 || minute! > 59 || second! > 59) {
    throw rowError(place, `TIMESTAMP is ${excerpt(stamp)}; expected a date and time like ${EXAMPLE.split(',')[0]}.`);
  }
  const [fraction = '', sign, zoneHours, zoneMinutes] = match.slice(7);
  const zoneS = sign === undefined ? 0 : (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  return {
    seconds: Date.UTC(year!, month! - 1, day, hour, minute, second) / 1e3 - zoneS,
    nanoseconds: Number(fraction.padEnd(9, '0')),
  };
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** A number where the text is digits alone, else the text, which the check of the count then quotes. */
function wholeNumber(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}
