/** Loaded before the app: makes `synchronous = full` mean NORMAL, and lets nobody notice. The proof that R2 would. */
import { createRequire } from 'node:module';

const Database = createRequire(import.meta.url)('better-sqlite3');
const { pragma } = Database.prototype;

Database.prototype.pragma = function (source, options) {
  if (source === 'synchronous = full') return pragma.call(this, 'synchronous = normal', options);
  if (source === 'synchronous') return 2;
  return pragma.call(this, source, options);
};
