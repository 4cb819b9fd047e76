import { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
/** The part of JSON Schema that our inputs use. */
type Node = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
};

/**
 * A failed input in one line for the engineer: `input.limit: expected 1..200, got 0`. Of what was
 * given only numbers, lengths and kinds are told, never text, because any text may be a secret.
 */
export function describeBadInput(schema: z.ZodType, issues: readonly Issue[], given: unknown): string {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  return issues
    .flatMap((issue) => innermost(issue))
    .slice(0, 5)
    .map((issue) => line(shape, issue, valueAt(given, issue.path)))
    .join('; ');
}

/** Of a union's branches, the one that got furthest is the one that was meant. */
function innermost(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'));
  const best = branches.toSorted((a, b) => weight(a) - weight(b))[0];
  if (best === undefined) return [issue];
  return best.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** A branch that misses a key, or does not know one, is further off than one with a wrong value. */
function weight(branch: readonly Issue[]): number {
  return branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' || issue.code === 'invalid_type' ? 2 : 1), 0);
}

function line(shape: Node, issue: Issue, given: unknown): string {
  const where = `input${issue.path.map(step).join('')}`;
  if (issue.code === 'unrecognized_keys') return `${where}: does not know ${issue.keys.slice(0, 5).map(keyName).join(', ')}`;
  const wanted = expectation(find(shape, issue.path), issue);
  return `${where}: expected ${wanted}, got ${kindOf(given, issue)}`;
}

function step(key: PropertyKey): string {
  return typeof key === 'number' ? `[${key}]` : `.${keyName(String(key))}`;
}

/** Keys are echoed to help with a slip of the pen, but only where they look like a field's name. */
function keyName(key: string): string {
  return /^[A-Za-z][A-Za-z]{0,31}$/.test(key) ? key : '(unnamed)';
}

function find(node: Node | undefined, path: Path): Node | undefined {
  const [first, ...rest] = path;
  if (node === undefined || first === undefined) return node;
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined) {
    const found = choices.map((choice) => find(choice, path)).filter((choice) => choice !== undefined);
    return found.length > 1 ? { anyOf: found } : found[0];
  }
  if (typeof first === 'number') return find(node.items, rest);
  const key = String(first);
  if (node.properties && Object.hasOwn(node.properties, key)) return find(node.properties[key], rest);
  return typeof node.additionalProperties === 'object' ? find(node.additionalProperties, rest) : undefined;
}

function expectation(node: Node | undefined, issue: Issue): string {
  const wanted = node && describeNode(node);
  if (wanted) return wanted;
  if (issue.code === 'invalid_type') return issue.expected;
  return 'something else';
}

function describeNode(node: Node): string | undefined {
  const choices = node.anyOf ?? node.oneOf;
  const kinds = choices?.flatMap((choice) => choice.const ?? choice.enum ?? []);
  if (choices && kinds?.length === choices.length) return `one of ${kinds.join(', ')}`;
  if (choices) return [...new Set(choices.map((choice) => describeNode(choice) ?? 'something else'))].join(' or ');
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
    case 'number':
      return range(node.minimum, node.maximum) ?? (node.type === 'integer' ? 'a whole number' : 'a number');
    case 'string': {
      const lengths = range(node.minLength, node.maxLength);
      return lengths ? `text of ${lengths} characters` : 'text';
    }
    case 'array': {
      const counts = range(node.minItems, node.maxItems);
      return counts ? `a list of ${counts}` : 'a list';
    }
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'an object';
    default:
      return undefined;
  }
}

function range(from: number | undefined, to: number | undefined): string | undefined {
  if (from === undefined && to === undefined) return undefined;
  // "any safe integer" is what an unlimited whole number looks like here
  const least = from === Number.MIN_SAFE_INTEGER ? undefined : from;
  if (to === undefined || to === Number.MAX_SAFE_INTEGER) return least === undefined ? undefined : `at least ${least}`;
  return `${from ?? 0}..${to}`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(
    (inner, key) => (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function kindOf(given: unknown, issue: Issue): string {
  if (given === undefined) return 'nothing';
  if (given === null) return 'null';
  if (Array.isArray(given)) return `a list of ${given.length}`;
  switch (typeof given) {
    case 'number':
      return issue.code === 'invalid_type' && issue.expected === 'string' ? 'a number' : String(given);
    case 'boolean':
      return String(given);
    case 'string':
      return `text of ${given.length} characters`;
    default:
      return 'an object';
  }
}
