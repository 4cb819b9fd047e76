import { describe, expect, it } from 'vitest';
import { importsOf, sourceFiles, sourceImports, sourceText } from '../support/importMap.ts';

/**
 * Imports run one way:
 *   domain <- ports <- ingest, read, act <- engine,   ports <- adapters,   and compose joins the two.
 *   The contract imports only types of domain and ports. Renderer and preload see the contract;
 *   only the shell, the threads and the entries see the engine too.
 * Each part lists what it may import besides itself. A folder of the same part counts as itself.
 */
const parts: readonly { readonly name: string; readonly files: RegExp; readonly mayImport: readonly string[] }[] = [
  { name: 'domain', files: /^src\/main\/core\/domain\//, mayImport: ['types:ports', 'package:libphonenumber-js'] },
  { name: 'ports', files: /^src\/main\/core\/ports\//, mayImport: ['domain', 'types:contract'] },
  { name: 'contract', files: /^src\/shared\/contract\//, mayImport: ['types:domain', 'types:ports', 'package:zod'] },
  {
    name: 'core',
    files: /^src\/main\/core\/((ingest|connect|read|act|doctor|privacy|safety)\/|publish\.ts$)/,
    mayImport: ['domain', 'ports', 'types:contract', 'package:csv-stringify', 'package:zod', 'node'],
  },
  { name: 'engine', files: /^src\/main\/(engine\.ts$|handlers\/)/, mayImport: ['domain', 'ports', 'core', 'types:contract', 'node'] },
  // the receiving half of the engine, which runs on a thread of its own or beside the rest of it
  {
    name: 'listener',
    files: /^src\/main\/(threads\/listener\.ts|adapters\/http\/listen(Here|erThread)\.ts)$/,
    mayImport: ['domain', 'ports', 'core', 'adapters', 'node'],
  },
  { name: 'adapters', files: /^src\/main\/adapters\//, mayImport: ['domain', 'ports', 'types:contract', 'types:core', 'bridge', 'node', 'package'] },
  { name: 'demo', files: /^src\/main\/demo\//, mayImport: ['domain', 'ports', 'types:contract', 'node', 'package'] },
  {
    name: 'compose',
    files: /^src\/main\/compose(\.ts$|\/)/,
    mayImport: ['domain', 'ports', 'core', 'engine', 'listener', 'adapters', 'demo', 'types:contract', 'node', 'package'],
  },
  // what both ways of running share
  {
    name: 'bridge',
    files: /^src\/main\/(dispatch|badInput|page|flags|dataFolder|networkFolder|portFailure|stopping|version)\.ts$/,
    mayImport: ['domain', 'ports', 'contract', 'node', 'package:zod', 'package.json'],
  },
  // checks an exported file, with no engine
  { name: 'verify', files: /^src\/main\/verify\.ts$/, mayImport: ['core', 'adapters', 'bridge', 'node'] },
  { name: 'threads', files: /^src\/main\/threads\//, mayImport: ['domain', 'ports', 'contract', 'engine', 'compose', 'bridge', 'adapters', 'node'] },
  {
    name: 'shell',
    files: /^src\/main\/shell\//,
    mayImport: ['domain', 'ports', 'contract', 'bridge', 'threads', 'adapters', 'node', 'electron', 'package:zod'],
  },
  {
    name: 'desktop entry',
    files: /^src\/main\/index\.ts$/,
    mayImport: ['domain', 'contract', 'bridge', 'threads', 'shell', 'verify', 'adapters', 'node', 'electron'],
  },
  {
    name: 'browser entry',
    files: /^src\/main\/(headless|restartable)\.ts$/,
    mayImport: ['domain', 'types:ports', 'contract', 'bridge', 'engine', 'compose', 'verify', 'adapters', 'node'],
  },
  { name: 'preload', files: /^src\/preload\/index\.ts$/, mayImport: ['contract', 'electron'] },
  { name: 'renderer', files: /^src\/renderer\//, mayImport: ['types:contract', 'names', 'package'] },
];

/** The folders of the window that any screen may use. */
const SHARED_BY_SCREENS = ['state', 'ui', 'timeline'];

function partOf(file: string): string {
  return parts.find((part) => part.files.test(file))?.name ?? `nothing (${file})`;
}

/** What an import needs to be allowed; several words, of which one suffices. */
function needs({ from, to, typesOnly }: { from: string; to: string; typesOnly: boolean }): readonly string[] {
  if (to === 'package.json') return ['package.json'];
  if (to.startsWith('node:')) return ['node'];
  if (to === 'electron' || to.startsWith('electron/')) return ['electron'];
  if (!to.startsWith('src/'))
    return [
      'package',
      `package:${to
        .split('/')
        .slice(0, to.startsWith('@') ? 2 : 1)
        .join('/')}`,
    ];
  const part = partOf(to);
  if (part === partOf(from)) return [];
  const names = part === 'contract' && /\/(names|changes)\.ts$/.test(to) ? ['names'] : [];
  return [part, ...names, ...(typesOnly ? [`types:${part}`] : [])];
}

const imports = sourceImports();

describe('imports run one way', () => {
  it('and every source file has its part', () => {
    expect(sourceFiles().filter((file) => /\.tsx?$/.test(file) && partOf(file).startsWith('nothing'))).toEqual([]);
  });

  it.each(parts.map((part) => [part.name, part] as const))('from %s', (_name, part) => {
    const wrong = imports
      .filter((one) => partOf(one.from) === part.name)
      .filter((one) => {
        const needed = needs(one);
        return needed.length > 0 && !needed.some((need) => part.mayImport.includes(need));
      })
      .map((one) => `${one.from} -> ${one.to}`);
    expect(wrong).toEqual([]);
  });

  it('and the engine never reaches Electron, however long the way', () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const one of imports) if (one.from === file) visit(one.to);
    };
    for (const entry of ['src/main/headless.ts', 'src/main/threads/engine.ts', 'src/main/compose.ts', 'src/main/engine.ts']) visit(entry);
    expect(seen.size).toBeGreaterThan(20);
    expect([...seen].filter((file) => file.startsWith('electron'))).toEqual([]);
  });

  it('and a screen imports no other screen', () => {
    const screen = (file: string) => /^src\/renderer\/src\/([^/]+)\//.exec(file)?.[1];
    const siblings = imports.filter(({ from, to }) => {
      const [here, there] = [screen(from), screen(to)];
      return here !== undefined && there !== undefined && here !== there && !SHARED_BY_SCREENS.includes(there);
    });
    expect(siblings.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
    const upward = imports.filter(({ from, to }) => screen(from) === 'ui' && screen(to) !== undefined && screen(to) !== 'ui');
    expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('and the schema library stays out of the window', () => {
    const reached = new Set<string>();
    const visit = (file: string) => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const one of imports) if (one.from === file && !one.typesOnly) visit(one.to);
    };
    for (const file of sourceFiles()) if (/^src\/(renderer|preload)\//.test(file)) visit(file);
    expect([...reached].filter((file) => file === 'zod' || file.startsWith('zod/') || file.includes('libphonenumber'))).toEqual([]);
  });
});

describe('words that stand only where they belong', () => {
  const mentions = (word: RegExp, where: RegExp) => sourceFiles().filter((file) => where.test(file) && word.test(sourceText(file)));

  it('"electron": in the desktop entry, the shell and the preload', () => {
    expect(mentions(/electron/i, /^src\/(?!main\/index\.ts|main\/shell\/|preload\/index\.ts)/)).toEqual([]);
  });

  it('the time of day and timers: not in the core, which is handed a clock', () => {
    expect(
      mentions(/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(Timeout|Interval)\(/, /^src\/main\/(core|handlers)\/|^src\/main\/engine\.ts/),
    ).toEqual([]);
  });
});

describe('reading the imports', () => {
  it('sees every form of them, and no comment', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      "import { type C, type D } from './c.ts';",
      "import { type E, f } from './f.ts';",
      "import './side.css';",
      "export { g } from '../g.ts';",
      "export type { H } from 'pack';",
      "import {\n  long,\n} from './long.ts';",
      "const later = await import('./later.ts');",
      "// import x from './x.ts';",
      "/* import y from './y.ts'; */",
    ].join('\n');
    expect(importsOf('src/main/z.ts', text).map((one) => `${one.typesOnly ? 'type ' : ''}${one.to}`)).toEqual([
      'src/main/a.ts',
      'type src/main/b.ts',
      'type src/main/c.ts',
      'src/main/f.ts',
      'src/main/side.css',
      'src/g.ts',
      'type pack',
      'src/main/long.ts',
      'src/main/later.ts',
    ]);
  });
});
