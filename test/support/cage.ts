/**
 * Loaded before an app (`NODE_OPTIONS=--import …/cage.ts`): no name on the internet is found, and every file that is written
 * outside of the folder CAGE_FOLDER is reported, one line each, to the file CAGE_REPORT.
 */
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.env.CAGE_FOLDER;
const report = process.env.CAGE_REPORT;
const append = fs.appendFileSync;
const LOCAL = new Set(['localhost', '127.0.0.1', '::1']);

const realLookup = dns.lookup;
Object.assign(dns, {
  lookup: (hostname: string, options: unknown, callback: unknown) => {
    const done = (typeof options === 'function' ? options : callback) as (error: Error, address?: unknown) => void;
    if (LOCAL.has(hostname)) return Reflect.apply(realLookup, dns, [hostname, options, callback]);
    process.nextTick(() => done(Object.assign(new Error(`no network here for ${hostname}`), { code: 'ENOTFOUND' }), []));
  },
});

if (folder !== undefined && report !== undefined) {
  const home = resolve(folder);
  /** Which arguments name what is written. */
  const written: Readonly<Record<string, readonly number[]>> = {
    appendFile: [0],
    copyFile: [1],
    cp: [1],
    link: [1],
    mkdir: [0],
    mkdtemp: [0],
    rename: [0, 1],
    rm: [0],
    rmdir: [0],
    symlink: [1],
    truncate: [0],
    unlink: [0],
    writeFile: [0],
  };
  let reporting = false;
  const check = (name: string, target: unknown) => {
    const text = target instanceof URL ? fileURLToPath(target) : Buffer.isBuffer(target) ? target.toString() : target;
    if (typeof text !== 'string') return;
    const path = resolve(text);
    if (reporting || path === home || path.startsWith(home + sep)) return;
    // the report is written by the very functions that are watched
    reporting = true;
    append(report, `${name} ${JSON.stringify(path)}\n`);
    reporting = false;
  };
  const watch = (owner: object, name: string, at: (args: readonly unknown[]) => readonly unknown[]) => {
    const real: unknown = Reflect.get(owner, name);
    if (typeof real !== 'function') return;
    Reflect.set(owner, name, function (this: unknown, ...args: unknown[]) {
      for (const target of at(args)) check(name, target);
      return Reflect.apply(real, this, args);
    });
  };
  const opensForWriting = (args: readonly unknown[]) => {
    const flags = args[1];
    const writes =
      typeof flags === 'number' ? (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0 : typeof flags === 'string' && !/^rs?$/.test(flags);
    return writes ? [args[0]] : [];
  };
  for (const [name, places] of Object.entries(written)) {
    const at = (args: readonly unknown[]) => places.map((place) => args[place]);
    watch(fs, name, at);
    watch(fs, `${name}Sync`, at);
    watch(fs.promises, name, at);
  }
  watch(fs, 'open', opensForWriting);
  watch(fs, 'openSync', opensForWriting);
  watch(fs.promises, 'open', opensForWriting);
  watch(fs, 'createWriteStream', (args) => [args[0]]);
}
syncBuiltinESMExports();
