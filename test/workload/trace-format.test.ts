import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/core/input-error.ts';
import { traceFormat } from '../../src/workload/trace-format.ts';

const place = { name: 'some.txt', line: 1 };
const azure = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const mooncake = '{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}';

describe('the format of a trace is told by its first line', () => {
  test('a header is Azure, an object with the four keys is Mooncake', () => {
    expect(traceFormat(azure, 'auto', place)).toBe('azure');
    expect(traceFormat('TIMESTAMP, ContextTokens, GeneratedTokens', 'auto', place)).toBe('azure');
    expect(traceFormat(mooncake, 'auto', place)).toBe('mooncake');
  });

  test('a format that is asked for must agree', () => {
    expect(traceFormat(azure, 'azure', place)).toBe('azure');
    expect(() => traceFormat(azure, 'mooncake', place)).toThrow(
      'some.txt:1: the trace is said to have the format "mooncake", but its first line is that of "azure".',
    );
  });

  test('formats that are not read are named, those that look like one that is in particular', () => {
    const foreign = {
      'Azure multimodal': 'TIMESTAMP,NumImages,ContextTokens,GeneratedTokens',
      BurstGPT: 'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type',
      Vidur: 'arrived_at,num_prefill_tokens,num_decode_tokens',
      'Qwen-Bailian':
        '{"chat_id": 1, "parent_chat_id": -1, "timestamp": 0.1, "input_length": 20, "output_length": 5, "type": "text", "turn": 1, "hash_ids": [1, 2]}',
      TraceLab: '{"session_id": "a", "round_index": 0, "model": "m"}',
    };
    for (const [name, line] of Object.entries(foreign)) {
      expect(() => traceFormat(line, 'auto', place), name).toThrow(new RegExp(`${name}.*not read`));
    }
  });

  test('anything else is quoted, with the formats that are read', () => {
    for (const line of ['time,in,out', '{"timestamp": 1}', '[1, 2]', '<html>', 'x'.repeat(5000)]) {
      expect(() => traceFormat(line, 'auto', place)).toThrow(InputError);
      expect(() => traceFormat(line, 'auto', place)).toThrow(/of no known format[\s\S]*azure[\s\S]*mooncake/);
    }
    expect(() => traceFormat('x'.repeat(5000), 'auto', place)).toThrow(/^.{0,1000}$/s);
  });

  test('a row where the header should be says so', () => {
    expect(() => traceFormat('2023-11-16 18:15:46.6805900,374,44', 'auto', place)).toThrow(
      /header seems to be missing/,
    );
  });
});
