/** Loaded before the app (`node --import`): the library says that it is of another version. Nothing else is changed. */
import Database from 'better-sqlite3';

const version = process.env.TICKLINE_TRIAL_SQLITE ?? '';
if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error('TICKLINE_TRIAL_SQLITE must name a version');
const { prepare } = Database.prototype;
Database.prototype.prepare = function prepareAs(sql) {
  return prepare.call(this, sql.replace('sqlite_version()', `'${version}'`));
};
