/**
 * Inputs for every request of the contract, drawn from its own schemas: mostly well-formed ones that reach the handlers, and
 * rubbish that should not. New requests are covered as soon as they are in the table.
 */
import { z } from 'zod';
import type { Random } from '../../src/main/demo/random.ts';
import { requestNames } from '../../src/shared/contract/names.ts';
import { requests } from '../../src/shared/contract/requests.ts';

type Schema = {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
};

const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  requestNames.map((name) => [name, z.toJSONSchema(requests[name].input, { io: 'input', unrepresentable: 'any' }) as Schema]),
);

/** Values that mean something to the app under test, by the name of the property that takes them. */
export type Pools = Readonly<Record<string, readonly unknown[]>>;

/** No literal of these is anyone's on the internet; names are not found in the cage. */
const ADDRESSES = [
  'http://127.0.0.1:2/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[::1]:2/',
  'http://localhost:2/x',
  'https://tunnel.example',
  'http://0x7f.1/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'https://a:b@tunnel.example/',
  'http://[fe80::1]/',
];
const PATHS = [
  '../../escaped',
  '/tmp/tickline-escaped',
  '..\\..\\escaped',
  'C:\\escaped',
  '~/escaped',
  '/dev/null/x',
  'a\0b',
  'file:///tmp/tickline-escaped',
  '.',
  '..',
  '',
];
const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '\u202e',
  '__proto__',
  'constructor',
  'toString',
  "'; DROP TABLE messages; --",
  '%00%2e%2e%2f',
  '{{7*7}}',
  '<img src=x onerror=alert(1)>',
  '=cmd()',
  '😀'.repeat(50),
  'x'.repeat(300),
  'x'.repeat(70_000),
  '+447700900219',
  '4477@s.whatsapp.net',
  '1203630@g.us',
];
const NUMBERS = [0, -0, 1, -1, 2, 1.5, 1e21, 1e308, -1e308, 2 ** 31, 2 ** 53, 8_640_000_000_000_001, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER];

export function createInputs(random: Random, pools: () => Pools) {
  /** Also of lists that hold `undefined`, and of empty ones. */
  const pick = <T>(list: readonly T[]): T => list[random.int(0, Math.max(0, list.length - 1))] as T;

  function text(name: string, { minLength = 0, maxLength = 80 }: Schema): string {
    if (/url|host|address/i.test(name)) return pick(ADDRESSES);
    if (/path|file|folder|dir/i.test(name)) return pick(PATHS);
    const drawn = random.chance(0.5)
      ? pick(TEXTS)
      : Array.from({ length: random.int(1, 12) }, () => String.fromCodePoint(random.int(32, 0x2fff))).join('');
    return drawn.slice(0, maxLength).padEnd(minLength, 'x');
  }

  /** A value that the schema takes, most of the time; what the app knows by this name, where it knows something. */
  function fitting(schema: Schema, name: string, depth = 0): unknown {
    const known = pools()[name];
    if (known !== undefined && known.length > 0 && random.chance(0.8)) return pick(known);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined) return fitting(pick(choices), name, depth);
    if ('const' in schema) return schema.const;
    if (schema.enum !== undefined) return pick(schema.enum);
    const type = Array.isArray(schema.type) ? pick(schema.type as readonly string[]) : schema.type;
    switch (type) {
      case 'object':
        return fittingObject(schema, depth);
      case 'array': {
        const length = random.int(schema.minItems ?? 0, Math.min(schema.maxItems ?? 5, (schema.minItems ?? 0) + 5));
        return Array.from({ length }, () => fitting(schema.items ?? {}, name.replace(/s$/, ''), depth + 1));
      }
      case 'string':
        return text(name, schema);
      case 'integer':
      case 'number': {
        const low = Math.max(schema.minimum ?? 0, -1e6);
        return random.chance(0.1) ? pick(NUMBERS) : random.int(low, Math.min(schema.maximum ?? 1_000, low + 1_000));
      }
      case 'boolean':
        return random.chance(0.5);
      case 'null':
        return null;
      default:
        return rubbish(depth);
    }
  }

  function fittingObject(schema: Schema, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      // an address that is left out has a default out on the internet
      if (schema.required?.includes(name) || name === 'host' || random.chance(0.5)) made[name] = fitting(part, name, depth + 1);
    }
    if (typeof schema.additionalProperties === 'object') {
      for (const name of ['baseUrl', 'apiKey', 'sessionId'])
        if (random.chance(0.3)) made[name] = fitting(schema.additionalProperties, name, depth + 1);
    }
    return made;
  }

  /** Any JSON value, small or absurd. */
  function rubbish(depth = 0): unknown {
    switch (random.int(0, 9)) {
      case 0:
        return pick(TEXTS);
      case 1:
        return pick(NUMBERS);
      case 2:
        return null;
      case 3:
        return random.chance(0.5);
      case 4:
        return depth > 3 ? [] : Array.from({ length: random.int(0, 4) }, () => rubbish(depth + 1));
      case 5:
        return JSON.parse(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`);
      case 6:
        return nested(pick([10, 200, 3_000]));
      case 7:
        return Object.fromEntries(Array.from({ length: pick([3, 2_000]) }, (_, at) => [`k${at}`, at]));
      case 8:
        return pick(PATHS);
      default:
        return depth > 3 ? {} : { [pick(TEXTS)]: rubbish(depth + 1), [pick(['account', 'id', 'filter', 'value'])]: rubbish(depth + 1) };
    }
  }

  /** One part of a value, at any depth, becomes rubbish, or is renamed or joined by a key that nobody asked for. */
  function bent(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || random.chance(0.2)) return rubbish();
    if (Array.isArray(value)) return value.length === 0 ? [rubbish()] : value.map((one, at) => (at === 0 ? bent(one) : one));
    const entries = Object.entries(value);
    const at = random.int(0, entries.length);
    if (at === entries.length) return { ...value, [pick(TEXTS)]: rubbish() };
    return Object.fromEntries(
      entries.map(([name, part], index) => (index === at ? [random.chance(0.1) ? pick(TEXTS) : name, bent(part)] : [name, part])),
    );
  }

  return {
    /** An input for this request: six of ten fit its schema, three are bent, one is anything. */
    draw(name: string): unknown {
      const kind = random.next();
      if (kind > 0.9) return rubbish();
      const made = fitting(SCHEMAS.get(name) ?? {}, name);
      return kind > 0.6 ? bent(made) : made;
    },
    /** What no JSON can say, but a page's message can: cycles, numbers without end, maps, dates, bytes. */
    unspeakable(): unknown {
      const cycle: Record<string, unknown> = { account: pick(pools().account ?? ['x']) };
      cycle.self = cycle;
      const list: unknown[] = [cycle];
      list.push(list);
      return pick([
        cycle,
        list,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        10n ** 30n,
        new Map([['account', cycle]]),
        new Set([1]),
        new Date(Number.NaN),
        new Uint8Array(1_000_000),
        /x/g,
        new Error('an error as an input'),
        undefined,
        Object.assign(Object.create(null), { account: 1 }),
        new Array(1_000_000),
        { ...cycle, filter: new Map() },
        { account: [cycle] },
      ]);
    },
  };
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = at % 2 === 0 ? [value] : { a: value };
  return value;
}
