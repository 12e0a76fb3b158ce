// Writes src/api/types.ts from the API's description, the snapshot that the hub's own test holds:
// `npm run types`. test/types.test.ts fails when the two differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SNAPSHOT = new URL(
  '../../tests/api/snapshots/api__openapi__the_description_stays_as_it_is.snap',
  import.meta.url,
);
export const TYPES = new URL('../src/api/types.ts', import.meta.url);

const HEADER = `// Made from the API's description by \`npm run types\`. Change the Rust types, not this file.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** Values by their name; which there are depends on the thing. */
export type Attributes = Record<string, Json | undefined>;
`;

const SCALARS = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** Shorter objects stand on one line. What each property means is said in the description. */
const WIDTH = 90;

function named(ref) {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

function union(parts) {
  const different = [...new Set(parts)];
  return different.join(' | ') || 'never';
}

function grouped(text) {
  return /[|&]/.test(text) && !text.startsWith('{') ? `(${text})` : text;
}

function comment(text) {
  return text ? `/** ${text.replaceAll('\n', ' ')} */\n` : '';
}

function array(schema, indent) {
  if (schema.prefixItems) return `[${schema.prefixItems.map((item) => type(item, indent)).join(', ')}]`;
  const item = type(schema.items ?? {}, indent);
  const fixed = schema.minItems !== undefined && schema.minItems === schema.maxItems;
  if (fixed) return `[${Array.from({ length: schema.minItems }, () => item).join(', ')}]`;
  return `${grouped(item)}[]`;
}

function object(schema, indent) {
  if (!schema.properties) {
    const { additionalProperties: values } = schema;
    const free = values === undefined || typeof values === 'boolean' || Object.keys(values).length === 0;
    return free ? 'Attributes' : `Record<string, ${type(values, indent)}>`;
  }
  const inner = `${indent}  `;
  const properties = Object.entries(schema.properties).map(([name, property]) => {
    const optional = schema.required?.includes(name) ? '' : '?';
    return `${name}${optional}: ${type(property, inner)}`;
  });
  const line = `{ ${properties.join('; ')} }`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  return `{\n${properties.map((property) => `${inner}${property};\n`).join('')}${indent}}`;
}

function one(kind, schema, indent) {
  if (kind === 'array') return array(schema, indent);
  if (kind === 'object') return object(schema, indent);
  if (!(kind in SCALARS)) throw new Error(`no such type: ${kind}`);
  return SCALARS[kind];
}

/** The TypeScript of a JSON schema, as far as the hub's description uses such. */
function type(schema, indent = '') {
  if (schema.$ref) return named(schema.$ref);
  if (schema.enum) return union(schema.enum.map((value) => `'${value}'`));
  if (schema.allOf) return schema.allOf.map((part) => grouped(type(part, indent))).join(' & ');
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) {
    const parts = alternatives.map((part) => type(part, indent || '    '));
    const line = union(parts);
    // Only the alternatives of a type of its own stand one below the other.
    return indent || line.length <= WIDTH ? line : parts.map((part) => `\n  | ${part}`).join('');
  }
  if (schema.type === undefined) return 'Json';
  return union([schema.type].flat().map((kind) => one(kind, schema, indent)));
}

/** All types of a description as a TypeScript module. */
export function typescript(description) {
  const schemas = Object.entries(description.components.schemas);
  const types = schemas.map(([name, schema]) => {
    const isObject = schema.type === 'object' && schema.properties;
    const body = type(schema);
    const definition = isObject ? `interface ${name} ${body}` : `type ${name} =${body.startsWith('\n') ? '' : ' '}${body};`;
    return `\n${comment(schema.description)}export ${definition}\n`;
  });
  return HEADER + types.join('');
}

/** The description that the hub's test holds: JSON behind a few lines of insta's. */
export function description() {
  const snapshot = readFileSync(SNAPSHOT, 'utf8');
  return JSON.parse(snapshot.slice(snapshot.indexOf('\n---\n') + 5));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(TYPES, typescript(description()));
}
