import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

export type Import = { readonly from: string; readonly to: string; readonly typesOnly: boolean };

const root = resolve(import.meta.dirname, '../..');

/** Every source file under `src`, as a path with forward slashes such as `src/main/engine.ts`. */
export function sourceFiles(): readonly string[] {
  return readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|css|html)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
}

/** The text of a source file. */
export function sourceText(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** Every import and re-export of the sources. Relative ones lead to a path under `src`, others keep their package's name. */
export function sourceImports(): readonly Import[] {
  return sourceFiles()
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((from) => importsOf(from, sourceText(from)));
}

/** The imports in one file's text. */
export function importsOf(from: string, text: string): readonly Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(/^\s*(?:import|export)\s+(type\s)?([^'";]*?\sfrom\s*)?['"]([^'"\n]+)['"]/gm);
  const dynamic = code.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g);
  return [
    ...[...statements].map(([, types, names, path]) => ({ from, to: target(from, path ?? ''), typesOnly: types !== undefined || onlyTypes(names) })),
    ...[...dynamic].map(([, path]) => ({ from, to: target(from, path ?? ''), typesOnly: false })),
  ];
}

/** `import { type A, type B } from` brings nothing at run time either. */
function onlyTypes(names: string | undefined): boolean {
  const [, list] = /^\{([^}]*)\}\s*from\s*$/.exec(names?.trim() ?? '') ?? [];
  const each = list
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return each !== undefined && each.length > 0 && each.every((name) => name.startsWith('type '));
}

function target(from: string, path: string): string {
  return path.startsWith('.')
    ? relative(root, resolve(root, dirname(from), path))
        .split(sep)
        .join('/')
    : path;
}
