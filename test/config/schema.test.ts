import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { studyJsonSchema } from '../../src/config/study-json-schema.ts';

interface Property {
  readonly description?: string;
  readonly $ref?: string;
  readonly properties: Record<string, Property>;
}

describe('schema/study.json', () => {
  test('is what `npm run schema` writes', () => {
    const file = readFileSync(new URL('../../schema/study.json', import.meta.url), 'utf8');
    expect(JSON.parse(file)).toEqual(studyJsonSchema());
  });

  test('describes every setting of a study and a deployment', () => {
    const { properties, $defs } = studyJsonSchema() as Record<string, Record<string, Property>>;
    const description = ({ description, $ref }: Property) =>
      description ?? $defs![$ref?.split('/').at(-1) ?? '']?.description;
    const undescribed = (of: Record<string, Property>) =>
      Object.entries(of).filter(([, property]) => description(property) === undefined);
    expect(undescribed(properties!)).toEqual([]);
    expect(undescribed($defs!.deployment!.properties)).toEqual([]);
    expect(undescribed(properties!.workload!.properties)).toEqual([]);
  });

  test('says what occurs several times once, and finds it', () => {
    const text = JSON.stringify(studyJsonSchema());
    const { $defs } = studyJsonSchema() as { $defs: object };
    const named = new Set([...text.matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g)].map(([, name]) => name!));
    expect([...named].sort()).toEqual(Object.keys($defs).sort());
    expect(text.match(/"max_num_seqs":/g)).toHaveLength(1);
  });

  test('asks for what a study must have, unless it extends another', () => {
    const { required, if: condition, then } = studyJsonSchema() as Record<string, unknown>;
    expect(required).toBeUndefined();
    expect(condition).toEqual({ not: { required: ['extends'] } });
    expect(then).toMatchObject({ required: ['workload'], properties: { deployment: { required: ['gpu'] } } });
  });
});
