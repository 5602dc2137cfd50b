import en from '@text/en.json';
import zh from '@text/zh.json';

export type Lang = 'zh' | 'en';
/** A key of the language files; a missing one does not compile. */
export type Key = keyof typeof zh & keyof typeof en;
/** A key whose sentence differs for one and for several. */
export type CountedKey = Singular<Key>;
type Singular<K> = K extends `${infer Base}.one` ? (`${Base}.other` extends Key ? Base : never) : never;
export type Args = Record<string, string | number>;

const TABLES: Record<Lang, Record<string, string>> = { zh, en };

/** The sentence of a key with its arguments filled in; an argument is never read as a template again. */
export function fill(lang: Lang, key: string, args: Args = {}): string {
  const text = TABLES[lang][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? String(args[name]) : whole));
}

/** True for a key that the language files have; keys from the API are checked before they are shown. */
export function isKey(key: string): key is Key {
  return key in zh && key in en;
}

