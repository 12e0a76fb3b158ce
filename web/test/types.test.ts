// @vitest-environment node
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { description, TYPES, typescript } from '../scripts/types.mjs';

test('the types are those of the API; `npm run types` makes them anew', () => {
  expect(readFileSync(TYPES, 'utf8')).toBe(typescript(description()));
});

test('schemas become the types that TypeScript has for them', () => {
  const made: string = typescript({
    components: {
      schemas: {
        Level: { type: 'string', enum: ['ok', 'bad'] },
        Thing: {
          allOf: [
            { $ref: '#/components/schemas/Names' },
            {
              type: 'object',
              required: ['id', 'at'],
              properties: {
                id: { type: 'string', description: 'Names it.' },
                at: { type: ['integer', 'null'] },
                rgb: { type: 'array', items: { type: 'integer' }, minItems: 3, maxItems: 3 },
                area: { oneOf: [{ $ref: '#/components/schemas/AreaId', description: 'Where.' }, { type: 'null' }] },
                any: {},
                by_name: { type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } },
              },
            },
          ],
        },
      },
    },
  });
  expect(made).toContain("export type Level = 'ok' | 'bad';");
  expect(made).toContain('export type Thing = Names & {\n  id: string;\n  at: number | null;\n');
  expect(made).toContain('  rgb?: [number, number, number];\n  area?: AreaId | null;\n  any?: Json;\n');
  expect(made).toContain('  by_name?: Record<string, string[]>;\n}');
});
