/**
 * A trace of long prompts with shared prefixes, in the format of the Mooncake traces (Qin et al., FAST 2025) and with the
 * classes of their tool-and-agent trace: chats whose prompts grow by their own history, and two kinds of tool call that
 * begin with one fixed prefix each. Shares and lengths are the published ones; the arrival rate is what one GPU carries.
 */
import { exponential, lognormal } from '../../src/core/distributions.ts';
import { type Rng, randomStreams } from '../../src/core/random.ts';

const BLOCK_TOKENS = 512;
const CHAT_SHARE = 0.46;
const LONG_TOOL_SHARE = 0.39;
/** That a chat goes on rather than a new one begins. */
const FOLLOW_UP_SHARE = 0.35;
/** Chats that may still go on. */
const OPEN_CHATS = 200;
const LONGEST_PROMPT = 100_000;
/** Tokens of a tool call behind its prefix. */
const LONGEST_TAIL = 2100;

interface Row {
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids: readonly number[];
}

/** The lines of a trace with `requests` Poisson arrivals, `rate` a second. The same seed gives the same trace. */
export function mooncakeLikeTrace(requests: number, rate: number, seed: number): string {
  const streams = randomStreams(seed);
  const gapMs = exponential(streams('arrivals'), 1000 / rate);
  const nextRow = rows(streams('rows'));
  let timeMs = 0;
  let text = '';
  for (let i = 0; i < requests; i++) {
    text += `${JSON.stringify({ timestamp: Math.round(timeMs), ...nextRow() })}\n`;
    timeMs += gapMs();
  }
  return text;
}

function rows(rng: Rng): () => Row {
  const row = rowMaker();
  const systemPrompt = row([], BLOCK_TOKENS, 1).hash_ids;
  const longTool = row([], 12 * BLOCK_TOKENS, 1).hash_ids;
  const shortTool = row([], 5 * BLOCK_TOKENS, 1).hash_ids;
  const nextChat = chats(rng, row, systemPrompt);
  const longTail = lognormal(rng, 5.3, 1.5);
  const shortTail = lognormal(rng, 6.4, 0.18);
  const toolCall = (prefix: readonly number[], tail: number, outputTokens: number): Row =>
    row(prefix, prefix.length * BLOCK_TOKENS + whole(Math.min(tail, LONGEST_TAIL)), outputTokens);
  return () => {
    const kind = rng();
    if (kind < CHAT_SHARE) return nextChat();
    if (kind < CHAT_SHARE + LONG_TOOL_SHARE) return toolCall(longTool, longTail(), rng() < 0.63 ? 3 : 32);
    return toolCall(shortTool, shortTail(), 21);
  };
}

type RowMaker = (prefix: readonly number[], promptTokens: number, outputTokens: number) => Row;

/** Prompts that begin with the blocks of another; all further blocks are their own. */
function rowMaker(): RowMaker {
  let blocks = 0;
  return (prefix, promptTokens, outputTokens) => {
    const own = Math.ceil(promptTokens / BLOCK_TOKENS) - prefix.length;
    const hash_ids = [...prefix, ...Array.from({ length: own }, () => blocks++)];
    return { input_length: promptTokens, output_length: whole(outputTokens), hash_ids };
  };
}

/** A new chat behind the system prompt, or one of the last ones with its answer and more text. */
function chats(rng: Rng, row: RowMaker, systemPrompt: readonly number[]): () => Row {
  const last: Row[] = [];
  const firstPrompt = lognormal(rng, 8.737, 1.199);
  const addition = lognormal(rng, 5, 1);
  const answer = lognormal(rng, 5.5, 0.9);
  return () => {
    const open = last.slice(-OPEN_CHATS);
    const earlier = rng() < FOLLOW_UP_SHARE ? open[Math.floor(rng() * open.length)] : undefined;
    const promptTokens =
      earlier === undefined
        ? systemPrompt.length * BLOCK_TOKENS + whole(firstPrompt())
        : earlier.input_length + earlier.output_length + whole(addition());
    // The last block of a prompt is partial, and so nobody else's.
    const prefix = earlier === undefined ? systemPrompt : earlier.hash_ids.slice(0, -1);
    const shortest = prefix.length * BLOCK_TOKENS + 1;
    const next = row(prefix, Math.max(shortest, Math.min(LONGEST_PROMPT, promptTokens)), answer());
    last.push(next);
    return next;
  };
}

function whole(tokens: number): number {
  return Math.max(1, Math.round(tokens));
}
